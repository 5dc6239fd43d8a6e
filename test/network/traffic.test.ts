import { describe, expect, test } from "vitest";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { clusterFirst, lookupTime, queriesFor } from "../../sim/network/dns.ts";
import { flowOf } from "../../sim/network/flow.ts";
import { parseLoad } from "../../sim/network/load.ts";
import { podsFor, targetsOf } from "../../sim/network/routing.ts";
import { parseImages } from "../../sim/node/behaviour/parse-behaviour.ts";

function shop(preStop: number | undefined, image: Record<string, unknown> = {}) {
  const cluster = createCluster({
    seed: "1",
    nodes: [{ count: 3 }],
    images: parseImages({ web: { stopTime: "1s", ...image } }) as never,
  });
  const lifecycle =
    preStop === undefined ? {} : { lifecycle: { preStop: { sleep: { seconds: preStop } } } };
  const readinessProbe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 };
  const template = {
    metadata: { labels: { app: "web" } },
    spec: {
      containers: [
        {
          name: "main",
          image: "web:1",
          readinessProbe,
          resources: { requests: { cpu: "100m" } },
          ...lifecycle,
        },
      ],
    },
  };
  cluster.api.create("Deployment", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: { replicas: 4, selector: { matchLabels: { app: "web" } }, template },
  } as never);
  cluster.api.create("Service", {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
  } as never);
  cluster.runUntil(30 * SECOND);
  return cluster;
}

function roll(cluster: ReturnType<typeof shop>): void {
  const web = cluster.store.get("Deployment", "default/web") as any;
  const template = {
    ...web.spec.template,
    metadata: { labels: { app: "web" }, annotations: { version: "2" } },
  };
  cluster.api.update("Deployment", { ...web, spec: { ...web.spec, template } });
}

describe("requests to a Service", () => {
  test("are all answered while nothing changes, and cost no event", () => {
    const cluster = shop(undefined);
    const id = cluster.traffic.start(parseLoad({ service: "web", rate: 100 }));
    cluster.runUntil(60 * SECOND);
    expect(cluster.traffic.counters(id)).toMatchObject({ sent: 3000, succeeded: 3000, failed: 0 });
    const fired = cluster.engine.fired;
    cluster.runUntil(70 * SECOND);
    expect(cluster.engine.fired - fired).toBeLessThan(20);
  });

  test("fail in the drain race of a rolling update, and do not when preStop sleeps", () => {
    const failed = [undefined, 5].map((preStop) => {
      const cluster = shop(preStop);
      const id = cluster.traffic.start(parseLoad({ service: "web", rate: 100 }));
      roll(cluster);
      cluster.runUntil(200 * SECOND);
      return cluster.traffic.counters(id)?.failed;
    });
    expect(failed[0]).toBeGreaterThan(1);
    expect(failed[1]).toBe(0);
  });

  test("fail while the pod they are sent to is on a dead node, until its endpoint goes", () => {
    const cluster = shop(undefined);
    const id = cluster.traffic.start(parseLoad({ service: "web", rate: 80 }));
    cluster.runUntil(40 * SECOND);
    cluster.faults.begin({ type: "node-crash", target: "node-1" });
    cluster.runUntil(60 * SECOND);
    const early = cluster.traffic.counters(id);
    expect(early?.refused).toBeGreaterThan(200);
    cluster.runUntil(110 * SECOND);
    const later = cluster.traffic.counters(id)?.failed;
    cluster.runUntil(150 * SECOND);
    expect(cluster.traffic.counters(id)?.failed).toBe(later);
  });

  test("that are too many time out, and make the pods work", () => {
    const cluster = shop(undefined, {
      serves: { capacity: 10, latency: "20ms", cpuPerRequest: "10m" },
    });
    const id = cluster.traffic.start(
      parseLoad({
        service: "web",
        rates: [
          { from: "0s", rate: 20 },
          { from: "60s", rate: 60 },
        ],
      }),
    );
    cluster.runUntil(75 * SECOND);
    expect(cluster.traffic.counters(id)?.failed).toBe(0);
    const pod = cluster.virtual.list("PodMetrics")[0] as any;
    expect(pod.containers[0].usage.cpu).toBe("50m");
    cluster.runUntil(150 * SECOND);
    expect(cluster.traffic.counters(id)).toMatchObject({ overloaded: 20 * 60, refused: 0 });
    cluster.traffic.stop(id);
    cluster.runUntil(200 * SECOND);
    expect((cluster.virtual.list("PodMetrics")[0] as any).containers[0].usage.cpu).toBe("0");
  });

  test("go on after a checkpoint as they would have", () => {
    const straight = shop(undefined);
    const id = straight.traffic.start(parseLoad({ service: "web", rate: 100 }));
    roll(straight);
    straight.runUntil(33 * SECOND);
    const saved = straight.save();
    straight.runUntil(200 * SECOND);
    const resumed = createCluster(straight.config);
    resumed.load(saved);
    resumed.runUntil(200 * SECOND);
    expect(resumed.traffic.counters(id)).toEqual(straight.traffic.counters(id));
    expect(resumed.engine.journal.digest()).toBe(straight.engine.journal.digest());
  });
});

