import { describe, expect, it } from "vitest";
import { setupOf } from "../../cli/bench/setup.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";

const scenario = (nodes: string) =>
  parseScenario(
    "x.yaml",
    `apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: x}\nspec: {title: A shop, duration: 5m, cluster: {nodes: ${nodes}}}\n`,
  );

describe("what the runs of an experiment have in common", () => {
  it("is told in words: workload, cluster and length", () => {
    expect(setupOf([scenario("[{count: 3, capacity: {cpu: 4}}]")])).toEqual([
      { name: "workload", text: "A shop" },
      { name: "cluster", text: "3 nodes: cpu 4" },
      { name: "length of a run", text: "5m" },
    ]);
  });

  it("names the kinds of nodes, the most frequent first, and every setting once", () => {
    const mixed = scenario(
      "[{name: a, capacity: {cpu: 1}}, {count: 9, name: 'b-{i}', capacity: {cpu: 2}}]",
    );
    const clusters = setupOf([mixed, mixed, scenario("[{capacity: {cpu: 8}}]")]);
    expect(clusters[1]?.text).toBe("10 nodes: 9 × cpu 2; 1 × cpu 1; 1 node: cpu 8");
  });
});
