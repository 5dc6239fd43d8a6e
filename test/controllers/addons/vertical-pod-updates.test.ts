import { describe, expect, it } from "vitest";
import { timestamp } from "../../../sim/api/meta/time.ts";
import {
  byUrgency,
  urgencyOf,
} from "../../../sim/controllers/addons/vertical-pod-autoscaler/urgency.ts";
import { at, clusterWith, create, deployment, events } from "./add-on-cluster.ts";

const KIND = "VerticalPodAutoscaler.autoscaling.k8s.io";
const HOUR = 3_600_000_000;

interface Case {
  /** Requests of the containers. */
  readonly requests: readonly object[];
  /** Age in hours. */
  readonly age?: number;
  /** How long the first container ran before it ran out of memory, in minutes. */
  readonly ranMinutes?: number;
  readonly policy?: object;
  readonly requirements?: readonly object[];
  readonly annotations?: object;
  readonly expected: { grows: boolean; difference: number } | undefined;
}

const target = { cpu: "200m", memory: "100M" };
const up = (...resources: string[]): object => ({
  resources,
  changeRequirement: "TargetHigherThanRequests",
});
const down = (...resources: string[]): object => ({
  resources,
  changeRequirement: "TargetLowerThanRequests",
});

const cases: Record<string, Case> = {
  "in range and young: stays": { requests: [{ cpu: "150m", memory: "100M" }], expected: undefined },
  "in range and twelve hours old: goes when the change is worth it": {
    requests: [{ cpu: "250m", memory: "100M" }],
    age: 12,
    expected: { grows: false, difference: 0.2 },
  },
  "in range, old, but little to gain: stays": {
    requests: [{ cpu: "205m", memory: "100M" }],
    age: 24,
    expected: undefined,
  },
  "out of range: goes at once": {
    requests: [{ cpu: "50m", memory: "100M" }],
    expected: { grows: true, difference: 3 },
  },
  "without a request: out of range and to grow": {
    requests: [{ memory: "100M" }],
    expected: { grows: true, difference: 200 },
  },
  "containers are added up by resource": {
    requests: [
      { cpu: "100m", memory: "100M" },
      { cpu: "300m", memory: "100M" },
    ],
    age: 24,
    expected: undefined,
  },
  "ran out of memory within ten minutes: goes": {
    requests: [{ cpu: "200m", memory: "90M" }],
    ranMinutes: 9,
    expected: { grows: true, difference: 1 / 9 },
  },
  "ran out of memory later: stays": {
    requests: [{ cpu: "200m", memory: "90M" }],
    ranMinutes: 11,
    expected: undefined,
  },
  "ran out of memory, but nothing would change: stays": {
    requests: [{ cpu: "200m", memory: "100M" }],
    ranMinutes: 1,
    expected: undefined,
  },
  "ran out of memory in a container left alone: stays": {
    requests: [{ cpu: "200m", memory: "90M" }],
    ranMinutes: 1,
    policy: { mode: "Off" },
    expected: undefined,
  },
  "a container that came after admission does not count": {
    requests: [{ cpu: "200m", memory: "100M" }, {}],
    annotations: { vpaObservedContainers: "c0" },
    expected: undefined,
  },
  "a requirement that no resource meets": {
    requests: [{ cpu: "900m", memory: "100M" }],
    requirements: [up("cpu", "memory")],
    expected: undefined,
  },
  "requirements that one resource each meets": {
    requests: [{ cpu: "1", memory: "50M" }],
    requirements: [down("cpu", "memory"), up("memory")],
    expected: { grows: true, difference: 1.8 },
  },
  "requirements do not hold where a request is missing": {
    requests: [{ memory: "100M" }],
    requirements: [down("cpu")],
    expected: { grows: true, difference: 200 },
  },
};

