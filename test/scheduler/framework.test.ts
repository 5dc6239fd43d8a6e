import { describe, expect, it } from "vitest";
import { randomFrom } from "../../sim/engine/random.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { kthBit, RankSet } from "../../sim/scheduler/cycle/rank-set.ts";
import { nodesToFind } from "../../sim/scheduler/cycle/sampled-decision.ts";
import { SchedulingCore } from "../../sim/scheduler/cycle/scheduling-core.ts";
import { decide } from "../../sim/scheduler/decide.ts";
import { readBackoff, readProfiles } from "../../sim/scheduler/framework/config.ts";
import { naturalLog } from "../../sim/scheduler/framework/logarithm.ts";
import type { Plugin } from "../../sim/scheduler/framework/plugin.ts";
import { buildProfile } from "../../sim/scheduler/framework/profile.ts";
import { unstableSort } from "../../sim/scheduler/framework/unstable-sort.ts";
import { PLUGINS } from "../../sim/scheduler/plugins/registry.ts";
import { SchedulingQueue } from "../../sim/scheduler/queue/scheduling-queue.ts";
import { makeSchedulingCore } from "../../sim/scheduler/registry.ts";
import { node, pod } from "./builders.ts";

const profileOf = (config: object) =>
  buildProfile(readProfiles(config, "config.yaml")[0]!, PLUGINS, "config.yaml");
const filters = (config: object) => profileOf(config).filter.map(({ name }) => name);
const weights = (config: object) =>
  Object.fromEntries(profileOf(config).score.map(({ plugin, weight }) => [plugin.name, weight]));

describe("a scheduler configuration", () => {
  it("without anything is the default profile of v1.36", () => {
    expect(filters({})).toEqual([
      "NodeUnschedulable",
      "NodeName",
      "TaintToleration",
      "NodeAffinity",
      "NodePorts",
      "NodeResourcesFit",
      "VolumeRestrictions",
      "NodeVolumeLimits",
      "VolumeBinding",
      "VolumeZone",
      "PodTopologySpread",
      "InterPodAffinity",
      "DynamicResources",
      "NodeDeclaredFeatures",
    ]);
    expect(weights({})).toMatchObject({ TaintToleration: 3, NodeAffinity: 2, ImageLocality: 1 });
  });

  it("switches plugins off at one point, or everywhere", () => {
    expect(filters({ plugins: { filter: { disabled: [{ name: "NodePorts" }] } } })).not.toContain(
      "NodePorts",
    );
    expect(
      filters({ plugins: { multiPoint: { disabled: [{ name: "NodePorts" }] } } }),
    ).not.toContain("NodePorts");
    expect(
      filters({
        plugins: { filter: { disabled: [{ name: "*" }], enabled: [{ name: "NodeName" }] } },
      }),
    ).toEqual(["NodeName"]);
  });

  it("changes weights", () => {
    const plugins = {
      score: { enabled: [{ name: "NodeAffinity", weight: 9 }] },
      multiPoint: { enabled: [{ name: "ImageLocality", weight: 5 }] },
    };
    expect(weights({ plugins })).toMatchObject({ NodeAffinity: 9, ImageLocality: 5 });
  });

  const kind = "KubeSchedulerConfiguration";

  it("may hold several profiles by the name of the scheduler", () => {
    const config = {
      apiVersion: "kubescheduler.config.k8s.io/v1",
      kind,
      profiles: [{ schedulerName: "one" }, { schedulerName: "two" }],
    };
    expect(readProfiles(config).map(({ schedulerName }) => schedulerName)).toEqual(["one", "two"]);
  });

  it("says how long pods back off", () => {
    expect(readBackoff({})).toEqual({ first: SECOND, longest: 10 * SECOND });
    const config = { kind, podInitialBackoffSeconds: 2, podMaxBackoffSeconds: 6 };
    const { backoff } = makeSchedulingCore(config, randomFrom("1"));
    const queue = new SchedulingQueue(() => 0, false, backoff);
    queue.add(pod("a"), 0, 0);
    const waits = [0, 1, 2, 3].map((round) => {
      const at = 100 * round * SECOND;
      queue.flush(at, 0);
      const waiting = queue.pop()!;
      queue.returnRefused(waiting, waiting.pod, [], at, 0);
      return (queue.nextFlush()! - at) / SECOND;
    });
    // Each to the end of its second.
    expect(waits).toEqual([3, 5, 7, 7]);
    expect(() => readBackoff({ podMaxBackoffSeconds: 0 })).toThrow(
      "podMaxBackoffSeconds: expected",
    );
    expect(() => readBackoff({ podInitialBackoffSeconds: 20 })).toThrow("no less than");
  });

  it.each<[string, unknown, string]>([
    ["an unknown field", { plugin: {} }, "[config.yaml] profile.plugin: expected one of"],
    [
      "an unknown plugin",
      { plugins: { filter: { enabled: [{ name: "Fit" }] } } },
      '[config.yaml, plugin Fit] unknown plugin: "Fit"',
    ],
    [
      "a weight that is none",
      { plugins: { score: { enabled: [{ name: "NodeAffinity", weight: "x" }] } } },
      "profile.plugins.score.enabled[0].weight: expected a whole number",
    ],
    [
      "a plugin at a point it has no part in",
      { plugins: { score: { enabled: [{ name: "NodePorts" }] } } },
      "plugin NodePorts",
    ],
    [
      "malformed arguments",
      { pluginConfig: [{ name: "InterPodAffinity", args: { hardPodAffinityWeight: 101 } }] },
      "[config.yaml, plugin InterPodAffinity] args.hardPodAffinityWeight: expected an integer 0..100",
    ],
    ["two profiles of one name", { profiles: [{}, {}] }, "profiles[1].schedulerName"],
    ["no object at all", 5, "expected an object"],
    ["extenders", { kind, extenders: [{ urlPrefix: "http://a" }] }, "extenders: expected none"],
  ])("with %s says where and what", (_, config, message) => {
    expect(() => profileOf(config as object)).toThrow(message);
  });
});

