import { describe, expect, it } from "vitest";
import { removeDuplicates } from "../../../sim/controllers/addons/descheduler/duplicates.ts";
import { topologySpread } from "../../../sim/controllers/addons/descheduler/spread.ts";
import {
  evictablePods,
  type Strategy,
  type View,
} from "../../../sim/controllers/addons/descheduler/strategy.ts";
import {
  highNodeUtilization,
  lowNodeUtilization,
} from "../../../sim/controllers/addons/descheduler/utilization.ts";
import { antiAffinity } from "../../../sim/controllers/addons/descheduler/violations.ts";

/** A node of 4 cores and 8 GiB. */
function node(name: string, more: any = {}): any {
  const size = { cpu: "4", memory: "8Gi", pods: "100" };
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...more.labels } },
    spec: more.spec ?? {},
    status: { allocatable: size },
  };
}

function pod(name: string, nodeName: string, more: any = {}): any {
  const requests = { cpu: more.cpu ?? "1", memory: more.memory ?? "1Gi" };
  return {
    metadata: {
      name,
      uid: name,
      namespace: "default",
      labels: { app: "web" },
      ownerReferences: [{ kind: "ReplicaSet", name: "web", uid: "rs", controller: true }],
      ...more.metadata,
    },
    spec: {
      nodeName,
      containers: [{ name: "main", image: "web:1", resources: { requests } }],
      ...more.spec,
    },
    status: { phase: "Running" },
  };
}

/** Names of the pods that a strategy would evict. */
function victims(strategy: Strategy, nodes: any[], pods: any[], settings: object = {}): string[] {
  const view = {
    client: {
      list: () => pods,
      indexed: (_kind: string, _index: string, name: string) =>
        pods.filter(({ spec }) => spec.nodeName === name),
    },
    nodes,
    placement: { feasible: (_pod: unknown, among: any[]) => among.map((one) => one.metadata.name) },
    now: 0,
  } as unknown as View;
  return strategy.victims(view, settings as never).map(({ metadata }) => metadata.name);
}

const many = (count: number, on: string, prefix = on, more: object = {}): any[] =>
  Array.from({ length: count }, (_, at) => pod(`${prefix}-${at}`, on, more));

describe("what may be evicted", () => {
  const annotated = { annotations: { "descheduler.alpha.kubernetes.io/evict": "true" } };
  const local = { volumes: [{ name: "d", emptyDir: {} }] };
  it.each([
    ["a pod of a ReplicaSet", {}, 1],
    ["a pod of nobody", { metadata: { ownerReferences: [] } }, 0],
    ["a pod with local storage", { spec: local }, 0],
    ["a pod of the system", { spec: { priority: 2_000_000_000 } }, 0],
    [
      "what says that it may be",
      { metadata: { ...annotated, ownerReferences: [] }, spec: local },
      1,
    ],
  ])("%s", (_, more, count) => {
    const client = { list: () => [pod("a", "n1", more)] } as never;
    expect(evictablePods(client)).toHaveLength(count);
  });
});

describe("LowNodeUtilization", () => {
  const nodes = [node("n1"), node("n2")];
  it.each([
    [
      "thresholds of one resource leave the others out",
      { thresholds: { cpu: 20 }, targetThresholds: { cpu: 50 } },
      "1",
      2,
    ],
    [
      "a node at its threshold is underused",
      { thresholds: { cpu: 25 }, targetThresholds: { cpu: 50 } },
      "1",
      1,
    ],
    [
      "numberOfNodes nodes may be underused",
      { thresholds: { cpu: 25 }, targetThresholds: { cpu: 50 }, numberOfNodes: 1 },
      "1",
      0,
    ],
    [
      "deviations are from the average",
      { thresholds: { cpu: 10 }, targetThresholds: { cpu: 10 }, useDeviationThresholds: true },
      "1",
      2,
    ],
  ])("%s", (_, settings, cpu, count) => {
    const pods = [
      ...many(4, "n1", "n1", { cpu, memory: "2Gi" }),
      pod("low", "n2", { cpu, memory: "1Mi" }),
    ];
    const used = _.startsWith("thresholds") ? pods.slice(0, 4) : pods;
    expect(victims(lowNodeUtilization, nodes, used, settings)).toHaveLength(count);
  });

  it("takes the least important first, and of equals those of the lowest quality", () => {
    const pods = [
      pod("guaranteed", "n1", {
        spec: {
          priority: 0,
          containers: [
            {
              name: "m",
              resources: {
                requests: { cpu: "1", memory: "1Gi" },
                limits: { cpu: "1", memory: "1Gi" },
              },
            },
          ],
        },
      }),
      pod("important", "n1", { spec: { priority: 9 } }),
      pod("burstable", "n1", { spec: { priority: 0 } }),
      pod("plain", "n1"),
    ];
    const settings = { thresholds: { cpu: 20 }, targetThresholds: { cpu: 20 } };
    expect(victims(lowNodeUtilization, nodes, pods, settings)).toEqual(["plain"]);
    const more = { thresholds: { cpu: 20 }, targetThresholds: { cpu: 70 } };
    expect(victims(lowNodeUtilization, nodes, pods, more)).toEqual(["plain", "burstable"]);
  });

  it("leaves a pod that no underused node would let in", () => {
    const shut = node("n2", { spec: { taints: [{ key: "gpu", effect: "NoSchedule" }] } });
    const settings = { thresholds: { cpu: 20 }, targetThresholds: { cpu: 50 } };
    expect(victims(lowNodeUtilization, [node("n1"), shut], many(4, "n1"), settings)).toEqual([]);
  });
});