describe("which pods the updater of the vertical pod autoscaler evicts", () => {
  it.each(Object.entries(cases))("%s", (_, test) => {
    const now = 100 * HOUR;
    const { policy = {}, requirements = [], ranMinutes } = test;
    const terminated = {
      reason: "OOMKilled",
      startedAt: timestamp(now - (ranMinutes ?? 0) * 60_000_000),
      finishedAt: timestamp(now),
    };
    const pod = {
      metadata: { name: "p", annotations: test.annotations },
      spec: {
        containers: test.requests.map((requests, at) => ({
          name: `c${at}`,
          resources: { requests },
        })),
      },
      status: {
        startTime: timestamp(now - (test.age ?? 0) * HOUR),
        containerStatuses:
          ranMinutes === undefined ? [] : [{ name: "c0", lastState: { terminated } }],
      },
    };
    const autoscaler = {
      metadata: { name: "v" },
      spec: {
        updatePolicy: { evictionRequirements: requirements },
        resourcePolicy: { containerPolicies: [{ containerName: "*", ...policy }] },
      },
    };
    const recommendations = test.requests.map((_, at) => ({
      containerName: `c${at}`,
      target,
      lowerBound: { cpu: "100m", memory: "80M" },
      upperBound: { cpu: "400m", memory: "200M" },
      uncappedTarget: target,
    }));
    const urgency = urgencyOf(pod as any, autoscaler as any, recommendations, now);
    if (test.expected === undefined) return expect(urgency).toBeUndefined();
    expect(urgency?.grows).toBe(test.expected.grows);
    expect(urgency?.difference).toBeCloseTo(test.expected.difference, 9);
  });

  it("takes pods that grow first, then those that change most", () => {
    const urgencies = [
      { grows: false, difference: 9 },
      undefined,
      { grows: true, difference: 1 },
      { grows: true, difference: 2 },
    ];
    expect([...urgencies].sort(byUrgency)).toEqual([
      { grows: true, difference: 2 },
      { grows: true, difference: 1 },
      { grows: false, difference: 9 },
      undefined,
    ]);
  });
});

function scene(targetRef: object, replicas = 4, spec: object = {}) {
  const constant = (value: number) => [{ from: 0, value, slope: 0 }];
  const cluster = clusterWith("vertical-pod-autoscaler", {
    nodes: [{ count: 2, name: "n{i}", capacity: { cpu: "8", memory: "16Gi" } }],
    images: { "web:1": { cpu: constant(600), memory: constant(400 * 1024 * 1024) } },
  });
  at(cluster, 2);
  if (replicas > 0) deployment(cluster, "web", replicas, "100m");
  create(cluster, KIND, {
    apiVersion: "autoscaling.k8s.io/v1",
    metadata: { name: "web", namespace: "default" },
    spec: { targetRef, ...spec },
  });
  return cluster;
}

const web = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };

