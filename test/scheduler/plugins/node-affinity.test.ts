import { describe, expect, it } from "vitest";
import type { NodeSelectorTerm } from "../../../sim/api/types.gen.ts";
import { decision, scores, verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";

const nodes = [
  node("a", { labels: { disk: "ssd", gen: "10" } }),
  node("b", { labels: { disk: "hdd", gen: "7" } }),
  node("c", { labels: {} }),
];
const required = (...nodeSelectorTerms: NodeSelectorTerm[]) =>
  pod("p", {
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
        },
      },
    },
  });
const expression = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});
const fitting = (verdict: Readonly<Record<string, string>>) =>
  Object.keys(verdict)
    .filter((name) => verdict[name] === "fits")
    .join(" ");

describe("NodeAffinity", () => {
  it.each<[string, NodeSelectorTerm[], string]>([
    ["disk In ssd", [expression("disk", "In", "ssd")], "a"],
    ["disk NotIn ssd (a missing label counts)", [expression("disk", "NotIn", "ssd")], "b c"],
    ["disk Exists", [expression("disk", "Exists")], "a b"],
    ["disk DoesNotExist", [expression("disk", "DoesNotExist")], "c"],
    ["gen Gt 8", [expression("gen", "Gt", "8")], "a"],
    ["gen Lt 8", [expression("gen", "Lt", "8")], "b"],
    ["either of two terms", [expression("gen", "Gt", "8"), expression("disk", "In", "hdd")], "a b"],
    ["an empty term, which matches nothing", [{}], ""],
  ])("required %s: fits %s", (_, terms, fits) => {
    expect(fitting(verdicts("NodeAffinity", required(...terms), { nodes }))).toBe(fits);
  });

  it("refuses in these words", () => {
    expect(
      verdicts("NodeAffinity", pod("p", { spec: { nodeSelector: { disk: "ssd" } } }), { nodes }),
    ).toEqual({
      a: "fits",
      b: "node(s) didn't match Pod's node affinity/selector",
      c: "node(s) didn't match Pod's node affinity/selector",
    });
  });

  it("looks at nothing but the nodes all terms name by metadata.name", () => {
    const named = required({
      matchFields: [{ key: "metadata.name", operator: "In", values: ["b"] }],
    });
    const { preFilter } = decision("NodeAffinity", named, { nodes });
    expect(preFilter).toMatchObject({ restricts: true, nodeNames: ["b"] });
    expect(verdicts("NodeAffinity", named, { nodes })).toMatchObject({
      a: "node(s) didn't satisfy plugin(s) [NodeAffinity]",
      b: "fits",
    });
  });

  it("gives up at once when a term names two nodes at the same time", () => {
    const both = ["a", "b"].map((name) => ({
      key: "metadata.name",
      operator: "In",
      values: [name],
    }));
    expect(decision("NodeAffinity", required({ matchFields: both }), { nodes }).message).toMatch(
      /^0\/3 nodes are available: pod affinity terms conflict\./,
    );
  });

  it("adds up the weights of preferred terms and scales to the highest", () => {
    const prefers = pod("p", {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 20, preference: expression("disk", "Exists") },
              { weight: 60, preference: expression("disk", "In", "ssd") },
            ],
          },
        },
      },
    });
    expect(scores("NodeAffinity", prefers, { nodes })).toEqual({
      a: [80, 100],
      b: [20, 25],
      c: [0, 0],
    });
  });

  it("applies addedAffinity of its arguments to every pod", () => {
    const args = {
      addedAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [expression("disk", "Exists")],
        },
      },
    };
    expect(verdicts("NodeAffinity", pod("p"), { nodes, args })["c"]).toBe(
      "node(s) didn't match scheduler-enforced node affinity",
    );
  });
});
