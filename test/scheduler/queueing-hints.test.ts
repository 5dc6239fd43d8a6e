import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../sim/api/object.ts";
import type { Node, Pod } from "../../sim/api/types.gen.ts";
import {
  assignedPodHappened,
  nodeHappened,
  objectHappened,
  waitingPodHappened,
} from "../../sim/scheduler/cluster-events.ts";
import type { Happened } from "../../sim/scheduler/cycle/wake-index.ts";
import type { EventResource } from "../../sim/scheduler/framework/cluster-event.ts";
import { node, type PodWish, pod } from "./builders.ts";
import { newCore, steps } from "./caching.ts";
import { checkHints } from "./hints.ts";

const HOST = "kubernetes.io/hostname";
const ZONE = "topology.kubernetes.io/zone";

/** Whether a change wakes a pod that one plugin refused. */
function wakes(
  plugin: string,
  waiting: Pod,
  happened: readonly Happened[],
  before: KubeObject | undefined,
  after: KubeObject | undefined,
): boolean {
  const core = newCore("all", () => 0);
  return happened.some((one) => core.helps(waiting, [plugin], one, before, after));
}

const nodeWakes = (plugin: string, waiting: Pod, before: Node | undefined, after?: Node) =>
  wakes(plugin, waiting, nodeHappened(before, after), before, after);
const podWakes = (plugin: string, waiting: Pod, before: Pod | undefined, after?: Pod) =>
  wakes(plugin, waiting, assignedPodHappened(before, after), before, after);
const spec = (name: string, more: object, wish: PodWish = {}) =>
  pod(name, { ...wish, spec: more as never });
const on = (name: string, wish: PodWish = {}) => pod(name, { node: "n", ...wish });

describe("queueing hints about nodes", () => {
  const taints = [{ key: "gpu", value: "yes", effect: "NoSchedule" }];
  const ssd = spec("p", { nodeSelector: { disk: "ssd" } });
  const labels = (disk: string) => ({ labels: { disk } });

  it.each<[string, string, Pod, Node | undefined, Node | undefined, boolean]>([
    ["NodeUnschedulable", "an open node is added", pod("p"), undefined, node("n"), true],
    [
      "NodeUnschedulable",
      "a cordoned node is added",
      pod("p"),
      undefined,
      node("n", { unschedulable: true }),
      false,
    ],
    [
      "NodeUnschedulable",
      "a node is uncordoned",
      pod("p"),
      node("n", { unschedulable: true }),
      node("n"),
      true,
    ],
    ["NodeUnschedulable", "a taint goes", pod("p"), node("n", { taints }), node("n"), false],
    ["TaintToleration", "the taint goes", pod("p"), node("n", { taints }), node("n"), true],
    ["TaintToleration", "another taint comes", pod("p"), node("n"), node("n", { taints }), false],
    ["NodeAffinity", "a fitting node is added", ssd, undefined, node("n", labels("ssd")), true],
    ["NodeAffinity", "another node is added", ssd, undefined, node("n", labels("hdd")), false],
    [
      "NodeAffinity",
      "the label comes",
      ssd,
      node("n", labels("hdd")),
      node("n", labels("ssd")),
      true,
    ],
    [
      "NodeAffinity",
      "a node that fitted before gets a label",
      ssd,
      node("n", labels("ssd")),
      node("n", { labels: { disk: "ssd", rack: "1" } }),
      false,
    ],
    [
      "NodeResourcesFit",
      "a large node is added",
      pod("p", { cpu: "3" }),
      undefined,
      node("n"),
      true,
    ],
    [
      "NodeResourcesFit",
      "a small node is added",
      pod("p", { cpu: "5" }),
      undefined,
      node("n"),
      false,
    ],
    [
      "NodeResourcesFit",
      "a node gets more of what is asked for",
      pod("p", { cpu: "3" }),
      node("n", { cpu: "4" }),
      node("n", { cpu: "6" }),
      true,
    ],
    [
      "NodeResourcesFit",
      "a node gets more of something else",
      pod("p", { cpu: "3" }),
      node("n"),
      node("n", { memory: "16Gi" }),
      false,
    ],
    [
      "NodeResourcesFit",
      "a node may run more pods",
      pod("p"),
      node("n", { pods: "1" }),
      node("n", { pods: "2" }),
      true,
    ],
    [
      "NodeDeclaredFeatures",
      "a node declares what is needed",
      spec("p", { hostNetwork: true, hostUsers: false }),
      node("n"),
      node("n", { features: ["UserNamespacesHostNetworkSupport"] }),
      true,
    ],
  ])("%s, %s", (plugin, _, waiting, before, after, expected) => {
    expect(nodeWakes(plugin, waiting, before, after)).toBe(expected);
  });
});

