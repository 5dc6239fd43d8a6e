import { describe, expect, it } from "vitest";
import { timestamp } from "../../../sim/api/meta/time.ts";
import { horizontalPodAutoscaler } from "../../../sim/controllers/horizontal-pod-autoscaler.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane, podOn } from "../control-plane.ts";

const LABELS = { app: "web" };

/** A Deployment with running pods whose usage a test sets, and an autoscaler on it. */
class Scene {
  readonly plane = new ControlPlane(horizontalPodAutoscaler);
  /** CPU per pod, as a quantity; a pod without an entry has no metrics. */
  cpu: string | undefined = "50m";
  readonly without = new Set<string>();

  constructor(replicas: number, spec: object = {}, metrics: readonly object[] = [cpu(50)]) {
    const { plane } = this;
    const template = {
      metadata: { labels: LABELS },
      spec: { containers: [{ name: "main", image: "web:1" }] },
    };
    const metadata = { name: "web", namespace: "default" };
    plane.create("Deployment", {
      metadata,
      spec: { replicas, selector: { matchLabels: LABELS }, template },
    });
    plane.virtual.provide("PodMetrics", {
      get: (key) => this.#metrics(key),
      list: () => [],
    });
    for (let at = 0; at < replicas; at++) this.pod(`web-${at}`);
    plane.create("HorizontalPodAutoscaler", {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 1,
        maxReplicas: 40,
        metrics,
        ...spec,
      },
    });
    plane.edit(
      "Deployment",
      "default/web",
      (object) => ({ ...object, status: { replicas } }),
      "status",
    );
  }

  pod(name: string, status: object = {}, startedAt = -600): void {
    const { plane } = this;
    const pod = podOn(name, "n1", {
      containers: [{ name: "main", image: "web:1", resources: { requests: { cpu: "100m" } } }],
    });
    plane.create("Pod", { ...pod, metadata: { ...pod.metadata, labels: LABELS } });
    const time = timestamp(startedAt * SECOND);
    const ready = { type: "Ready", status: "True", lastTransitionTime: time };
    plane.edit(
      "Pod",
      `default/${name}`,
      (object) => ({
        ...object,
        status: { phase: "Running", startTime: time, conditions: [ready], ...status },
      }),
      "status",
    );
  }

  /** Makes the pods that the Deployment asks for, at once. */
  follow(): void {
    const { replicas } = this.plane.get("Deployment", "default/web").spec;
    for (let at = 0; at < replicas; at++)
      if (this.plane.get("Pod", `default/web-${at}`) === undefined) this.pod(`web-${at}`);
    for (const { metadata } of this.plane.list("Pod"))
      if (Number(metadata.name.slice(4)) >= replicas)
        this.plane.api.delete("Pod", `default/${metadata.name}`, { gracePeriodSeconds: 0 });
  }

  get replicas(): number {
    return this.plane.get("Deployment", "default/web").spec.replicas;
  }

  get status(): any {
    return this.plane.get("HorizontalPodAutoscaler", "default/web").status;
  }

  condition(type: string): string {
    const { status, reason, message } = this.status.conditions.find(
      (one: any) => one.type === type,
    );
    return `${status} ${reason}: ${message}`;
  }

  #metrics(key: string): any {
    if (this.cpu === undefined || this.without.has(key.slice(8))) return undefined;
    const { metadata } = this.plane.get("Pod", key);
    return {
      metadata,
      timestamp: timestamp(this.plane.now),
      window: "15s",
      containers: [{ name: "main", usage: { cpu: this.cpu, memory: "20Mi" } }],
    };
  }
}

function cpu(averageUtilization: number): object {
  return {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
  };
}

