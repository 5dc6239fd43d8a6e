import { describe, expect, it } from "vitest";
import type { Taint, Toleration } from "../../../sim/api/types.gen.ts";
import { scores, verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";

const taint = (effect: string): Taint => ({ key: "gpu", value: "yes", effect });
const tolerant = (...tolerations: Toleration[]) => pod("p", { spec: { tolerations } });

describe("TaintToleration", () => {
  const refused = "node(s) had untolerated taint(s)";

  it.each<[string, Toleration, string]>([
    [
      "key, value and effect",
      { key: "gpu", operator: "Equal", value: "yes", effect: "NoSchedule" },
      "fits",
    ],
    ["no operator, which means Equal", { key: "gpu", value: "yes" }, "fits"],
    ["another value", { key: "gpu", value: "no" }, refused],
    ["the key's existence", { key: "gpu", operator: "Exists" }, "fits"],
    ["another effect", { key: "gpu", operator: "Exists", effect: "NoExecute" }, refused],
    ["everything", { operator: "Exists" }, "fits"],
    ["another key", { key: "disk", operator: "Exists" }, refused],
  ])("a pod that tolerates %s: %s", (_, toleration, verdict) => {
    const nodes = [node("n", { taints: [taint("NoSchedule")] })];
    expect(verdicts("TaintToleration", tolerant(toleration), { nodes })).toEqual({ n: verdict });
  });

  it.each([
    ["Gt", "5", refused],
    ["Lt", "9", refused],
    ["Equal", "7", "fits"],
  ])(
    "compares no numbers (the gate is off in v1.36): a taint of value 7 and %s %s: %s",
    (operator, value, verdict) => {
      const nodes = [node("n", { taints: [{ key: "age", value: "7", effect: "NoSchedule" }] })];
      const toleration = { key: "age", operator, value };
      expect(verdicts("TaintToleration", tolerant(toleration), { nodes })).toEqual({ n: verdict });
    },
  );

  it("refuses by NoSchedule and NoExecute, never by PreferNoSchedule", () => {
    const nodes = ["NoSchedule", "NoExecute", "PreferNoSchedule"].map((effect) =>
      node(effect.toLowerCase(), { taints: [taint(effect)] }),
    );
    expect(verdicts("TaintToleration", pod("p"), { nodes })).toEqual({
      noschedule: refused,
      noexecute: refused,
      prefernoschedule: "fits",
    });
  });

  it("scores by the number of PreferNoSchedule taints it does not tolerate, fewest best", () => {
    const soft = (...keys: string[]) => keys.map((key) => ({ key, effect: "PreferNoSchedule" }));
    const nodes = [
      node("none"),
      node("one", { taints: soft("a") }),
      node("two", { taints: soft("a", "b") }),
    ];
    expect(scores("TaintToleration", pod("p"), { nodes })).toEqual({
      none: [0, 100],
      one: [1, 50],
      two: [2, 0],
    });
    const tolerates = tolerant({ key: "a", operator: "Exists" });
    expect(scores("TaintToleration", tolerates, { nodes })).toEqual({
      none: [0, 100],
      one: [0, 100],
      two: [1, 0],
    });
  });
});
