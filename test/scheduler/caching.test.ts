import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import { ScoreBuckets } from "../../sim/scheduler/cycle/score-buckets.ts";
import { node, pod } from "./builders.ts";
import { calmSteps, checkSteps, newCore, type Step, steps } from "./caching.ts";

describe("remembering decisions per shape of pod", () => {
  it("changes no decision, whatever happens in between", () => {
    fc.assert(
      fc.property(steps, (sequence) => checkSteps(sequence)),
      { numRuns: 25 },
    );
  });

  it("changes no decision where few of many nodes change, and scores are kept in buckets", () => {
    const asked = vi.spyOn(ScoreBuckets.prototype, "best");
    const law = fc.property(calmSteps, (sequence) =>
      checkSteps(sequence, { nodes: 100, shapes: 1 }),
    );
    fc.assert(law, { numRuns: 6 });
    expect(asked).toHaveBeenCalled();
  });

  it("changes no decision when only some nodes are scored", () => {
    const law = fc.property(steps, (sequence) =>
      checkSteps(sequence, { nodes: 140, shapes: 4, share: 30 }),
    );
    fc.assert(law, { numRuns: 4 });
  });

  it("refuses a pod that PreFilter has pinned to a node and then refused, explained or not", () => {
    const core = newCore("all", () => 0);
    for (const name of ["a", "b"]) core.snapshot.addNode(node(name));
    const names = [{ key: "metadata.name", operator: "In", values: ["a"] }];
    const required = { nodeSelectorTerms: [{ matchFields: names }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "missing" } }];
    const pinned = pod("pinned", { spec: { affinity, volumes } });
    const [short, whole] = [false, true].map((explain) => core.schedule(pinned, { explain }));
    expect(whole?.node).toBeUndefined();
    expect(whole?.message).toContain('persistentvolumeclaim "missing" not found');
    expect(short?.message).toBe(whole?.message);
    expect(Object.values(whole?.record.nodes ?? {}).map(({ absent }) => absent)).toEqual([
      true,
      true,
    ]);
  });

  it("knows when the pods that would be victims started", () => {
    const core = newCore("all", () => 0);
    const low = (name: string, nodeName: string) => pod(name, { cpu: "1", node: nodeName });
    const started = (victim: Pod, startTime: string): Pod => ({ ...victim, status: { startTime } });
    const victims = [low("early", "a"), low("late", "b")] as const;
    for (const name of ["a", "b"]) core.snapshot.addNode(node(name, { cpu: "1" }));
    for (const victim of victims) core.snapshot.addPod(victim);
    const choice = (explain: boolean) =>
      core.schedule(pod("high", { cpu: "1", priority: 10 }), { explain }).nominatedNode;
    expect([choice(false), choice(true)]).toEqual(["a", "a"]);
    core.snapshot.updatePod(started(victims[0], "2026-01-01T00:00:01Z"));
    core.snapshot.updatePod(started(victims[1], "2026-01-01T00:00:02Z"));
    expect([choice(false), choice(true)]).toEqual(["b", "b"]);
  });

  it("looks at promised pods with the plugins that take part in this decision alone", () => {
    // Found by a campaign: the last pod that kept others away is gone, and a promised one is of its kind.
    const still: Step[] = Array.from({ length: 16 }, () => [0, 0, 0, 0]);
    const found: Step[] = [[10, 510, 566, 654], [1, 811, 0, 0], [3, 787, 792, 0], ...still];
    checkSteps([...found, [0, 121, 613, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);
  });
});
