import { describe, expect, it } from "vitest";
import { milliValue } from "../../../sim/api/meta/quantity.ts";
import type { Cluster } from "../../../sim/cluster.ts";
import {
  EMPTY,
  percentile,
  scaleOf,
  withSample,
} from "../../../sim/controllers/addons/vertical-pod-autoscaler/histogram.ts";
import { at, clusterWith, create, deployment } from "./add-on-cluster.ts";

const KIND = "VerticalPodAutoscaler.autoscaling.k8s.io";

function scene(mode: string, replicas = 4, policy: object = {}): Cluster {
  const constant = (value: number) => [{ from: 0, value, slope: 0 }];
  const cluster = clusterWith("vertical-pod-autoscaler", {
    nodes: [{ count: 2, name: "n{i}", capacity: { cpu: "8", memory: "16Gi" } }],
    images: { "web:1": { cpu: constant(600), memory: constant(400 * 1024 * 1024) } },
  });
  at(cluster, 2);
  deployment(cluster, "web", replicas, "100m");
  create(cluster, KIND, {
    apiVersion: "autoscaling.k8s.io/v1",
    metadata: { name: "web", namespace: "default" },
    spec: {
      targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      updatePolicy: { updateMode: mode },
      resourcePolicy: { containerPolicies: [{ containerName: "*", ...policy }] },
    },
  });
  return cluster;
}

function recommendation(cluster: Cluster): any {
  return (cluster.store.get(KIND, "default/web") as any).status.recommendation
    .containerRecommendations[0];
}

function requests(cluster: Cluster): string[] {
  return ([...cluster.store.objects("Pod").values()] as any[])
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ spec }) => spec.containers[0].resources.requests.cpu);
}

describe("the vertical pod autoscaler", () => {
  it("recommends the 90th percentile of the usage and 15 %, and says how sure it is by bounds", () => {
    const cluster = at(scene("Off"), 600);
    const { target, lowerBound, upperBound } = recommendation(cluster);
    expect(milliValue(target.cpu)).toBeGreaterThanOrEqual(690);
    expect(milliValue(target.cpu)).toBeLessThanOrEqual(735);
    expect(milliValue(target.memory) / 1000).toBeGreaterThan(460 * 1024 * 1024);
    expect(milliValue(lowerBound.cpu)).toBeLessThan(milliValue(target.cpu));
    expect(milliValue(upperBound.cpu)).toBeGreaterThan(milliValue(target.cpu) * 10);
    expect(new Set(requests(cluster))).toEqual(new Set(["100m"]));
  });

  it("recreates pods with the target, never more than half of them at once", () => {
    const cluster = scene("Recreate");
    at(cluster, 60);
    let fewest = 4;
    for (let second = 61; second < 900; second++) {
      at(cluster, second);
      const ready =
        (cluster.store.get("Deployment", "default/web") as any).status.readyReplicas ?? 0;
      fewest = Math.min(fewest, ready);
    }
    expect(fewest).toBeGreaterThanOrEqual(2);
    for (const request of requests(cluster)) expect(milliValue(request)).toBeGreaterThan(600);
    const [pod] = [...cluster.store.objects("Pod").values()];
    expect(pod?.metadata.annotations?.["vpaUpdates"]).toBe(
      "Pod resources updated by web: container 0: cpu request, memory request",
    );
  });

  it("gives only new pods the target in mode Initial", () => {
    const cluster = at(scene("Initial"), 600);
    expect(new Set(requests(cluster))).toEqual(new Set(["100m"]));
  });

  it("leaves a single pod alone", () => {
    expect(requests(at(scene("Recreate", 1), 900))).toEqual(["100m"]);
  });

  it("stays within what its policy allows", () => {
    const cluster = at(
      scene("Off", 4, { maxAllowed: { cpu: "300m" }, minAllowed: { memory: "1Gi" } }),
      300,
    );
    expect(recommendation(cluster).target).toEqual({ cpu: "300m", memory: "1073741824" });
    expect(milliValue(recommendation(cluster).uncappedTarget.cpu)).toBeGreaterThan(600);
  });
});

describe("a decaying histogram", () => {
  it("finds percentiles to within its buckets and forgets half in a day", () => {
    const scale = scaleOf(10, 1000);
    let histogram = EMPTY;
    for (let at = 0; at < 90; at++) histogram = withSample(scale, histogram, 100, 1, 0);
    for (let at = 0; at < 10; at++) histogram = withSample(scale, histogram, 500, 1, 0);
    expect(percentile(scale, histogram, 0.5)).toBeGreaterThan(100);
    expect(percentile(scale, histogram, 0.5)).toBeLessThan(120);
    expect(percentile(scale, histogram, 0.95)).toBeGreaterThan(500);
    histogram = withSample(scale, histogram, 500, 0, 1440);
    expect(histogram.total).toBeCloseTo(50, 6);
  });
});
