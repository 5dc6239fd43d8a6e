import { describe, expect, it } from "vitest";
import { SchedulingCore } from "../../../sim/scheduler/cycle/scheduling-core.ts";
import { DEFAULT_PROFILE } from "../../../sim/scheduler/framework/config.ts";
import { buildProfile } from "../../../sim/scheduler/framework/profile.ts";
import { PLUGINS } from "../../../sim/scheduler/plugins/registry.ts";
import { decision } from "../ask.ts";
import { node, pod } from "../builders.ts";

const core = new SchedulingCore([buildProfile(DEFAULT_PROFILE, PLUGINS)], { int: () => 0 });

describe("PrioritySort", () => {
  it("takes the higher priority first, then the earlier pod", () => {
    const queued = (name: string, priority: number, enqueuedAt: number) => ({
      pod: pod(name, { priority }),
      enqueuedAt,
    });
    const queue = [queued("late", 0, 2), queued("early", 0, 1), queued("urgent", 9, 3)];
    const names = queue.sort((a, b) => core.compare(a, b)).map((each) => each.pod.metadata.name);
    expect(names).toEqual(["urgent", "early", "late"]);
  });
});

describe("SchedulingGates", () => {
  it("keeps a pod out of the queue until its gates are gone", () => {
    const gated = pod("p", { spec: { schedulingGates: [{ name: "quota" }, { name: "hold" }] } });
    expect(core.preEnqueue(gated)).toEqual({
      code: "UnschedulableAndUnresolvable",
      plugin: "SchedulingGates",
      reasons: ["waiting for scheduling gates: [quota hold]"],
    });
    expect(core.preEnqueue(pod("p"))).toBeUndefined();
    expect(decision("SchedulingGates", gated, { nodes: [node("n")] }).result).toBe("gated");
  });
});

describe("DefaultBinder", () => {
  it("leaves the write to the binding stage", () => {
    const binder = buildProfile(DEFAULT_PROFILE, PLUGINS).bind[0];
    const info = core.snapshot.reader.read(pod("p"));
    expect(binder?.bind?.(info, "n", core.snapshot)).toBe(false);
  });
});
