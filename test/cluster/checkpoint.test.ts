import { describe, expect, test } from "vitest";
import type { Manifest } from "../../sim/api/object.ts";
import type { Node, Pod } from "../../sim/api/types.gen.ts";
import { type Cluster, createCluster } from "../../sim/cluster.ts";
import { randomFrom } from "../../sim/engine/random.ts";
import { MINUTE, SECOND } from "../../sim/engine/time.ts";

const config = {
  detail: "digest" as const,
  nodes: [{ count: 4, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi" }, zones: ["a", "b"] }],
};

function workload(name: string, replicas: number, more: object = {}): Manifest {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: `${name}:1`, ...more }] },
      },
    },
  };
}

/** Inputs at their instants; the same for every run. */
const inputs: readonly (readonly [number, (cluster: Cluster) => void])[] = [
  [1 * SECOND, (cluster) => cluster.api.create("Deployment", workload("web", 6))],
  [
    2 * SECOND,
    (cluster) =>
      cluster.api.create(
        "Deployment",
        workload("big", 9, { resources: { requests: { cpu: "1500m" } } }),
      ),
  ],
  [40 * SECOND, (cluster) => cluster.nodes.crash("node-2")],
  [
    3 * MINUTE,
    (cluster) =>
      cluster.api.delete("Deployment", "default/big", { propagationPolicy: "Background" }),
  ],
  [4 * MINUTE, (cluster) => cluster.nodes.recover("node-2")],
];
const END = 9 * MINUTE;

function lonely(name: string, schedulingGates: readonly object[]): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default" },
    spec: { schedulingGates, containers: [{ name: "main", image: "main:1" }] },
  };
}

