import { describe, expect, it } from "vitest";
import {
  balanceGain,
  balanceOf,
} from "../../../sim/scheduler/plugins/node-resources-balanced-allocation.ts";
import { decision, scores } from "../ask.ts";
import { node, pod } from "../builders.ts";

const NAME = "NodeResourcesBalancedAllocation";

describe("NodeResourcesBalancedAllocation", () => {
  it.each<[readonly number[], number]>([
    [[0.5, 0.5], 100],
    [[1, 0], 50],
    [[0.25, 0.75], 75],
    [[0.2, 0.4, 0.6], 83],
    [[0.7], 100],
    [[], 100],
  ])("shares %j are balanced to %i", (shares, balance) => {
    expect(balanceOf(shares, shares.length)).toBe(balance);
  });

  it.each([
    ["leaves the balance as it was", 80, 80, 75],
    ["improves it from 50 to 100", 50, 100, 100],
    ["ruins it from 100 to 50", 100, 50, 50],
  ])("a pod that %s scores", (_, before, after, score) => {
    expect(balanceGain(before, after)).toBe(score);
  });

  it("sends a pod that asks for CPU where memory is in use", () => {
    const nodes = [
      node("empty", { cpu: "4", memory: "4Gi" }),
      node("memory", { cpu: "4", memory: "4Gi" }),
    ];
    const pods = [pod("there", { memory: "2Gi", node: "memory" })];
    expect(scores(NAME, pod("p", { cpu: "2" }), { nodes, pods })).toEqual({
      empty: [62, 62],
      memory: [87, 87],
    });
  });

  it("skips a pod that requests neither CPU nor memory", () => {
    expect(decision(NAME, pod("p"), { nodes: [node("n")] }).skippedScore).toContain(NAME);
  });
});
