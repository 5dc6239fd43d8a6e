import { describe, expect, it } from "vitest";
import { splitByBudget } from "../../../sim/scheduler/plugins/default-preemption.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot/snapshot.ts";
import { decision } from "../ask.ts";
import { node, type PodWish, pod } from "../builders.ts";

const NAME = "DefaultPreemption";
const nodes = ["a", "b"].map((name) => node(name, { cpu: "2" }));
const urgent = pod("urgent", { cpu: "2", priority: 100 });
const there = (name: string, at: string, wish: PodWish = {}) =>
  pod(name, { cpu: "1", node: at, labels: { app: name }, ...wish });
const budget = (app: string, disruptionsAllowed: number) => ({
  metadata: { name: app, namespace: "default" },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed },
});
const preempt = (pods: ReturnType<typeof pod>[], pdbs: object[] = [], pending = urgent) =>
  decision(NAME, pending, { nodes, pods, objects: { pdbs } }).postFilter;

describe("DefaultPreemption chooses the node", () => {
  const pair = (at: string, wish: PodWish = {}) => [
    there(`${at}1`, at, wish),
    there(`${at}2`, at, wish),
  ];

  it.each<[string, ReturnType<typeof pod>[], object[], string]>([
    [
      "with the fewest broken budgets",
      [...pair("a"), ...pair("b", { priority: 50 })],
      [budget("a1", 0)],
      "b",
    ],
    [
      "whose most important victim is least important",
      [there("a1", "a", { priority: 9 }), there("a2", "a"), ...pair("b", { priority: 8 })],
      [],
      "b",
    ],
    [
      "with the lowest sum of priorities",
      [
        there("a1", "a", { priority: 9 }),
        there("a2", "a", { priority: 9 }),
        there("b1", "b", { priority: 9 }),
        there("b2", "b"),
      ],
      [],
      "b",
    ],
    ["with the fewest victims", [...pair("a"), there("b1", "b", { cpu: "2" })], [], "b"],
    [
      "whose most important victims started last",
      [...pair("a", { startSecond: 1 }), ...pair("b", { startSecond: 2 })],
      [],
      "b",
    ],
  ])("%s", (_, pods, pdbs, chosen) => {
    expect(preempt(pods, pdbs)).toMatchObject({
      code: "Success",
      nominatedNode: chosen,
      ties: [chosen],
    });
  });

  it("draws among equals and names them all", () => {
    expect(preempt([...pair("a"), ...pair("b")])?.ties).toEqual(["a", "b"]);
  });
});

describe("DefaultPreemption chooses the victims", () => {
  const small = pod("small", { cpu: "1", priority: 100 });
  const only = [nodes[0]!];
  const victims = (pods: ReturnType<typeof pod>[], pdbs: object[] = []) =>
    decision(NAME, small, { nodes: only, pods, objects: { pdbs } }).postFilter?.victims;

  it("gives back the most important pods first", () => {
    expect(victims([there("low", "a"), there("mid", "a", { priority: 5 })])).toEqual([
      "default/low",
    ]);
    expect(
      victims([there("old", "a", { startSecond: 1 }), there("young", "a", { startSecond: 9 })]),
    ).toEqual(["default/young"]);
  });

  it("gives back pods under an exhausted budget before others", () => {
    const pods = [there("low", "a"), there("mid", "a", { priority: 5 })];
    expect(victims(pods, [budget("low", 0)])).toEqual(["default/mid"]);
  });

  it("never evicts pods of the same or higher priority", () => {
    const pods = [there("peer", "a", { priority: 100 }), there("chief", "a", { priority: 200 })];
    expect(victims(pods)).toBeUndefined();
  });

  it("uses up a budget pod by pod, the most important first", () => {
    const { reader } = new Snapshot();
    const pods = ["one", "two"].map((name) => reader.read(pod(name, { labels: { app: "x" } })));
    const { violating, others } = splitByBudget(pods, [budget("x", 1) as never]);
    expect([others, violating].map((list) => list.map((each) => each.pod.metadata.name))).toEqual([
      ["one"],
      ["two"],
    ]);
  });
});

describe("DefaultPreemption declines", () => {
  it("for a pod whose policy is Never", () => {
    const polite = pod("polite", { cpu: "2", priority: 100, spec: { preemptionPolicy: "Never" } });
    const full = ["a", "b"].map((at) => there(`low-${at}`, at));
    expect(preempt(full, [], polite)?.reasons).toEqual([
      "no new claims to deallocate",
      "preemption: not eligible due to preemptionPolicy=Never.",
    ]);
  });

  it("where it would not help, and says so", () => {
    const huge = pod("huge", { cpu: "64", priority: 100 });
    expect(decision(NAME, huge, { nodes, pods: [there("low", "a")] }).message).toBe(
      "0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, " +
        "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    );
  });
});