describe("what a vertical pod autoscaler tells", () => {
  const conditions = (cluster: ReturnType<typeof scene>): unknown[] =>
    (cluster.store.get(KIND, "default/web") as any).status.conditions.map(
      ({ lastTransitionTime: _, ...condition }: any) => condition,
    );
  const noPods = { reason: "NoPodsMatched", message: "No pods match this VPA object" };

  it("says of evictions what happened, to the pod and to the autoscaler", () => {
    const cluster = at(scene(web), 300);
    const told = events(cluster, "EvictedPod");
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toMatch(/^VPA Updater evicted Pod web-\S+ to apply resource recommendation\.$/);
    expect(events(cluster, "EvictedByVPA")).toContain(
      "Pod was evicted by VPA Updater to apply resource recommendation.",
    );
  });

  it("says that no pods match, and no longer once they do", () => {
    const cluster = at(scene(web, 0), 100);
    expect(conditions(cluster)).toEqual([
      {
        type: "ConfigUnsupported",
        status: "True",
        message: "Cannot read targetRef. Reason: Deployment default/web does not exist",
      },
      { type: "NoPodsMatched", status: "True", ...noPods },
      { type: "RecommendationProvided", status: "False", ...noPods },
    ]);
    deployment(cluster, "web", 2, "100m");
    at(cluster, 400);
    expect(conditions(cluster)).toEqual([{ type: "RecommendationProvided", status: "True" }]);
  });

  it("keeps what it recommends while there are no pods", () => {
    const cluster = at(scene(web, 2, { updatePolicy: { updateMode: "Off" } }), 300);
    const deployed = cluster.store.get("Deployment", "default/web") as any;
    cluster.api.update("Deployment", { ...deployed, spec: { ...deployed.spec, replicas: 0 } });
    at(cluster, 500);
    expect(conditions(cluster)).toEqual([
      { type: "NoPodsMatched", status: "True", ...noPods },
      { type: "RecommendationProvided", status: "True" },
    ]);
  });

  it("wants the topmost workload", () => {
    const cluster = scene(web, 2, { updatePolicy: { updateMode: "Off" } });
    const [replicaSet] = [...at(cluster, 10).store.objects("ReplicaSet").values()] as any[];
    const vpa = cluster.store.get(KIND, "default/web") as any;
    const targetRef = { ...web, kind: "ReplicaSet", name: replicaSet.metadata.name };
    cluster.api.update(KIND, { ...vpa, spec: { ...vpa.spec, targetRef } });
    at(cluster, 200);
    expect((conditions(cluster)[0] as any).message).toBe(
      `The target apps/v1.ReplicaSet/${targetRef.name} has a parent controller but it should point to a topmost well-known or scalable controller`,
    );
  });
});

describe("requests that the vertical pod autoscaler gives to new pods", () => {
  const status = {
    recommendation: {
      containerRecommendations: [{ containerName: "main", target: { cpu: "1", memory: "128Mi" } }],
    },
  };

  it.each([
    {
      case: "limits keep their proportion",
      policy: {},
      limits: { cpu: "200m" },
      resources: { requests: { cpu: "1", memory: "128Mi" }, limits: { cpu: "2" } },
      updates: "container 0: cpu request, memory request, cpu limit",
    },
    {
      case: "limits stay and cap requests",
      policy: { controlledValues: "RequestsOnly" },
      limits: { cpu: "200m" },
      resources: { requests: { cpu: "200m", memory: "128Mi" }, limits: { cpu: "200m" } },
      updates: "container 0: cpu capped to container limit, cpu request, memory request",
    },
  ])("$case", ({ policy, limits, resources, updates }) => {
    const cluster = at(scene(web, 0, {}), 3);
    const vpa = cluster.store.get(KIND, "default/web") as any;
    const containerPolicies = [{ containerName: "main", ...policy }];
    const spec = { ...vpa.spec, resourcePolicy: { containerPolicies } };
    const changed = cluster.api.update(KIND, { ...vpa, spec });
    cluster.api.update(KIND, { ...changed, status } as any, { subresource: "status" });
    const containers = [
      { name: "main", image: "web:1", resources: { requests: { cpu: "100m" }, limits } },
    ];
    deployment(cluster, "web", 1, "100m", { containers });
    const labels = { app: "web" };
    create(cluster, "Pod", {
      metadata: { name: "alone", namespace: "default", labels },
      spec: { containers },
    });
    at(cluster, 6);
    const [pod] = ([...cluster.store.objects("Pod").values()] as any[]).filter(
      ({ metadata }) => metadata.name !== "alone",
    );
    expect(pod.spec.containers[0].resources).toEqual(resources);
    expect(pod.metadata.annotations).toEqual({
      vpaUpdates: `Pod resources updated by web: ${updates}`,
      vpaObservedContainers: "main",
    });
    const alone = cluster.store.get("Pod", "default/alone") as any;
    expect(alone.spec.containers[0].resources.requests).toEqual({ cpu: "100m" });
  });
});
