import { describe, expect, it } from "vitest";
import type { Node, Pod } from "../../sim/api/types.gen.ts";
import {
  assignedPodHappened,
  nodeHappened,
  objectHappened,
  waitingPodHappened,
} from "../../sim/scheduler/cluster-events.ts";
import { node, pod } from "./builders.ts";

const actions = (happened: readonly { readonly action: string }[]) =>
  happened.map(({ action }) => action);
const taint = { key: "k", effect: "NoSchedule" } as const;
const ready = (status: string, lastHeartbeatTime = "") => ({
  conditions: [{ type: "Ready", status, lastHeartbeatTime }],
});
const withStatus = (of: Node, status: object): Node => ({
  ...of,
  status: { ...of.status, ...status },
});

describe("what a change of a node means (upstream NodeSchedulingPropertiesChange)", () => {
  const plain = () => node("n");

  it.each<[string, Node | undefined, Node | undefined, readonly string[]]>([
    ["it comes", undefined, plain(), ["add"]],
    ["it goes", plain(), undefined, ["delete"]],
    ["nothing, written anew", plain(), plain(), []],
    ["what it offers", plain(), node("n", { cpu: "8" }), ["update-allocatable"]],
    ["labels", plain(), node("n", { labels: { a: "b" } }), ["update-label"]],
    ["taints", plain(), node("n", { taints: [taint] }), ["update-taint"]],
    ["it takes pods again", node("n", { unschedulable: true }), plain(), ["update-taint"]],
    ["it takes no more pods", plain(), node("n", { unschedulable: true }), []],
    ["it says that it takes them", plain(), node("n", { unschedulable: false }), []],
    ["features", plain(), node("n", { features: ["F"] }), ["update-features"]],
    [
      "a condition",
      withStatus(plain(), ready("False")),
      withStatus(plain(), ready("True")),
      ["update-condition"],
    ],
    [
      "a heartbeat",
      withStatus(plain(), ready("True", "1")),
      withStatus(plain(), ready("True", "2")),
      [],
    ],
  ])("%s", (_, before, after, expected) => {
    expect(actions(nodeHappened(before, after))).toEqual(expected);
  });
});

describe("what a change of a pod means (upstream PodSchedulingPropertiesChange)", () => {
  const on = { node: "n" };
  const gates = [{ name: "g" }];
  const claimed = { resourceClaimStatuses: [{ name: "gpu", resourceClaimName: "c" }] };

  it.each<[string, Pod | undefined, Pod | undefined, readonly string[]]>([
    ["it is gone", pod("p", on), undefined, ["delete"]],
    ["it is new", undefined, pod("p", on), ["add"]],
    ["it was bound", pod("p"), pod("p", on), ["add"]],
    ["nothing, written anew", pod("p", on), pod("p", on), []],
    ["labels", pod("p", on), pod("p", { ...on, labels: { a: "b" } }), ["update-label"]],
    [
      "requests",
      pod("p", { ...on, cpu: "2" }),
      pod("p", { ...on, cpu: "1" }),
      ["update-scale-down"],
    ],
  ])("on a node: %s", (_, before, after, expected) => {
    const happened = assignedPodHappened(before, after);
    expect(actions(happened)).toEqual(expected);
    for (const { resource } of happened) expect(resource).toBe("AssignedPod");
  });

  it.each<[string, Pod, Pod, readonly string[]]>([
    ["nothing, written anew", pod("p"), pod("p"), []],
    ["labels", pod("p"), pod("p", { labels: { a: "b" } }), ["update-label"]],
    ["requests", pod("p", { cpu: "2" }), pod("p", { cpu: "1" }), ["update-scale-down"]],
    [
      "tolerations",
      pod("p"),
      pod("p", { spec: { tolerations: [{ operator: "Exists" }] } }),
      ["update-tolerations"],
    ],
    [
      "gates",
      pod("p", { spec: { schedulingGates: gates } }),
      pod("p"),
      ["update-scheduling-gates"],
    ],
    ["claims", pod("p"), { ...pod("p"), status: claimed }, ["update-claims"]],
  ])("that waits: %s", (_, before, after, expected) => {
    const happened = waitingPodHappened(before, after);
    expect(actions(happened)).toEqual(expected);
    for (const { resource } of happened) expect(resource).toBe("TargetPod");
  });
});

it.each<[string, Node | undefined, Node | undefined]>([
  ["add", undefined, node("n")],
  ["update", node("n"), node("n")],
  ["delete", node("n"), undefined],
])("any other object: %s", (action, before, after) => {
  expect(objectHappened("StorageClass", before, after)).toEqual({
    resource: "StorageClass",
    action,
  });
});
