import { describe, expect, it, test } from "vitest";
import {
  POD_GROUP,
  type PodGroup,
  SIG_POD_GROUP,
} from "../../../sim/api/kinds/scheduling-groups.ts";
import type { Pod } from "../../../sim/api/types.gen.ts";
import { createCluster } from "../../../sim/cluster.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { Permits } from "../../../sim/scheduler/permits.ts";
import { gangPoints } from "../../../sim/scheduler/plugins/pod-groups/gang.ts";
import type { Assumed } from "../../../sim/scheduler/scheduler-state.ts";
import { PodGroups } from "../../../sim/scheduler/snapshot/pod-groups.ts";
import type { PodInfo } from "../../../sim/scheduler/snapshot/pod-info.ts";
import type { Snapshot } from "../../../sim/scheduler/snapshot/snapshot.ts";
import { pod } from "../builders.ts";

const cluster = (scheduler: string, cpus: number) =>
  createCluster({
    seed: "gangs",
    pace: "fast",
    scheduler,
    nodes: [{ count: cpus, name: "node-{i}", capacity: { cpu: "1", memory: "8Gi", pods: "110" } }],
  });

type Running = ReturnType<typeof cluster>;

const create = (running: Running, made: Pod) => {
  const { metadata, spec } = made;
  const { uid: _, ...rest } = metadata;
  running.engine.as("test", 0, () =>
    running.api.create("Pod", { apiVersion: "v1", kind: "Pod", metadata: rest, spec } as never),
  );
};

const bound = (running: Running): readonly string[] =>
  [...running.store.objects("Pod").values()]
    .map((each) => each as Pod)
    .filter(({ spec }) => spec.nodeName)
    .map(({ metadata }) => metadata.name)
    .sort();

/** The three ways to say that pods belong together: v1.36's PodGroup, the custom resource of that name, and labels alone. */
type Way = "gang" | "coscheduling" | "labels";
const WAYS: readonly Way[] = ["gang", "coscheduling", "labels"];
const schedulerOf = (way: Way) => (way === "labels" ? "coscheduling" : way);

/** A member of a group. */
const member = (way: Way, group: string, name: string, least: number) => {
  const label = { "scheduling.x-k8s.io/pod-group": group };
  const count = { "pod-group.scheduling.sigs.k8s.io/min-available": String(least) };
  return pod(name, {
    cpu: "900m",
    ...(way === "gang"
      ? { spec: { schedulingGroup: { podGroupName: group } } }
      : { labels: way === "labels" ? { ...label, ...count } : label }),
  });
};

/** The object that describes a group, where the way has one. */
const group = (running: Running, way: Way, name: string, least: number) => {
  if (way === "labels") return;
  const [apiVersion, kind, spec] =
    way === "gang"
      ? [
          "scheduling.k8s.io/v1alpha2",
          POD_GROUP,
          { schedulingPolicy: { gang: { minCount: least } } },
        ]
      : ["scheduling.x-k8s.io/v1alpha1", SIG_POD_GROUP, { minMember: least }];
  running.engine.as("test", 0, () =>
    running.api.create(kind, {
      apiVersion,
      kind: "PodGroup",
      metadata: { name, namespace: "default" },
      spec,
    } as never),
  );
};

const conditionOf = (running: Running, name: string) =>
  (running.store.get(POD_GROUP, `default/${name}`) as PodGroup).status?.conditions?.[0];

test("groups that are gone are forgotten, those that are there keep their beginning", () => {
  const points = gangPoints({ least: () => 2, patience: () => SECOND, tolerated: 0 });
  const groups = new PodGroups();
  const snapshot = { groups, nodeOf: () => undefined } as unknown as Snapshot;
  const come = (name: string) => {
    const one = member("labels", name, `${name}-0`, 2);
    groups.put(one);
    points.preEnqueue(one, snapshot);
    // It has a node that it gives back: the group is to give up.
    points.unreserve({ pod: one } as PodInfo, "node", snapshot, () => {});
    return one;
  };
  for (let at = 0; at < 10; at++) come(`stays-${at}`);
  for (let at = 0; at < 2000; at++) groups.remove(come(`goes-${at}`));
  const { since, failed } = points.state.save() as { since: [string, string][]; failed: string[] };
  for (const kept of [since.map(([group]) => group), failed]) {
    expect(kept.length).toBeLessThan(70);
    for (let at = 0; at < 10; at++) expect(kept).toContain(`default/stays-${at}`);
  }
});

