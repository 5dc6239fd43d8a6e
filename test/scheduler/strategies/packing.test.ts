import { describe, expect, it, test } from "vitest";
import { node, pod } from "../builders.ts";
import { Placing } from "./placing.ts";

const bins = (count: number, cpu = "100") =>
  Array.from({ length: count }, (_, at) => node(`bin-${String(at).padStart(2, "0")}`, { cpu }));

/** Pods of these sizes in this order, as many of each as asked for. */
const items = (...sizes: readonly (readonly [count: number, cpu: number])[]) =>
  sizes.flatMap(([count, cpu], group) =>
    Array.from({ length: count }, (_, at) => pod(`item-${group}-${at}`, { cpu: String(cpu) })),
  );

const used = (strategy: string, pods: ReturnType<typeof items>) => {
  const placing = new Placing(strategy, bins(40)).run(...pods);
  expect(placing.placed.size).toBe(pods.length);
  return Object.keys(placing.bins).length;
};

describe("packing bounds", () => {
  const hard = items([6, 51], [6, 27], [6, 26], [12, 23]);
  const twice = items([12, 51], [12, 27], [12, 26], [24, 23]);
  const growing = items([6, 15], [6, 34], [6, 51]);

  it.each([
    ["first-fit-decreasing", hard, 11, "11/9 of the best 9, and 6/9"],
    ["best-fit-decreasing", hard, 11, "11/9 of the best 9, and 6/9"],
    ["first-fit-decreasing", twice, 22, "11/9 of the best 18"],
    ["best-fit-decreasing", twice, 22, "11/9 of the best 18"],
    ["first-fit", growing, 10, "1.7 times the best 6"],
    ["best-fit", growing, 10, "1.7 times the best 6"],
    ["first-fit-decreasing", growing, 6, "the best there is"],
  ] as const)("%s needs no more than it is known to: case %#", (strategy, pods, expected, _why) => {
    expect(used(strategy, [...pods])).toBe(expected);
  });
});

describe("first, best and worst fit", () => {
  const nodes = [node("a", { cpu: "10" }), node("b", { cpu: "6" }), node("c", { cpu: "8" })];
  it.each([
    ["first-fit", "a"],
    ["best-fit", "b"],
    ["worst-fit", "a"],
  ])("%s puts 5 CPUs of 10, 6 and 8 on %s", (strategy, expected) => {
    expect(new Placing(strategy, nodes).run(pod("p", { cpu: "5" })).placed.get("p")).toBe(expected);
  });

  it("worst fit goes where most is left after the first pod", () => {
    const placing = new Placing("worst-fit", nodes);
    placing.run(pod("p", { cpu: "5" }), pod("q", { cpu: "5" }));
    expect(placing.placed.get("q")).toBe("c");
  });
});

describe("LeastAllocatable", () => {
  test("keeps the large node free: 5, 5 on the node of 10, then 100, 100 on the node of 200", () => {
    const nodes = [node("large", { cpu: "200" }), node("small", { cpu: "10" })];
    const sizes = [5, 5, 100, 100];
    const placing = new Placing("least-allocatable", nodes);
    for (const [at, cpu] of sizes.entries()) placing.run(pod(`p${at}`, { cpu: String(cpu) }));
    expect(placing.bins).toEqual({ small: ["p0", "p1"], large: ["p2", "p3"] });
  });
});

describe("RoundRobin", () => {
  test("takes the nodes in turn, passes over full ones, and starts anew at the end", () => {
    const nodes = [node("a"), node("b", { cpu: "1" }), node("c")];
    const placing = new Placing("round-robin", nodes);
    for (const name of ["p", "q", "r", "s", "t", "u"]) placing.run(pod(name, { cpu: "1" }));
    expect([...placing.placed.values()]).toEqual(["a", "b", "c", "a", "c", "a"]);
  });

  test("goes on from a checkpoint where it was", () => {
    const first = new Placing("round-robin", bins(3)).run(pod("p"));
    const second = new Placing("round-robin", bins(3));
    second.core.load(JSON.parse(JSON.stringify(first.core.save())));
    expect(second.run(pod("q")).placed.get("q")).toBe("bin-01");
  });

  test("decides the same with and without explanation", () => {
    const pods = items([20, 7], [20, 3]);
    const [brief, explained] = [false, true].map((explain) => [
      ...new Placing("round-robin", bins(3), explain).run(...pods).placed,
    ]);
    expect(brief).toEqual(explained);
  });
});

describe("SwarmSpread", () => {
  const of = (owner: string, name: string) => {
    const made = pod(name);
    const ownerReferences = [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: owner, uid: owner, controller: true },
    ];
    return { ...made, metadata: { ...made.metadata, ownerReferences } } as typeof made;
  };

  test("counts pods of the same owner first, then all, and never what they ask for", () => {
    const placing = new Placing("swarm-spread", [node("a"), node("b")]);
    placing.core.snapshot.addPod(pod("huge", { cpu: "3" }), "a");
    placing.core.snapshot.addPod(of("web", "web-1"), "b");
    placing.core.snapshot.addPod(pod("small"), "b");
    placing.run(of("web", "web-2"), of("db", "db-1"));
    expect(placing.placed.get("web-2")).toBe("a");
    expect(placing.placed.get("db-1")).toMatch(/a|b/);
    expect(
      new Placing("swarm-spread", [node("a"), node("b")]).run(pod("x"), pod("y")).bins,
    ).toEqual(expect.objectContaining({ a: expect.anything(), b: expect.anything() }));
  });
});

describe("random", () => {
  test("uses every node in the long run, and the same seed repeats it", () => {
    const pods = items([60, 1]);
    const draw = () => [...new Placing("random", bins(4)).run(...pods).placed];
    expect(draw()).toEqual(draw());
    expect(new Set(draw().map(([, name]) => name)).size).toBe(4);
  });
});

describe("TetrisAlignment", () => {
  const nodes = [
    node("cpu-rich", { cpu: "16", memory: "16Gi" }),
    node("memory-rich", { cpu: "16", memory: "16Gi" }),
  ];
  it.each([
    ["much CPU", { cpu: "4", memory: "1Gi" }, "cpu-rich"],
    ["much memory", { cpu: "1", memory: "4Gi" }, "memory-rich"],
  ])("sends a pod that asks for %s where that is free", (_, wish, expected) => {
    const placing = new Placing("tetris", nodes);
    placing.core.snapshot.addPod(pod("m", { memory: "12Gi" }), "cpu-rich");
    placing.core.snapshot.addPod(pod("c", { cpu: "12" }), "memory-rich");
    expect(placing.run(pod("p", wish)).placed.get("p")).toBe(expected);
  });
});

describe("RequestedToCapacityRatio presets", () => {
  it.each([
    ["requested-to-capacity-packing", "busy"],
    ["requested-to-capacity-spreading", "idle"],
    ["bin-packing", "busy"],
    ["default", "idle"],
  ])("%s chooses the %s node", (strategy, expected) => {
    const placing = new Placing(strategy, [node("busy"), node("idle")]);
    placing.core.snapshot.addPod(pod("there", { cpu: "2", memory: "4Gi" }), "busy");
    expect(placing.run(pod("p", { cpu: "1", memory: "2Gi" })).placed.get("p")).toBe(expected);
  });
});
