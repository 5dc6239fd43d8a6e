import { describe, expect, it, test } from "vitest";
import { schedulerFromModule } from "../../../sim/scheduler/strategies/own-scheduler.ts";
import { schedulerTemplate } from "../../../sim/scheduler/strategies/template.ts";
import { node, pod } from "../builders.ts";
import { Placing } from "./placing.ts";

const FILE = "my-scheduler.ts";
const own = (exported: unknown) => schedulerFromModule({ default: exported }, FILE);
const nodes = [node("a"), node("b"), node("c", { taints: [{ key: "k", effect: "NoSchedule" }] })];

describe("a module that decides alone", () => {
  test("places pods where it says", () => {
    const placing = new Placing(own({ name: "last", schedule: () => "b" }), nodes);
    expect(placing.run(pod("p"), pod("q")).bins).toEqual({ b: ["p", "q"] });
  });

  test("cannot overrule kube-scheduler's filters", () => {
    const placing = new Placing(own({ name: "bad", schedule: () => "c" }), nodes).run(pod("p"));
    expect(placing.refused.get("p")?.message).toContain("untolerated taint");
  });

  test("says in its own words why there is no node", () => {
    const schedule = () => ({ reasons: ["it is Sunday"] });
    const placing = new Placing(own({ name: "rest", schedule }), nodes).run(pod("p"));
    expect(placing.refused.get("p")?.message).toContain("it is Sunday");
  });

  test("sees nodes, what is free, and draws from a stream that checkpoints keep", () => {
    const seen: unknown[] = [];
    const strategy = own({
      name: "curious",
      schedule: (_asked: any, cluster: any) => {
        seen.push([cluster.requested("cpu"), cluster.nodes.map((each: any) => each.free("cpu"))]);
        return cluster.nodes[cluster.random(2)].name;
      },
    });
    const first = new Placing(strategy, nodes).run(pod("p", { cpu: "1" }));
    expect(seen[0]).toEqual([1000, [4000, 4000, 4000]]);
    const saved = JSON.parse(JSON.stringify(first.core.save()));
    const names = Array.from({ length: 12 }, (_, at) => `q${at}`);
    const go = (placing: Placing) => names.map((name) => placing.run(pod(name)).placed.get(name));
    const second = new Placing(strategy, nodes);
    second.core.load(saved);
    expect(go(second)).toEqual(go(first));
  });

  test("decides the same with and without explanation", () => {
    const strategy = own({
      name: "dice",
      schedule: (_: unknown, cluster: any) => cluster.nodes[cluster.random(2)].name,
    });
    const pods = Array.from({ length: 20 }, (_, at) => pod(`p${at}`));
    const [brief, full] = [false, true].map((explain) => [
      ...new Placing(strategy, nodes, explain).run(...pods).placed,
    ]);
    expect(brief).toEqual(full);
  });
});

describe("a module with plugins", () => {
  const even = {
    name: "Even",
    filter: {
      dependsOn: "node",
      filter: (_: unknown, snapshot: any) => (index: number) =>
        snapshot.names[index] === "a"
          ? { code: "Unschedulable", reasons: ["node(s) were odd"] }
          : undefined,
    },
  };

  it.each([
    ["one plugin", even],
    ["a maker of one", { name: "Even", create: () => even }],
    ["a scheduler", { name: "mine", plugins: [even] }],
    [
      "a scheduler with a configuration",
      {
        name: "mine",
        plugins: [even],
        config: { plugins: { multiPoint: { enabled: [{ name: "Even" }] } } },
      },
    ],
  ])("joins the default ones as %s", (_, exported) => {
    expect(new Placing(own(exported), nodes).run(pod("p")).placed.get("p")).toBe("b");
  });
});