describe.each(WAYS)("%s", (way) => {
  it.each([
    [3, 3],
    [4, 0],
  ])("with room for 3 of 6 and at least %i together runs %i", (least, running) => {
    const simulated = cluster(schedulerOf(way), 3);
    group(simulated, way, "six", least);
    for (let at = 0; at < 6; at++) create(simulated, member(way, "six", `p${at}`, least));
    simulated.runUntil(40 * SECOND);
    expect(bound(simulated)).toHaveLength(running);
  });

  test("runs one of two jobs whose workers come in turns, where none could run alone", () => {
    const simulated = cluster(schedulerOf(way), 4);
    for (const job of ["red", "blue"]) group(simulated, way, job, 4);
    for (let at = 0; at < 4; at++)
      for (const job of ["red", "blue"]) create(simulated, member(way, job, `${job}-${at}`, 4));
    simulated.runUntil(60 * SECOND);
    const jobs = new Set(bound(simulated).map((name) => name.split("-")[0]));
    expect([bound(simulated).length, jobs.size]).toEqual([4, 1]);
  });

  test("waits for members that come later", () => {
    const simulated = cluster(schedulerOf(way), 4);
    group(simulated, way, "late", 4);
    for (let at = 0; at < 3; at++) create(simulated, member(way, "late", `p${at}`, 4));
    simulated.runUntil(20 * SECOND);
    expect(bound(simulated)).toEqual([]);
    create(simulated, member(way, "late", "p3", 4));
    simulated.runUntil(40 * SECOND);
    expect(bound(simulated)).toEqual(["p0", "p1", "p2", "p3"]);
  });

  test("goes on from a checkpoint taken while members wait", () => {
    const straight = cluster(schedulerOf(way), 3);
    group(straight, way, "six", 4);
    for (let at = 0; at < 6; at++) create(straight, member(way, "six", `p${at}`, 4));
    straight.runUntil(7 * SECOND);
    const saved = straight.save();
    straight.runUntil(60 * SECOND);
    const restored = cluster(schedulerOf(way), 3);
    restored.load(saved);
    restored.runUntil(60 * SECOND);
    expect(restored.engine.journal.digest()).toBe(straight.engine.journal.digest());
  });
});

describe("gangs of v1.36", () => {
  test("wait for their PodGroup, and start when it comes", () => {
    const simulated = cluster("gang", 3);
    for (let at = 0; at < 3; at++) create(simulated, member("gang", "trio", `p${at}`, 3));
    simulated.runUntil(20 * SECOND);
    expect(bound(simulated)).toEqual([]);
    group(simulated, "gang", "trio", 3);
    simulated.runUntil(40 * SECOND);
    expect(bound(simulated)).toEqual(["p0", "p1", "p2"]);
    expect(conditionOf(simulated, "trio")).toMatchObject({
      type: "PodGroupScheduled",
      status: "True",
      reason: "Scheduled",
    });
  });

  test("say in the group's status why they cannot start", () => {
    const simulated = cluster("gang", 3);
    group(simulated, "gang", "four", 4);
    for (let at = 0; at < 4; at++) create(simulated, member("gang", "four", `p${at}`, 4));
    simulated.runUntil(20 * SECOND);
    expect(conditionOf(simulated, "four")).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      message: "minCount (4) cannot be satisfied: 3 scheduled, 0 remaining",
    });
    const pods = [...simulated.store.objects("Pod").values()] as unknown as Pod[];
    const messages = pods.map(({ status }) => status?.conditions?.[0]?.message);
    expect(messages.filter((text) => text?.includes("Insufficient cpu"))).toHaveLength(1);
    expect(messages).toContain("0/1 nodes are available: 1 optimistic rejection in PostFilter.");
    const reasons = pods.map(({ status }) => status?.conditions?.map(({ reason }) => reason));
    expect(reasons, "those that were let go of say so too").toEqual(
      Array.from(pods, () => ["Unschedulable"]),
    );
  });

  test("of the basic policy wait for nobody", () => {
    const simulated = cluster("gang", 1);
    simulated.engine.as("test", 0, () =>
      simulated.api.create(POD_GROUP, {
        apiVersion: "scheduling.k8s.io/v1alpha2",
        kind: "PodGroup",
        metadata: { name: "loose", namespace: "default" },
        spec: { schedulingPolicy: { basic: {} } },
      } as never),
    );
    for (let at = 0; at < 2; at++) create(simulated, member("gang", "loose", `p${at}`, 2));
    simulated.runUntil(20 * SECOND);
    expect(bound(simulated)).toEqual(["p0"]);
  });

  test.each([
    ["both policies", { basic: {}, gang: { minCount: 1 } }, "exactly one policy must be set"],
    ["neither policy", {}, "exactly one policy must be set"],
    ["no members", { gang: { minCount: 0 } }, "should be greater than or equal to 1"],
  ])("are refused with %s", (_, schedulingPolicy, problem) => {
    const simulated = cluster("gang", 1);
    const create = () =>
      simulated.engine.as("test", 0, () =>
        simulated.api.create(POD_GROUP, {
          apiVersion: "scheduling.k8s.io/v1alpha2",
          kind: "PodGroup",
          metadata: { name: "odd", namespace: "default" },
          spec: { schedulingPolicy },
        } as never),
      );
    expect(create).toThrow(problem);
  });

  test("have no kinds in a cluster whose scheduler does not read them", () => {
    expect(cluster("default", 1).api.kinds.find(POD_GROUP)).toBeUndefined();
    expect(cluster("gang", 1).api.kinds.find(POD_GROUP)).toBeDefined();
  });
});

