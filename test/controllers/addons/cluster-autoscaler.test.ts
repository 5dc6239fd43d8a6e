import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Cluster } from "../../../sim/cluster.ts";
import { prioritiesOf } from "../../../sim/controllers/addons/cluster-autoscaler/priorities.ts";
import {
  choose,
  type Option,
} from "../../../sim/controllers/addons/cluster-autoscaler/scale-up.ts";
import { whyKept } from "../../../sim/controllers/addons/drainable.ts";
import { type NodeGroup, nodeGroups } from "../../../sim/controllers/addons/node-group.ts";
import {
  at,
  clusterWith,
  configure,
  create,
  deployment,
  events,
  nodes,
  placement,
  scale,
} from "./add-on-cluster.ts";

const POOL = "{name: pool, min: 0, max: 4, startup: 60s, capacity: {cpu: '2', memory: 4Gi}}";

function scaled(config = `nodeGroups: [${POOL}]`): Cluster {
  const cluster = clusterWith("cluster-autoscaler", {
    nodes: [{ name: "base", capacity: { cpu: "2", memory: "4Gi" } }],
  });
  configure(cluster, "cluster-autoscaler", config);
  return at(cluster, 5);
}

describe("the cluster autoscaler", () => {
  it("adds machines for pods that fit nowhere, and the pods run on them", () => {
    const cluster = scaled();
    deployment(cluster, "web", 5, "900m");
    at(cluster, 60);
    expect(nodes(cluster)).toEqual(["base"]);
    expect(new Set(events(cluster, "TriggeredScaleUp"))).toEqual(
      new Set(["pod triggered scale-up: [{pool 0->2 (max: 4)}]"]),
    );
    at(cluster, 200);
    expect(nodes(cluster)).toEqual(["base", "pool-1", "pool-2"]);
    expect(Object.values(placement(cluster)).reduce((a, b) => a + b)).toBe(5);
  });

  it("never goes beyond a group's size, and says so", () => {
    const cluster = scaled();
    deployment(cluster, "web", 20, "900m");
    at(cluster, 300);
    expect(nodes(cluster)).toHaveLength(5);
    expect(events(cluster, "NotTriggerScaleUp")[0]).toBe(
      "pod didn't trigger scale-up: 1 max node group size reached",
    );
  });

  it("takes a machine away that was not needed for ten minutes", () => {
    const cluster = scaled();
    deployment(cluster, "web", 5, "900m");
    at(cluster, 200);
    scale(cluster, "web", 1);
    at(cluster, 700);
    expect(nodes(cluster)).toHaveLength(3);
    at(cluster, 1600);
    expect(nodes(cluster)).toHaveLength(1);
    expect(events(cluster, "ScaleDown")).toContain("nodes removed by cluster autoscaler");
    expect(Object.values(placement(cluster)).reduce((a, b) => a + b)).toBe(1);
  });

  it("takes the group that wastes least", () => {
    const big = "{name: big, max: 4, capacity: {cpu: '16', memory: 32Gi}}";
    const cluster = scaled(`nodeGroups: [${big}, ${POOL}]`);
    deployment(cluster, "web", 3, "1500m");
    at(cluster, 200);
    expect(nodes(cluster)).toEqual(["base", "pool-1", "pool-2"]);
  });

  it("gives up on machines that do not come, pauses, and tries again", () => {
    const cluster = scaled("nodeGroups: [{name: ghost, max: 2, startup: never}]");
    deployment(cluster, "web", 4, "900m");
    at(cluster, 920);
    expect(events(cluster, "TriggeredScaleUp").length).toBe(2);
    at(cluster, 1100);
    expect(nodes(cluster)).toEqual(["base"]);
    at(cluster, 1300);
    const last = cluster.engine.journal.entries.filter(
      (entry: any) => entry.kind === "record" && entry.record.reason === "TriggeredScaleUp",
    );
    expect(last.length).toBe(4);
    expect(last.at(-1)?.time).toBeGreaterThan(1200e6);
  });

  it("costs nothing while nothing changes", () => {
    const cluster = scaled();
    deployment(cluster, "web", 1, "900m");
    at(cluster, 2000);
    const { fired } = cluster.engine;
    at(cluster, 20_000);
    expect(cluster.engine.fired - fired).toBeLessThan(5);
  });

  it("says for which reasons no group helps a pod", () => {
    const tainted =
      "{name: tainted, max: 2, taints: [{key: gpu, value: 'yes', effect: NoSchedule}]}";
    const cluster = scaled(`nodeGroups: [${POOL}, ${tainted}, {name: full, max: 0}]`);
    deployment(cluster, "web", 1, "3");
    at(cluster, 30);
    expect(events(cluster, "NotTriggerScaleUp")).toEqual([
      "pod didn't trigger scale-up: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 max node group size reached",
    ]);
  });

  it("tells its state in a ConfigMap, and in events about it", () => {
    const cluster = scaled();
    deployment(cluster, "web", 3, "900m");
    at(cluster, 40);
    const status = (): string =>
      (cluster.store.get("ConfigMap", "kube-system/cluster-autoscaler-status") as any).data.status;
    expect(status()).toContain("autoscalerStatus: Running");
    expect(parse(status()).nodeGroups[0]).toMatchObject({
      name: "pool",
      health: {
        status: "Healthy",
        nodeCounts: { registered: { total: 0, ready: 0, notStarted: 0 } },
        cloudProviderTarget: 1,
        minSize: 0,
        maxSize: 4,
      },
      scaleUp: { status: "InProgress" },
      scaleDown: { status: "NoCandidates" },
    });
    expect(events(cluster, "ScaledUpGroup")).toEqual([
      "Scale-up: setting group pool size to 1 instead of 0 (max: 4)",
      "Scale-up: group pool size set to 1 instead of 0 (max: 4)",
    ]);
    at(cluster, 200);
    scale(cluster, "web", 1);
    // Its pod fitted nowhere else when it was looked at: it is not asked again for five minutes.
    at(cluster, 300);
    expect(parse(status()).clusterWide.scaleDown.status).toBe("NoCandidates");
    at(cluster, 500);
    expect(parse(status()).clusterWide.scaleDown).toMatchObject({
      status: "CandidatesPresent",
      candidates: 1,
    });
  });

  it("marks a node that is not needed as a candidate, and takes the mark off when it is", () => {
    const cluster = scaled();
    deployment(cluster, "web", 3, "900m");
    at(cluster, 200);
    scale(cluster, "web", 1);
    at(cluster, 500);
    const marks = (): string[] =>
      ((cluster.store.get("Node", "pool-1") as any).spec.taints ?? []).map(
        ({ key, effect }: any) => `${key}:${effect}`,
      );
    expect(marks()).toEqual(["DeletionCandidateOfClusterAutoscaler:PreferNoSchedule"]);
    scale(cluster, "web", 4);
    at(cluster, 600);
    expect(marks()).toEqual([]);
  });

  it("takes nothing away that was needed less than five minutes ago, when it was looked at", () => {
    const cluster = scaled(
      `{nodeGroups: [${POOL}], scaleDownUnneededTime: 1m, scaleDownDelayAfterAdd: 1m}`,
    );
    deployment(cluster, "web", 3, "900m");
    at(cluster, 200);
    scale(cluster, "web", 1);
    at(cluster, 420);
    expect(nodes(cluster)).toEqual(["base", "pool-1"]);
    at(cluster, 520);
    expect(nodes(cluster)).toEqual(["base"]);
  });

  it("gives up on a node whose pods may not be evicted, and says so once for each pod", () => {
    const cluster = scaled(
      `{nodeGroups: [${POOL}], scaleDownUnneededTime: 1m, scaleDownDelayAfterAdd: 1m}`,
    );
    deployment(cluster, "web", 3, "900m");
    at(cluster, 200);
    // No eviction passes two budgets, though each allows it.
    for (const name of ["one", "two"])
      create(cluster, "PodDisruptionBudget", {
        metadata: { name, namespace: "default" },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
      });
    scale(cluster, "web", 2);
    at(cluster, 1000);
    const placed = placement(cluster);
    expect(Object.keys(placed).sort()).toEqual(["base", "pool-1"]);
    const refused =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    const pod = ([...cluster.store.objects("Pod").values()] as any[]).find(
      ({ spec }) => spec.nodeName === "pool-1",
    ).metadata.name;
    expect(events(cluster, "ScaleDownFailed").slice(0, 2)).toEqual([
      "failed to delete pod for ScaleDown",
      `failed to drain and delete node: Failed to drain node /pool-1, due to following errors: [failed to evict pod default/${pod} within allowed timeout (last error: ${refused})]`,
    ]);
    const count = (of: string): number =>
      ([...cluster.store.objects("Event").values()] as any[]).find(({ message }) => message === of)
        .count;
    expect(count("deleting pod for node scale down")).toBe(
      count("marked the node as toBeDeleted/unschedulable"),
    );
  });
});