describe("a plugin that throws", () => {
  const broken: Plugin = {
    name: "Broken",
    filter: {
      dependsOn: "node-pods",
      filter: () => () => {
        throw new Error("boom");
      },
    },
  };
  const plugins = [...PLUGINS, { name: "Broken", create: () => broken }];
  const config = { plugins: { filter: { enabled: [{ name: "Broken" }] } } };

  it("is named together with the pod", () => {
    const ask = () => decide({ nodes: [node("n")], pending: pod("p"), config }, { plugins });
    expect(ask).toThrow("[plugin Broken, pod default/p] plugin threw: boom");
  });

  it("is named in the fast path too", () => {
    const core = new SchedulingCore([buildProfile(readProfiles(config)[0]!, plugins)], {
      int: () => 0,
    });
    core.snapshot.addNode(node("n"));
    expect(() => core.schedule(pod("p"), { explain: false })).toThrow(
      "plugin Broken, pod default/p",
    );
  });
});

describe("the number of nodes looked at", () => {
  it.each([
    [50, "adaptive", 50],
    [1_000, "adaptive", 420],
    [5_000, "adaptive", 500],
    [10_000, "adaptive", 500],
    [5_000, 30, 1_500],
    [200, 10, 100],
    [5_000, "all", 5_000],
  ] as const)("of %i with %s is %i", (nodes, share, found) => {
    expect(nodesToFind(nodes, share)).toBe(found);
  });

  it("goes on behind a pod that was pinned to a node as behind any other", () => {
    const core = new SchedulingCore([profileOf({ percentageOfNodesToScore: 50 })], {
      int: () => 0,
    });
    for (let at = 0; at < 200; at++) core.snapshot.addNode(node(`n${at}`));
    const next = () => core.save()[0]?.next;
    core.schedule(pod("free"), { explain: false });
    expect(next()).toBe(100);
    const names = [{ key: "metadata.name", operator: "In", values: ["n7"] }];
    const required = { nodeSelectorTerms: [{ matchFields: names }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    expect(core.schedule(pod("pinned", { spec: { affinity } }), { explain: false }).node).toBe(
      "n7",
    );
    expect(next()).toBe(101);
  });
});

describe("a draw among ties", () => {
  it("finds the k-th of a set however the set came about", () => {
    const set = new RankSet(500);
    const members = Array.from({ length: 100 }, (_, at) => (at * 37) % 500);
    for (const each of [...members, 3, 4]) set.add(each);
    set.remove(3);
    set.remove(4);
    const sorted = [...members].sort((a, b) => a - b);
    expect(sorted.map((_, k) => set.kth(k))).toEqual(sorted);
    const words = new Int32Array(16);
    set.markIn(words);
    expect(sorted.map((_, k) => kthBit(words, k))).toEqual(sorted);
  });

  it("gives every tied node the same chance", () => {
    const core = new SchedulingCore([profileOf({})], { int: (n) => n - 1 });
    for (const name of ["c", "a", "b"]) core.snapshot.addNode(node(name));
    const { node: chosen, record } = core.schedule(pod("p"), { explain: false });
    expect(chosen).toBe("c");
    expect(record.draw).toEqual({ among: 3, drawn: 2 });
  });
});

describe("arithmetic that must be the same everywhere", () => {
  it.each([1, 2, 3, 7, 12, 100, 5_002, 50_002])(
    "the logarithm of %i is right to 14 digits",
    (n) => {
      expect(Math.abs(naturalLog(n) - Math.log(n))).toBeLessThan(1e-14 * Math.max(1, Math.log(n)));
    },
  );

  it.each([5, 12, 13, 40, 300])("an unstable sort of %i elements sorts", (length) => {
    const items = Array.from({ length }, (_, at) => ({ key: (at * 7919) % 17, at }));
    unstableSort(items, (a, b) => a.key < b.key);
    for (let at = 1; at < length; at++)
      expect(items[at - 1]!.key).toBeLessThanOrEqual(items[at]!.key);
    expect(new Set(items.map(({ at }) => at)).size).toBe(length);
  });
});

describe("a plugin that depends on the whole cluster but answers per node", () => {
  it("is asked every time", () => {
    const crowd: Plugin = {
      name: "Crowd",
      filter: {
        dependsOn: "cluster",
        filter: (_, snapshot) => () =>
          snapshot.podCount < 2 ? undefined : { code: "Unschedulable", reasons: ["crowded"] },
      },
    };
    const plugins = [...PLUGINS, { name: "Crowd", create: () => crowd }];
    const config = { plugins: { filter: { enabled: [{ name: "Crowd" }] } } };
    const core = new SchedulingCore([buildProfile(readProfiles(config)[0]!, plugins)], {
      int: () => 0,
    });
    for (const name of ["a", "b", "c"]) core.snapshot.addNode(node(name));
    const outcomes = ["1", "2", "3"].map((name) => {
      const result = core.schedule(pod(name), { explain: false });
      if (result.node !== undefined) core.snapshot.addPod(pod(name), result.node);
      return result.message?.split(". ")[0] ?? "placed";
    });
    expect(outcomes).toEqual(["placed", "placed", "0/3 nodes are available: 3 crowded"]);
  });
});