describe("the horizontal pod autoscaler", () => {
  it("looks 15 s after it was created and every 15 s from then on", () => {
    const scene = new Scene(2);
    scene.plane.at(14.9);
    expect(scene.status?.conditions).toBeUndefined();
    scene.plane.at(15.1);
    expect(scene.condition("AbleToScale")).toBe(
      "True ReadyForNewScale: recommended size matches current size",
    );
    expect(scene.condition("ScalingActive")).toBe(
      "True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)",
    );
    expect(scene.condition("ScalingLimited")).toBe(
      "False DesiredWithinRange: the desired count is within the acceptable range",
    );
    expect(scene.status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        {
          type: "Resource",
          resource: { name: "cpu", current: { averageValue: "50m", averageUtilization: 50 } },
        },
      ],
    });
  });

  it("doubles under lasting overload, or goes to four at once", () => {
    const scene = new Scene(1);
    scene.cpu = "1000m";
    const seen = [scene.replicas];
    for (let at = 1; at <= 5; at++) {
      scene.plane.at(15 * at + 1);
      scene.follow();
      seen.push(scene.replicas);
    }
    expect(seen).toEqual([1, 4, 8, 16, 32, 40]);
    expect(scene.plane.events()[0]).toBe(
      "SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target",
    );
    expect(scene.condition("ScalingLimited")).toBe(
      "True TooManyReplicas: the desired replica count is more than the maximum replica count",
    );
  });

  it("allows the larger of double and four more with the default policies written out", () => {
    const policies = [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ];
    const scene = new Scene(1, {
      behavior: { scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies } },
    });
    scene.cpu = "1000m";
    const seen = [scene.replicas];
    for (let at = 1; at <= 4; at++) {
      scene.plane.at(15 * at + 1);
      scene.follow();
      seen.push(scene.replicas);
    }
    expect(seen).toEqual([1, 5, 10, 20, 40]);
  });

  it.each([
    ["within the tolerance", "54m", 4],
    ["above it", "56m", 5],
    ["within it below", "46m", 4],
    ["below it", "40m", 4],
  ])("stays or moves %s", (_, usage, replicas) => {
    const scene = new Scene(4);
    scene.cpu = usage;
    scene.plane.at(16);
    expect(scene.replicas).toBe(replicas);
  });

  it("waits for the down window and then goes to the highest of its recommendations", () => {
    const scene = new Scene(10);
    scene.cpu = "5m";
    scene.plane.at(300);
    expect(scene.replicas).toBe(10);
    expect(scene.condition("AbleToScale")).toBe(
      "True ScaleDownStabilized: recent recommendations were higher than current one, applying the highest recent recommendation",
    );
    scene.plane.at(331);
    expect(scene.replicas).toBe(1);
    expect(scene.plane.events()).toContain(
      "SuccessfulRescale New size: 1; reason: All metrics below target",
    );
  });

  it("obeys a policy of pods per period on the way down", () => {
    const behavior = {
      scaleDown: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
      },
    };
    const scene = new Scene(10, { behavior });
    scene.cpu = "5m";
    const seen: number[] = [];
    for (let at = 1; at <= 9; at++) {
      scene.plane.at(15 * at + 1);
      scene.follow();
      seen.push(scene.replicas);
    }
    expect(seen).toEqual([8, 8, 8, 8, 6, 6, 6, 6, 4]);
    expect(scene.condition("ScalingLimited")).toBe(
      "True ScaleDownLimit: the desired replica count is decreasing faster than the maximum scale rate",
    );
  });

  it("never scales a direction that is disabled", () => {
    const behavior = {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Disabled",
        policies: [{ type: "Pods", value: 4, periodSeconds: 15 }],
      },
    };
    const scene = new Scene(2, { behavior });
    scene.cpu = "1000m";
    scene.plane.at(100);
    expect(scene.replicas).toBe(2);
  });

  it("takes pods without metrics to use nothing on the way up and all of it on the way down", () => {
    const up = new Scene(4);
    up.cpu = "100m";
    up.without.add("web-0").add("web-1");
    up.plane.at(16);
    // 200 of 400 requested is the target itself.
    expect(up.replicas).toBe(4);
    const down = new Scene(4, {
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
        },
      },
    });
    down.cpu = "10m";
    down.without.add("web-0");
    down.plane.at(16);
    // (3 × 10 + 100) of 400 is 32 %: 0.64 × 4 pods.
    expect(down.replicas).toBe(3);
  });

  it("does not count the CPU of pods that start", () => {
    const scene = new Scene(2);
    scene.plane.at(10);
    scene.pod("web-2", {}, 10);
    scene.pod("web-3", {}, 10);
    scene.cpu = "100m";
    scene.plane.at(16);
    // Ratio 2 by the two old pods; with two that count as idle it is 1.
    expect(scene.replicas).toBe(2);
  });

  it("says what is missing when no pod has metrics", () => {
    const scene = new Scene(2);
    scene.cpu = undefined;
    scene.plane.at(16);
    const detail =
      "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API";
    expect(scene.condition("ScalingActive")).toBe(
      `False FailedGetResourceMetric: the HPA was unable to compute the replica count: ${detail}`,
    );
    expect(scene.plane.events()).toEqual([
      `FailedGetResourceMetric ${detail}`,
      `FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${detail}`,
    ]);
    expect(scene.status.currentMetrics).toEqual([{ type: "" }]);
  });

  it("says that pods may be unready when only their start has been measured", () => {
    const scene = new Scene(0);
    scene.plane.edit("Deployment", "default/web", (object) => ({
      ...object,
      spec: { ...object.spec, replicas: 1 },
    }));
    scene.plane.at(14);
    scene.pod("web-0", {}, 14);
    scene.plane.at(16);
    expect(scene.condition("ScalingActive")).toContain(
      "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)",
    );
  });

  it("is off while its target has no replicas", () => {
    const scene = new Scene(0);
    scene.plane.at(16);
    expect(scene.condition("ScalingActive")).toBe(
      "False ScalingDisabled: scaling is disabled since the replica count of the target is zero",
    );
  });

  it.each([
    [8, 10, 20, "Current number of replicas below Spec.MinReplicas", 10],
    [8, 1, 5, "Current number of replicas above Spec.MaxReplicas", 5],
  ])(
    "brings %d replicas into the range %d to %d",
    (replicas, minReplicas, maxReplicas, reason, size) => {
      const scene = new Scene(replicas, { minReplicas, maxReplicas });
      scene.plane.at(16);
      expect(scene.replicas).toBe(size);
      expect(scene.plane.events()).toEqual([
        `SuccessfulRescale New size: ${size}; reason: ${reason}`,
      ]);
    },
  );

  it("cannot scale what is not there", () => {
    const scene = new Scene(1, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "nope" },
    });
    scene.plane.at(16);
    expect(scene.condition("AbleToScale")).toBe(
      `False FailedGetScale: the HPA controller was unable to get the target's current scale: deployments.apps "nope" not found`,
    );
  });

  it("refuses pods that another autoscaler scales, too", () => {
    const scene = new Scene(2);
    scene.plane.at(16);
    const { spec } = scene.plane.get("HorizontalPodAutoscaler", "default/web");
    scene.plane.create("HorizontalPodAutoscaler", {
      metadata: { name: "second", namespace: "default" },
      spec,
    });
    scene.plane.at(32);
    const { conditions } = scene.plane.get("HorizontalPodAutoscaler", "default/second").status;
    expect(conditions[1]).toMatchObject({
      type: "ScalingActive",
      status: "False",
      reason: "AmbiguousSelector",
    });
    expect(conditions[1].message).toContain(
      "pods by selector app=web are controlled by more than one HPA",
    );
  });
});