describe("what keeps a pod's node", () => {
  const budget = {
    metadata: { name: "b", namespace: "default" },
    spec: { selector: { matchLabels: { app: "web" } } },
    status: { disruptionsAllowed: 0 },
  };
  const owner = (kind: string): object => ({
    ownerReferences: [{ kind, name: "o", uid: "u", controller: true }],
  });
  const safe = { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" };
  it.each([
    ["nothing", owner("ReplicaSet"), {}, [], undefined],
    ["that nobody owns it", {}, {}, [], "nobody would replace it"],
    ["an owner the autoscaler does not know", owner("Website"), {}, [], "nobody would replace it"],
    [
      "that it is not safe",
      {
        ...owner("Job"),
        annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" },
      },
      {},
      [],
      "it is annotated as not safe to evict",
    ],
    [
      "a directory",
      owner("ReplicaSet"),
      { volumes: [{ name: "d", emptyDir: {} }] },
      [],
      "it has local storage",
    ],
    [
      "no directory in memory",
      owner("ReplicaSet"),
      { volumes: [{ name: "d", emptyDir: { medium: "Memory" } }] },
      [],
      undefined,
    ],
    [
      "no directory that may be lost",
      {
        ...owner("ReplicaSet"),
        annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": "c,d" },
      },
      { volumes: [{ name: "d", emptyDir: {} }] },
      [],
      undefined,
    ],
    ["its budget", owner("ReplicaSet"), {}, [budget], "its disruption budget allows no disruption"],
    [
      "its budget, though it is safe",
      { annotations: safe },
      {},
      [budget],
      "its disruption budget allows no disruption",
    ],
    [
      "nothing but a budget when it is safe",
      { annotations: safe },
      { volumes: [{ name: "d", hostPath: { path: "/" } }] },
      [],
      undefined,
    ],
  ])("%s", (_, metadata, spec, budgets, why) => {
    const pod = {
      metadata: { name: "p", namespace: "default", labels: { app: "web" }, ...metadata },
      spec: { containers: [], ...spec },
    };
    expect(whyKept({ list: () => budgets } as never, pod as never)).toBe(why);
  });
});

describe("expanders", () => {
  const group = (name: string, cpu: string, priority = 0): NodeGroup =>
    nodeGroups({
      nodeGroups: [{ name, priority, capacity: { cpu, memory: "8Gi" } }],
    })[0] as NodeGroup;
  const pods = [
    { spec: { containers: [{ resources: { requests: { cpu: "2", memory: "4Gi" } } }] } },
  ];
  const option = (of: NodeGroup, count = 1, taken: readonly unknown[] = pods): Option =>
    ({ group: of, count, pods: taken }) as Option;
  const last = { int: (count: number) => count - 1 } as never;
  const [small, same, big] = [group("small", "2"), group("same", "2"), group("big", "16", 5)];
  it.each([
    ["least-waste", [option(big), option(small)], "small"],
    ["least-waste, then chance", [option(small), option(same), option(big)], "same"],
    ["most-pods", [option(small), option(big, 1, [...pods, ...pods])], "big"],
    ["priority", [option(small), option(big)], "big"],
    ["priority,least-waste", [option(small), option(same, 1), option(small)], "small"],
    ["least-nodes", [option(small, 2), option(big, 1)], "big"],
    ["random", [option(small), option(big)], "big"],
  ])("%s", (names, options, chosen) => {
    expect(choose(options, names.split(", ")[0] ?? "", last)?.group.name).toBe(chosen);
  });

  it("take priorities of patterns from their ConfigMap", () => {
    const priorities = "10: ['.*']\n50: ['^big$']\n";
    const client = { get: () => ({ data: { priorities } }) } as never;
    const of = prioritiesOf(client, [small, big]);
    expect([of(small), of(big)]).toEqual([10, 50]);
  });
});