describe("a malformed module", () => {
  const loop: Record<string, unknown> = {};
  loop["itself"] = loop;
  it.each([
    ["no export", undefined, /expected "export default" a plugin or a scheduler/],
    ["no name", { plugins: [] }, /expected name, a text; it has plugins/],
    [
      "nothing to do",
      { name: "Idle" },
      /plugin Idle: expected create, a function, or an extension point/,
    ],
    ["a list that is none", { name: "x", plugins: {} }, /plugins: expected a list/],
    [
      "a cyclic configuration",
      { name: "x", plugins: [], config: loop },
      /config: it contains itself/,
    ],
    [
      "a plugin without a name",
      { name: "x", plugins: [{}] },
      /plugins\[0\]: expected a plugin with a name/,
    ],
  ])("with %s is refused", (_, exported, message) => {
    expect(() => own(exported)).toThrow(message);
  });

  it.each([
    [
      "an unknown plugin",
      {
        name: "x",
        plugins: [],
        config: { plugins: { multiPoint: { enabled: [{ name: "Nope" }] } } },
      },
      /\[my-scheduler\.ts, plugin Nope\] unknown plugin: "Nope"/,
    ],
    [
      "a point that is no function",
      { name: "P", reserve: 7 },
      /\[my-scheduler\.ts, plugin P\] reserve: expected a function, got 7/,
    ],
    [
      "a filter that does not say what it depends on",
      { name: "P", filter: { filter: () => () => undefined } },
      /plugin P\] filter\.dependsOn: expected node, node-pods, cluster, got nothing/,
    ],
  ])("with %s is refused before it runs, naming file and plugin", (_, exported, message) => {
    expect(() => new Placing(own(exported), nodes)).toThrow(message);
  });

  const cyclic: Record<string, unknown> = { code: 1 };
  cyclic["reasons"] = cyclic;
  it.each([
    [
      "throws",
      {
        name: "P",
        filter: {
          dependsOn: "node",
          filter: () => () => {
            throw new Error("oh no");
          },
        },
      },
      "[my-scheduler.ts, plugin P, pod default/p] plugin threw: oh no",
    ],
    [
      "scores with NaN",
      { name: "P", score: { dependsOn: "node", score: () => () => Number.NaN } },
      "[my-scheduler.ts, plugin P, pod default/p] score: expected a whole number, got NaN",
    ],
    [
      "refuses with something that contains itself",
      { name: "P", filter: { dependsOn: "node", filter: () => () => cyclic } },
      "[my-scheduler.ts, plugin P, pod default/p] filter: expected undefined or {code, reasons}, got an object that contains itself",
    ],
    [
      "names a node there is not",
      { name: "P", schedule: () => "z" },
      '[my-scheduler.ts, plugin P, pod default/p] schedule: there is no node "z"',
    ],
    [
      "calls itself without end",
      {
        name: "P",
        schedule: function again(): string {
          return again();
        },
      },
      "[my-scheduler.ts, plugin P, pod default/p] plugin threw: Maximum call stack size exceeded",
    ],
  ])("that %s stops the run, naming file, plugin and pod", (_, exported, message) => {
    for (const explain of [false, true])
      expect(() => new Placing(own(exported), nodes, explain).run(pod("p"))).toThrow(message);
  });

  test("that does not come back is stopped by the guard", () => {
    const guard = () => {
      throw new Error("it did not return within 10 s");
    };
    const strategy = schedulerFromModule(
      { default: { name: "P", schedule: () => "a" } },
      FILE,
      guard,
    );
    expect(() => new Placing(strategy, nodes).run(pod("p"))).toThrow(
      "[my-scheduler.ts, plugin P, pod default/p] it did not return within 10 s",
    );
  });
});

describe("the template of a new scheduler", () => {
  test("runs as it stands", () => {
    const exported = new Function(schedulerTemplate.replace("export default", "return"))();
    const placing = new Placing(own(exported), nodes).run(pod("p", { cpu: "1" }), pod("q"));
    expect(placing.bins).toEqual({ a: ["p"], b: ["q"] });
  });
});
