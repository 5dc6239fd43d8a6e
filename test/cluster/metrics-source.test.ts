import { describe, expect, it } from "vitest";
import type { Deployment } from "../../sim/api/types.gen.ts";
import { parseMetrics } from "../../sim/cluster/metrics-source.ts";
import { type Cluster, createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";

/** A Deployment of two with an autoscaler on one metric, after two minutes. */
function scaled(metric: object, metrics: readonly object[] | undefined, rate = 0): Cluster {
  const cluster = createCluster({
    seed: "1",
    nodes: [{ count: 3 }],
    ...(metrics === undefined ? {} : { metrics: parseMetrics(metrics) }),
  });
  const create = (kind: string, apiVersion: string, name: string, spec: object) =>
    cluster.api.create(kind, { apiVersion, kind, metadata: { name, namespace: "default" }, spec });
  create("Deployment", "apps/v1", "web", {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
  });
  create("Service", "v1", "web", { selector: { app: "web" }, ports: [{ port: 80 }] });
  create("HorizontalPodAutoscaler", "autoscaling/v2", "web", {
    maxReplicas: 10,
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    metrics: [metric],
  });
  if (rate > 0) {
    const rates = [{ from: 0, rate }];
    cluster.traffic.start({ service: "default/web", rates, timeout: SECOND, lookup: undefined });
  }
  cluster.runUntil(120 * SECOND);
  return cluster;
}

const replicas = ({ api }: Cluster) =>
  api.get<Deployment>("Deployment", "default/web").spec.replicas;
const reasons = ({ api }: Cluster) =>
  api
    .get<any>("HorizontalPodAutoscaler", "default/web")
    .status.conditions.map(({ type, reason }: any) => `${type} ${reason}`);

const ofPods = (name: string, averageValue: string) => ({
  type: "Pods",
  pods: { metric: { name }, target: { type: "AverageValue", averageValue } },
});
const held = [{ from: "0s", value: "30" }];

describe("metrics that a cluster declares", () => {
  it.each([
    [
      "of pods",
      ofPods("queue", "10"),
      {
        name: "queue",
        pods: { app: "web" },
        values: [
          { from: "0s", value: "15" },
          { from: "20s", value: "10" },
        ],
      },
      3,
    ],
    [
      "of an object",
      {
        type: "Object",
        object: {
          metric: { name: "hits" },
          describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "main" },
          target: { type: "AverageValue", averageValue: "10" },
        },
      },
      { name: "hits", object: { kind: "Ingress", name: "main" }, values: held },
      3,
    ],
    [
      "that are external",
      {
        type: "External",
        external: {
          metric: { name: "lag", selector: { matchLabels: { topic: "a" } } },
          target: { type: "AverageValue", averageValue: "5" },
        },
      },
      { name: "lag", external: { topic: "a" }, values: held },
      6,
    ],
  ])("%s scale", (_what, metric, series, wanted) => {
    expect(replicas(scaled(metric, [series]))).toBe(wanted);
  });

  it("include the requests per second of simulated traffic", () => {
    expect(replicas(scaled(ofPods("http_requests_per_second", "20"), [], 100))).toBe(5);
  });

  it("are missing without an adapter", () => {
    expect(reasons(scaled(ofPods("queue", "10"), undefined))).toContain(
      "ScalingActive FailedGetPodsMetric",
    );
  });

  it.each([
    [{ name: "a", values: held }, "expected one of pods, object and external"],
    [
      { name: "a", external: {}, values: [{ from: "soon", value: "1" }] },
      "expected {from: a duration",
    ],
  ])("as wrong as %j are refused", (series, message) => {
    expect(() => parseMetrics([series])).toThrow(message);
  });
});