describe("the default scheduler", () => {
  test("leaves two interleaved jobs stuck with half their workers each", () => {
    const simulated = cluster("default", 4);
    for (let at = 0; at < 4; at++)
      for (const job of ["red", "blue"]) create(simulated, member("gang", job, `${job}-${at}`, 4));
    simulated.runUntil(60 * SECOND);
    const names = bound(simulated);
    expect(names.filter((name) => name.startsWith("red"))).toHaveLength(2);
    expect(names.filter((name) => name.startsWith("blue"))).toHaveLength(2);
  });
});

describe("GpuShare", () => {
  const gpuCluster = () =>
    createCluster({
      seed: "gpus",
      pace: "fast",
      scheduler: "gpu-packing",
      nodes: [
        {
          count: 2,
          name: "gpu-{i}",
          capacity: {
            cpu: "16",
            memory: "64Gi",
            pods: "110",
            "alibabacloud.com/gpu-milli": "2000",
          } as never,
        },
      ],
    });
  const gpu = (name: string, milli: number) => {
    const amounts = { "alibabacloud.com/gpu-milli": String(milli) };
    const resources = { requests: amounts, limits: amounts };
    return pod(name, { spec: { containers: [{ name: "app", image: "app", resources }] } as never });
  };
  const devices = (running: Running) =>
    Object.fromEntries(
      [...running.store.objects("Pod").values()].map((each) => {
        const { metadata, spec } = each as Pod;
        const index = metadata.annotations?.["alibabacloud.com/gpu-index"];
        return [metadata.name, spec.nodeName === undefined ? "pending" : index];
      }),
    );

  test("puts shares on one device until it is full, and writes which", () => {
    const running = gpuCluster();
    for (const [name, milli] of [
      ["a", 600],
      ["b", 400],
      ["c", 600],
      ["d", 2000],
    ] as const) {
      create(running, gpu(name, milli));
      running.runUntil(running.now + 5 * SECOND);
    }
    expect(devices(running)).toEqual({ a: "0", b: "0", c: "1", d: "0-1" });
  });

  test("refuses what fits in sum but on no device, and what is neither share nor whole", () => {
    const running = gpuCluster();
    for (const [name, milli] of [
      ["a", 600],
      ["b", 600],
      ["c", 600],
      ["d", 600],
      ["e", 700],
      ["f", 1500],
    ] as const)
      create(running, gpu(name, milli));
    running.runUntil(10 * SECOND);
    expect(devices(running)).toMatchObject({ e: "pending", f: "pending" });
  });

  test("goes on from a checkpoint", () => {
    const straight = gpuCluster();
    for (let at = 0; at < 6; at++) create(straight, gpu(`p${at}`, 300 + 50 * at));
    straight.runUntil(200_000);
    const saved = straight.save();
    straight.runUntil(30 * SECOND);
    const restored = gpuCluster();
    restored.load(saved);
    restored.runUntil(30 * SECOND);
    expect(restored.engine.journal.digest()).toBe(straight.engine.journal.digest());
  });
});

it.each([
  [300, "5m0s"],
  [90.5, "1m30.5s"],
  [3600, "1h0m0s"],
  [2, "2s"],
  [0.25, "250ms"],
])("a pod that Permit held back for %d s is told so as Go prints it", (seconds, shown) => {
  const permits = new Permits();
  const wait = { wait: seconds * SECOND, plugin: "GangScheduling" };
  permits.hold("a", wait, 0);
  const restored = new Permits();
  restored.load(permits.save());
  const pods = new Map([["a", {} as Assumed]]);
  const core = { permit: () => wait } as never;
  expect([...restored.settle(core, pods, wait.wait - 1)]).toEqual([]);
  expect([...restored.settle(core, pods, wait.wait)]).toMatchObject([
    {
      granted: false,
      message: `0/1 nodes are available: 1 rejected due to timeout after waiting ${shown} at plugin GangScheduling.`,
    },
  ]);
});