const things: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.x.example" },
  spec: {
    group: "x.example",
    scope: "Namespaced",
    names: { plural: "things", singular: "thing", kind: "Thing" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};

function play(cluster: Cluster, from: number, to: number, acts = inputs): void {
  for (const [at, act] of acts) {
    if (at <= from || at > to) continue;
    cluster.runUntil(at);
    cluster.engine.as("test", 0, () => act(cluster));
  }
  cluster.runUntil(to);
}

describe("a cluster's checkpoints", () => {
  test("a run restored at any instant ends in the straight run's digest", () => {
    for (const seed of ["1", "2"]) {
      const straight = createCluster({ ...config, seed });
      play(straight, -1, END);
      const random = randomFrom(seed).fork("instants");
      for (let round = 0; round < 12; round++) {
        const instant = random.int(round % 2 === 0 ? END : 8 * SECOND);
        const first = createCluster({ ...config, seed });
        play(first, -1, instant);
        const second = createCluster({ ...config, seed });
        // Every other time through a deep copy, as from another process: identity must not matter.
        const saved = first.save();
        second.load(round % 4 === 3 ? structuredClone(saved) : saved);
        play(second, instant, END);
        expect(second.engine.journal.digest(), `seed ${seed}, restored at ${instant} us`).toBe(
          straight.engine.journal.digest(),
        );
      }
    }
  });

  test("a run taken back in place forgets the kinds that it met since, and ends in the straight run's digest", () => {
    const thing = (name: string, owner: string) => (cluster: Cluster) => {
      const { uid } = cluster.api.get<Pod>("ConfigMap", `default/${owner}`).metadata;
      const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: owner, uid }];
      const metadata = { name, namespace: "default", ownerReferences };
      cluster.api.create("Thing.x.example", {
        apiVersion: "x.example/v1",
        kind: "Thing",
        metadata,
      });
    };
    const owner = (name: string) => (cluster: Cluster) =>
      cluster.api.create("ConfigMap", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace: "default" },
      });
    const without = (name: string) => (cluster: Cluster) =>
      cluster.api.delete("ConfigMap", `default/${name}`, { propagationPolicy: "Background" });
    const acts: typeof inputs = [
      [2 * SECOND, owner("one")],
      [3 * SECOND, owner("two")],
      [20 * SECOND, (cluster) => cluster.api.create("CustomResourceDefinition", things)],
      [25 * SECOND, thing("a", "one")],
      [26 * SECOND, thing("b", "two")],
      [40 * SECOND, without("one")],
      [60 * SECOND, without("two")],
    ];
    const straight = createCluster({ ...config, seed: "back" });
    play(straight, -1, 10 * SECOND, acts);
    const saved = straight.save();
    play(straight, 10 * SECOND, MINUTE, acts);
    const ended = (cluster: Cluster) => {
      cluster.runUntil(3 * MINUTE);
      return [cluster.store.count("Thing.x.example"), cluster.engine.journal.digest()];
    };
    const wanted = ended(straight);
    expect(wanted[0]).toBe(0);
    straight.load(saved);
    play(straight, 10 * SECOND, MINUTE, acts);
    expect(ended(straight)).toEqual(wanted);
  });

  test("what a run does after a checkpoint does not change the checkpoint", () => {
    const run = createCluster({ ...config, seed: "3" });
    play(run, -1, 50 * SECOND);
    const saved = run.save();
    const written = JSON.stringify(saved);
    play(run, 50 * SECOND, END);
    expect(JSON.stringify(saved) === written).toBe(true);
  });

  test("pods of a node are met in the order in which they came to it, before and after", () => {
    const taint = (cluster: Cluster, taints: readonly object[]): void => {
      const node = cluster.api.get<Node>("Node", "node-1");
      cluster.api.update("Node", { ...node, spec: { ...node.spec, taints } } as Node);
    };
    const gated = (cluster: Cluster): Pod => cluster.api.get<Pod>("Pod", "default/first");
    const acts: typeof inputs = [
      // A first taint makes those who evict ask for the node's pods: from here on they are filed as they come.
      [1 * SECOND, (cluster) => taint(cluster, [{ key: "a", effect: "NoExecute" }])],
      [2 * SECOND, (cluster) => taint(cluster, [])],
      [10 * SECOND, (cluster) => cluster.api.create("Pod", lonely("first", [{ name: "a/b" }]))],
      [10 * SECOND, (cluster) => cluster.api.create("Pod", lonely("second", []))],
      [
        20 * SECOND,
        (cluster) => {
          const { spec, ...rest } = gated(cluster);
          cluster.api.update("Pod", { ...rest, spec: { ...spec, schedulingGates: [] } } as Pod);
        },
      ],
      [60 * SECOND, (cluster) => cluster.nodes.crash("node-1")],
    ];
    const only = { ...config, nodes: [{ ...config.nodes[0], count: 1 }], seed: "1" } as const;
    const straight = createCluster(only);
    play(straight, -1, END, acts);
    const first = createCluster(only);
    play(first, -1, 40 * SECOND, acts);
    const second = createCluster(only);
    second.load(first.save());
    play(second, 40 * SECOND, END, acts);
    expect(second.engine.journal.digest()).toBe(straight.engine.journal.digest());
  });

  test("journal detail and the explanation of decisions leave the digest alone", () => {
    const digests = [
      { detail: "digest", explain: false },
      { detail: "changes", explain: true },
      { detail: "full", explain: true },
      { detail: "full", explain: false },
    ].map((detail) => {
      const cluster = createCluster({
        ...config,
        ...(detail as { detail: "full"; explain: boolean }),
        seed: "x",
      });
      play(cluster, -1, 2 * MINUTE);
      return cluster.engine.journal.digest();
    });
    expect(new Set(digests).size).toBe(1);
  });

  test("the same seed gives the same digest, another seed another one", () => {
    const digest = (seed: string): string => {
      const cluster = createCluster({ ...config, seed });
      play(cluster, -1, 2 * MINUTE);
      return cluster.engine.journal.digest();
    };
    expect(digest("a")).toBe(digest("a"));
    expect(digest("a")).not.toBe(digest("b"));
  });
});