describe("queueing hints about pods on nodes", () => {
  const web = { labels: { app: "web" } };
  const term = { labelSelector: { matchLabels: { app: "web" } }, topologyKey: HOST };
  const required = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
  const near = spec("p", { affinity: { podAffinity: required } });
  const away = spec("p", { affinity: { podAntiAffinity: required } });
  const shy = spec("shy", { nodeName: "n", affinity: { podAntiAffinity: required } });
  const labelled = (one: Pod): Pod => ({ ...one, metadata: { ...one.metadata, ...web } });
  const spread = spec("p", {
    topologySpreadConstraints: [
      { ...term, topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
    ],
  });
  const far = on("web", { ...web, namespace: "far" });
  const data = { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] };

  it.each<[string, string, Pod, Pod | undefined, Pod | undefined, boolean]>([
    ["NodeResourcesFit", "any goes", pod("p", { cpu: "1" }), on("x"), undefined, true],
    [
      "NodeResourcesFit",
      "one gives back what is asked for",
      pod("p", { cpu: "1" }),
      on("x", { cpu: "2" }),
      on("x", { cpu: "1" }),
      true,
    ],
    [
      "NodeResourcesFit",
      "one gives back something else",
      pod("p", { memory: "1Gi" }),
      on("x", { cpu: "2" }),
      on("x", { cpu: "1" }),
      false,
    ],
    [
      "NodePorts",
      "one with the port goes",
      pod("p", { hostPort: 80 }),
      on("x", { hostPort: 80 }),
      undefined,
      true,
    ],
    [
      "NodePorts",
      "one with another port goes",
      pod("p", { hostPort: 80 }),
      on("x", { hostPort: 81 }),
      undefined,
      false,
    ],
    ["InterPodAffinity", "the wanted one comes", near, undefined, on("web", web), true],
    ["InterPodAffinity", "another one comes", near, undefined, on("db"), false],
    ["InterPodAffinity", "one of another namespace comes", near, undefined, far, false],
    ["InterPodAffinity", "one gets the wanted label", near, on("x"), on("x", web), true],
    ["InterPodAffinity", "the unwanted one goes", away, on("web", web), undefined, true],
    ["InterPodAffinity", "the unwanted one comes", away, undefined, on("web", web), false],
    ["InterPodAffinity", "one that kept it away goes", pod("p", web), shy, undefined, true],
    [
      "InterPodAffinity",
      "the unwanted one is another now, though it would keep it away itself",
      labelled(away),
      labelled(shy),
      shy,
      true,
    ],
    ["InterPodAffinity", "one that did not mind goes", pod("p", web), on("x"), undefined, false],
    ["PodTopologySpread", "one that counts comes", spread, undefined, on("web", web), true],
    ["PodTopologySpread", "one that does not count goes", spread, on("db"), undefined, false],
    ["PodTopologySpread", "one counts no more", spread, on("x", web), on("x"), true],
    [
      "VolumeRestrictions",
      "one with the same claim goes",
      spec("p", data),
      spec("x", { ...data, nodeName: "n" }),
      undefined,
      true,
    ],
    ["VolumeRestrictions", "one without claims goes", spec("p", data), on("x"), undefined, false],
    ["NodeVolumeLimits", "one without claims goes", spec("p", data), on("x"), undefined, false],
  ])("%s, %s", (plugin, _, waiting, before, after, expected) => {
    expect(podWakes(plugin, waiting, before, after)).toBe(expected);
  });

  it.each<[string, Node | undefined, Node | undefined, boolean]>([
    ["a node of a zone is added", undefined, node("n", { labels: { [ZONE]: "a" } }), true],
    ["a node without zone is added", undefined, node("n"), false],
    ["a zone loses a node", node("n", { labels: { [ZONE]: "a" } }), undefined, true],
    [
      "a node changes its zone",
      node("n", { labels: { [ZONE]: "a" } }),
      node("n", { labels: { [ZONE]: "b" } }),
      true,
    ],
    [
      "a node gets another label",
      node("n", { labels: { [ZONE]: "a" } }),
      node("n", { labels: { [ZONE]: "a", disk: "ssd" } }),
      false,
    ],
  ])("PodTopologySpread, %s", (_, before, after, expected) => {
    expect(nodeWakes("PodTopologySpread", spread, before, after)).toBe(expected);
  });
});