describe("HighNodeUtilization", () => {
  const nodes = [node("n1"), node("n2"), node("n3")];
  it.each([
    ["empties the least used nodes while others have room", 2, {}, ["n2-0", "n3-0"]],
    ["stops when the others are full", 3, {}, ["n2-0"]],
    ["does nothing for as few nodes as are allowed", 2, { numberOfNodes: 2 }, []],
  ])("%s", (_, busy, more, expected) => {
    const pods = [...many(busy, "n1"), ...many(1, "n2", "n2", { cpu: "100m" }), ...many(1, "n3")];
    const settings = { thresholds: { cpu: 25 }, ...more };
    if (busy === 3) pods[3].spec.containers[0].resources.requests.cpu = "1";
    expect(victims(highNodeUtilization, nodes, pods, settings)).toEqual(expected);
  });

  it("does nothing when all nodes are underused", () => {
    expect(victims(highNodeUtilization, nodes, many(1, "n1"), { thresholds: { cpu: 90 } })).toEqual(
      [],
    );
  });
});

describe("RemovePodsViolatingTopologySpreadConstraint", () => {
  const constraint = {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: { app: "web" } },
  };
  it.each([
    ["brings two domains to their average", [5, 1], 2],
    ["lets a skew be that is allowed", [2, 1], 0],
    ["takes from all that are above the average", [4, 4, 1], 2],
    ["fills several small domains", [6, 3, 0], 3],
  ])("%s", (_, sizes, count) => {
    const spec = { topologySpreadConstraints: [constraint] };
    const pods = sizes.flatMap((size, at) => many(size, `n${at}`, `n${at}`, { spec }));
    const nodes = sizes.map((_size, at) => node(`n${at}`));
    expect(victims(topologySpread, nodes, pods)).toHaveLength(count);
  });
});

describe("RemovePodsViolatingInterPodAntiAffinity", () => {
  const term = (topologyKey: string): object => ({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey, labelSelector: { matchLabels: { app: "web" } } },
        ],
      },
    },
  });
  it.each([
    ["the pod that wants to be alone goes, not the other", "kubernetes.io/hostname", "n1", ["shy"]],
    ["pods of other nodes do not matter for a hostname", "kubernetes.io/hostname", "n2", []],
    ["but for a zone they do", "zone", "n2", ["shy"]],
  ])("%s", (_, key, other, expected) => {
    const nodes = ["n1", "n2"].map((name) => node(name, { labels: { zone: "a" } }));
    const pods = [pod("shy", "n1", { spec: term(key) }), pod("other", other)];
    expect(victims(antiAffinity, nodes, pods)).toEqual(expected);
  });

  it("of two that repel each other the less important goes", () => {
    const pods = [
      pod("high", "n1", { spec: { ...term("kubernetes.io/hostname"), priority: 5 } }),
      pod("low", "n1", { spec: { ...term("kubernetes.io/hostname"), priority: 1 } }),
    ];
    expect(victims(antiAffinity, [node("n1")], pods)).toEqual(["low"]);
  });
});

describe("RemoveDuplicates", () => {
  it.each([
    [{}, 2],
    [{ excludeOwnerKinds: ["ReplicaSet"] }, 0],
  ])("with %o", (settings, count) => {
    const nodes = [node("n1"), node("n2"), node("n3")];
    expect(victims(removeDuplicates, nodes, many(3, "n1"), settings)).toHaveLength(count);
  });
});