test("a CPU limit bounds the requests that a pod answers, and its usage", () => {
  const cluster = shop(undefined, { serves: { cpuPerRequest: "20m" } });
  const web = cluster.store.get("Deployment", "default/web") as any;
  const [container] = web.spec.template.spec.containers;
  const containers = [
    { ...container, resources: { requests: { cpu: "100m" }, limits: { cpu: "200m" } } },
  ];
  const template = { ...web.spec.template, spec: { ...web.spec.template.spec, containers } };
  cluster.api.update("Deployment", { ...web, spec: { ...web.spec, template } });
  cluster.runUntil(100 * SECOND);
  const id = cluster.traffic.start(parseLoad({ service: "web", rate: 60 }));
  cluster.runUntil(160 * SECOND);
  expect(cluster.traffic.counters(id)).toMatchObject({ succeeded: 40 * 60, overloaded: 20 * 60 });
  expect((cluster.virtual.list("PodMetrics")[0] as any).containers[0].usage.cpu).toBe("200m");
});

test("latency grows with utilization up to the timeout", () => {
  const pod = {
    accepts: true,
    capacity: 100,
    latency: 10_000,
    errors: 0,
    cpuPerRequest: 0,
    changesAt: undefined,
  };
  const latency = (rate: number) => flowOf(rate, [pod], SECOND, 0).latency;
  expect([latency(0.001), latency(50), latency(90), latency(200)]).toEqual([
    10_000,
    20_000,
    100_000,
    SECOND,
  ]);
  expect(flowOf(200, [pod], SECOND, 0)).toMatchObject({ succeeded: 100, overloaded: 100 });
});

describe("a name looked up under ndots 5", () => {
  const resolver = clusterFirst("default");
  const inside = (name: string) => name === "web.default.svc.cluster.local";
  const outside = (name: string) => name === "api.example.com";
  test.each([
    ["web", inside, 2],
    ["web.default", inside, 4],
    ["api.example.com", outside, 8],
    ["api.example.com.", outside, 2],
    ["web.default.svc.cluster.local", inside, 8],
  ] as const)("%s costs its queries", (name, exists, queries) => {
    expect(queriesFor(name, resolver, exists as (name: string) => boolean)).toBe(queries);
  });

  test("takes as long as its names one after the other", () => {
    expect(lookupTime(8, 2, 1000)).toBe(4000);
  });
});

test.each([
  [{ rate: 5 }, "load.service: expected the name of a Service"],
  [
    { service: "web" },
    "load.rate: expected requests a second, or load.rates: a list of {from, rate}",
  ],
  [{ service: "web", rate: "fast" }, 'load.rate: expected requests a second, got "fast"'],
  [
    { service: "web", rate: 1, speed: 2 },
    "load.speed: unknown; known are service, namespace, rate, rates, timeout, lookup, client, for",
  ],
])("the load %j is refused with its reason", (load, message) => {
  expect(() => parseLoad(load)).toThrow(message);
});

describe("requests from a place", () => {
  const endpoint = (name: string, zone: string | undefined, node?: string, ready = true) => ({
    addresses: [],
    conditions: { ready, serving: true, terminating: !ready },
    targetRef: { kind: "Pod", namespace: "default", name },
    hints: {
      ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
      ...(node === undefined ? {} : { forNodes: [{ name: node }] }),
    },
  });
  const hinted = [endpoint("a", "x", "1"), endpoint("b", "x", "2"), endpoint("c", "y", "3")];
  test.each([
    ["of no zone go everywhere", hinted, {}, "abc"],
    ["go to the endpoints for their zone", hinted, { zone: "x" }, "ab"],
    ["go to those for their node first", hinted, { zone: "x", node: "2" }, "b"],
    ["go to their zone when none is for their node", hinted, { zone: "x", node: "9" }, "ab"],
    ["go everywhere when none is for their zone", hinted, { zone: "z" }, "abc"],
    [
      "go everywhere when one is for no zone",
      [...hinted, endpoint("d", undefined)],
      { zone: "x" },
      "abcd",
    ],
    [
      "take no notice of hints of endpoints that are not ready",
      [endpoint("a", "x", undefined, false), endpoint("c", "y")],
      { zone: "x" },
      "c",
    ],
    [
      "go to all that drain when none is ready",
      [endpoint("a", "x", undefined, false), endpoint("c", "y", undefined, false)],
      { zone: "x" },
      "ac",
    ],
  ])("%s", (_, endpoints, place, pods) => {
    const slice = { metadata: { name: "web", namespace: "default" }, endpoints };
    expect(podsFor(targetsOf([slice as never]), place)).toEqual(
      [...pods].map((name) => `default/${name}`),
    );
  });

  test("on a node reach the pods of its zone alone where the Service prefers that", () => {
    const cluster = createCluster({
      seed: "1",
      nodes: [{ count: 2, zones: ["x", "y"] }],
    });
    const create = (kind: string, name: string, spec: object, labels = {}) =>
      cluster.api.create(kind, {
        apiVersion: "v1",
        kind,
        metadata: { name, namespace: "default", labels },
        spec,
      } as never);
    const [near, far] = [...cluster.store.objects("Node").values()].map((node) => node.metadata);
    for (const { name } of [near, far] as { name: string }[])
      create(
        "Pod",
        `on-${name}`,
        { nodeName: name, containers: [{ name: "main", image: "web:1" }] },
        { app: "web" },
      );
    create("Service", "web", {
      selector: { app: "web" },
      ports: [{ port: 80 }],
      trafficDistribution: "PreferSameZone",
    });
    cluster.runUntil(30 * SECOND);
    cluster.traffic.start(parseLoad({ service: "web", rate: 10, client: { node: near?.name } }));
    const pods = () => cluster.traffic.loads()[0]?.pods;
    expect(pods()).toEqual([`default/on-${near?.name}`]);
    cluster.api.delete("Pod", `default/on-${near?.name}`);
    cluster.runUntil(90 * SECOND);
    expect(pods()).toEqual([`default/on-${far?.name}`]);
  });
});