describe("queueing hints about volumes", () => {
  const waiting = spec("p", {
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
  });
  const claim = (name: string, namespace = "default") => ({ metadata: { name, namespace } });
  const csiNode = (count: number) => ({
    metadata: { name: "n" },
    spec: { drivers: [{ name: "disk", allocatable: { count } }] },
  });
  const capacity = (text: string) => ({ metadata: { name: "c" }, capacity: text });
  const driver = (storageCapacity: boolean) => ({
    metadata: { name: "d" },
    spec: { storageCapacity },
  });
  const places = (zone: string) => ({
    metadata: { name: "c" },
    allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: [zone] }] }],
  });

  it.each<[string, string, EventResource, object | undefined, object, boolean]>([
    ["VolumeBinding", "its claim comes", "PersistentVolumeClaim", undefined, claim("data"), true],
    ["VolumeZone", "another claim comes", "PersistentVolumeClaim", undefined, claim("x"), false],
    [
      "VolumeRestrictions",
      "a claim of another namespace comes",
      "PersistentVolumeClaim",
      undefined,
      claim("data", "far"),
      false,
    ],
    ["NodeVolumeLimits", "a limit is raised", "CSINode", csiNode(1), csiNode(2), true],
    ["NodeVolumeLimits", "a limit is lowered", "CSINode", csiNode(2), csiNode(1), false],
    ["VolumeBinding", "more is free", "CSIStorageCapacity", capacity("1Gi"), capacity("2Gi"), true],
    [
      "VolumeBinding",
      "less is free",
      "CSIStorageCapacity",
      capacity("2Gi"),
      capacity("1Gi"),
      false,
    ],
    [
      "VolumeBinding",
      "free storage counts no more",
      "CSIDriver",
      driver(true),
      driver(false),
      true,
    ],
    ["VolumeBinding", "free storage counts now", "CSIDriver", driver(false), driver(true), false],
    ["VolumeBinding", "a class allows other zones", "StorageClass", places("a"), places("b"), true],
    ["VolumeBinding", "a class is labelled", "StorageClass", places("a"), places("a"), false],
  ])("%s, %s", (plugin, _, resource, before, after, expected) => {
    const action = before === undefined ? "add" : "update";
    const objects = [before as KubeObject | undefined, after as KubeObject] as const;
    expect(wakes(plugin, waiting, [{ resource, action }], ...objects)).toBe(expected);
  });
});

describe("queueing hints about resource claims", () => {
  const waiting = spec("p", { resourceClaims: [{ name: "r", resourceClaimName: "mine" }] });
  const claim = (name: string, status: object = {}) => ({
    metadata: { name, namespace: "default" },
    status,
  });
  const held = { allocation: {} };

  it.each<[string, object | undefined, object | undefined, boolean]>([
    ["its claim comes", undefined, claim("mine"), true],
    ["its claim is allocated", claim("mine"), claim("mine", held), true],
    ["its claim is labelled", claim("mine"), claim("mine"), false],
    ["another claim comes", undefined, claim("other"), false],
    ["another claim is allocated", claim("other"), claim("other", held), false],
    ["another claim gives its devices back", claim("other", held), claim("other"), true],
    ["another claim goes with its devices", claim("other", held), undefined, true],
  ])("%s", (_, before, after, expected) => {
    const happened = objectHappened("ResourceClaim", before as never, after as never);
    const objects = [before as KubeObject | undefined, after as KubeObject | undefined] as const;
    expect(wakes("DynamicResources", waiting, [happened], ...objects)).toBe(expected);
  });
});

describe("queueing hints about the waiting pod itself", () => {
  it.each<[string, string, Pod, Pod, boolean]>([
    ["TaintToleration", "it tolerates more", pod("p"), spec("p", { tolerations: [{}] }), true],
    [
      "NodeUnschedulable",
      "it tolerates something else",
      pod("p"),
      spec("p", { tolerations: [{ key: "x", operator: "Exists" }] }),
      false,
    ],
    [
      "NodeUnschedulable",
      "it tolerates all",
      pod("p"),
      spec("p", { tolerations: [{ operator: "Exists" }] }),
      true,
    ],
    ["NodeResourcesFit", "it asks for less", pod("p", { cpu: "2" }), pod("p", { cpu: "1" }), true],
    ["NodeResourcesFit", "it asks for more", pod("p", { cpu: "1" }), pod("p", { cpu: "2" }), false],
    ["NodeResourcesFit", "it asks no more", pod("p", { cpu: "1" }), pod("p"), true],
    [
      "SchedulingGates",
      "one of two gates goes",
      spec("p", { schedulingGates: [{ name: "a" }, { name: "b" }] }),
      spec("p", { schedulingGates: [{ name: "b" }] }),
      false,
    ],
  ])("%s, %s", (plugin, _, before, after, expected) => {
    expect(wakes(plugin, after, waitingPodHappened(before, after), before, after)).toBe(expected);
  });
});

describe("queueing hints", () => {
  it("never leave a pod asleep that an event made schedulable, and let many sleep on", () => {
    const total = { woken: 0, asleep: 0 };
    fc.assert(
      fc.property(steps, (sequence) => {
        const { woken, asleep } = checkHints(sequence);
        total.woken += woken;
        total.asleep += asleep;
      }),
      { numRuns: 25 },
    );
    expect(total.asleep).toBeGreaterThan(total.woken);
  });
});