describe("metrics that are no resources", () => {
  function provide(scene: Scene, kind: string, values: readonly object[]): void {
    scene.plane.virtual.provide(kind, { get: () => undefined, list: () => values as never });
  }

  it("averages a metric of pods", () => {
    const pods = {
      metric: { name: "requests" },
      target: { type: "AverageValue", averageValue: "10" },
    };
    const scene = new Scene(2, {}, [{ type: "Pods", pods }]);
    const values = ["web-0", "web-1"].map((name) => ({
      describedObject: { kind: "Pod", name },
      metric: { name: "requests" },
      value: "15",
    }));
    provide(scene, "MetricValue", values);
    scene.plane.at(16);
    expect(scene.replicas).toBe(3);
    expect(scene.status.currentMetrics[0].pods.current).toEqual({ averageValue: "15" });
    expect(scene.plane.events()).toEqual([
      "SuccessfulRescale New size: 3; reason: pods metric requests above target",
    ]);
  });

  it.each([
    [
      "a value of one object",
      { type: "Value", value: "100" },
      "250",
      5,
      { value: "250" },
      "Ingress metric hits above target",
    ],
    [
      "a share of an object's value per pod",
      { type: "AverageValue", averageValue: "50" },
      "250",
      5,
      { averageValue: "125" },
      "external metric hits(nil) above target",
    ],
  ])("scales by %s", (_, target, value, replicas, current, reason) => {
    const describedObject = { kind: "Ingress", name: "main", apiVersion: "networking.k8s.io/v1" };
    const scene = new Scene(2, {}, [
      { type: "Object", object: { metric: { name: "hits" }, describedObject, target } },
    ]);
    provide(scene, "MetricValue", [{ describedObject, metric: { name: "hits" }, value }]);
    scene.plane.at(16);
    expect(scene.replicas).toBe(Math.min(replicas, 4));
    expect(scene.status.currentMetrics[0].object.current).toEqual(current);
    expect(scene.plane.events()).toEqual([`SuccessfulRescale New size: 4; reason: ${reason}`]);
  });

  it.each([
    [{ type: "Value", value: "30" }, 4, { value: "60" }],
    [{ type: "AverageValue", averageValue: "20" }, 3, { averageValue: "30" }],
  ])("sums the series of an external metric", (target, replicas, current) => {
    const external = { metric: { name: "queue", selector: { matchLabels: { q: "a" } } }, target };
    const scene = new Scene(2, {}, [{ type: "External", external }]);
    provide(scene, "ExternalMetricValue", [
      { metricName: "queue", metricLabels: { q: "a" }, value: "40" },
      { metricName: "queue", metricLabels: { q: "a" }, value: "20" },
      { metricName: "queue", metricLabels: { q: "b" }, value: "1000" },
    ]);
    scene.plane.at(16);
    expect(scene.replicas).toBe(replicas);
    expect(scene.status.currentMetrics[0].external.current).toEqual(current);
  });

  it("follows the largest of several metrics, and does not scale down while one is silent", () => {
    const external = {
      metric: { name: "queue" },
      target: { type: "AverageValue", averageValue: "20" },
    };
    const scene = new Scene(2, {}, [cpu(50), { type: "External", external }]);
    scene.cpu = "5m";
    scene.plane.at(16);
    expect(scene.condition("ScalingActive")).toContain("False FailedGetExternalMetric");
    scene.cpu = "100m";
    scene.plane.at(31);
    expect(scene.replicas).toBe(4);
  });
});
