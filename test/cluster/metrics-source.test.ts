import { describe, expect, it } from "vitest";
import type { Deployment } from "../../sim/api/types.gen.ts";
import { parseMetrics } from "../../sim/cluster/metrics-source.ts";
import { restOf } from "../../sim/cluster/rest.ts";
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

describe("the groups of a metrics adapter", () => {
  const declared = [
    { name: "queue", pods: { app: "web" }, values: [{ from: "0s", value: "10" }] },
    { name: "hits", object: { kind: "Ingress", name: "main" }, values: held },
    { name: "lag", external: { topic: "a" }, values: held },
  ];
  const cluster = scaled(ofPods("queue", "10"), declared, 8);
  const ask = (of: Cluster, path: string, more: object = {}) => {
    const { code, body } = restOf(of).handle({ method: "GET", path, ...more } as never);
    return { code, body: body as any };
  };
  const custom = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default";
  const external = "/apis/external.metrics.k8s.io/v1beta1/namespaces/default";

  it("are discovered where metrics are declared, and nowhere else", () => {
    const names = (of: Cluster) => ask(of, "/apis").body.groups.map((one: any) => one.name);
    expect(names(cluster)).toEqual(
      expect.arrayContaining(["custom.metrics.k8s.io", "external.metrics.k8s.io"]),
    );
    expect(names(scaled(ofPods("queue", "10"), undefined)).join()).not.toMatch(
      /(custom|external)\./,
    );
    const list = ask(cluster, "/apis/custom.metrics.k8s.io/v1beta2").body.resources;
    expect(list.map((one: any) => [one.name, one.kind, one.verbs.join()])).toEqual([
      ["ingresses.networking.k8s.io/hits", "MetricValueList", "get"],
      ["pods/http_requests_per_second", "MetricValueList", "get"],
      ["pods/queue", "MetricValueList", "get"],
      ["services/http_requests_per_second", "MetricValueList", "get"],
    ]);
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const groups = ask(cluster, "/apis", { accept }).body.items;
    const found = groups.find((one: any) => one.metadata.name === "custom.metrics.k8s.io");
    const pods = found.versions[0].resources.find((one: any) => one.resource === "pods");
    expect(pods.subresources.map((one: any) => one.subresource)).toEqual([
      "http_requests_per_second",
      "queue",
    ]);
    expect(ask(cluster, "/apis/apiregistration.k8s.io/v1/apiservices").body.items).toContainEqual(
      expect.objectContaining({
        metadata: expect.objectContaining({ name: "v1beta1.external.metrics.k8s.io" }),
      }),
    );
  });

  it("answer with what autoscalers read", () => {
    const { kind, items } = ask(cluster, `${custom}/pods/*/queue?labelSelector=app%3Dweb`).body;
    expect(kind).toBe("MetricValueList");
    expect(items).toHaveLength(2);
    expect(items[0]).toEqual({
      describedObject: {
        kind: "Pod",
        namespace: "default",
        name: expect.stringMatching(/^web-/),
        apiVersion: "/v1",
      },
      metric: { name: "queue", selector: null },
      timestamp: "2026-01-01T00:02:00Z",
      value: "10",
    });
    const values = (path: string) => ask(cluster, path).body.items.map((one: any) => one.value);
    expect(values(`${custom}/pods/*/queue?labelSelector=app%3Dother`)).toEqual([]);
    expect(values(`${custom}/services/web/http_requests_per_second`)).toEqual(["8000m"]);
    expect(values(`${custom}/pods/*/http_requests_per_second`)).toEqual(["4000m", "4000m"]);
    expect(values(`${custom}/ingresses.networking.k8s.io/main/hits`)).toEqual(["30"]);
    expect(values(`${external}/lag?labelSelector=topic%3Da`)).toEqual(["30"]);
    expect(values(`${external}/lag?labelSelector=topic%3Db`)).toEqual([]);
  });

  it.each([
    [`${custom}/pods/*/lag`, 404, "the server could not find the metric lag for pods"],
    [
      `${custom}/pods/nobody/queue`,
      404,
      "the server could not find the metric queue for pods nobody",
    ],
    [`${custom}/pods`, 404, "the server could not find the requested resource"],
  ])("say of %s that it is not there", (path, code, message) => {
    expect(ask(cluster, path)).toMatchObject({ code, body: { message } });
  });

  it("ask for roles", () => {
    const user = { name: "eve", groups: ["system:authenticated"] };
    expect(ask(cluster, `${custom}/pods/*/queue`, { user })).toMatchObject({
      code: 403,
      body: {
        message: `pods.custom.metrics.k8s.io "*" is forbidden: User "eve" cannot get resource "pods/queue" in API group "custom.metrics.k8s.io" in the namespace "default"`,
      },
    });
  });
});
