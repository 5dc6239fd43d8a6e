import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";

/** A pod with scheduling gates does not enter the queue until all are removed. */
export const schedulingGates: PluginFactory = {
  name: "SchedulingGates",
  create: () => ({
    name: "SchedulingGates",
    wakesOn: [
      hinted(
        "TargetPod",
        ["update-scheduling-gates"],
        (_, __, pod) => (pod?.spec.schedulingGates ?? []).length === 0,
      ),
    ],
    preEnqueue: (pod) => {
      const gates = pod.spec.schedulingGates ?? [];
      if (gates.length === 0) return undefined;
      return unresolvable(
        `waiting for scheduling gates: [${gates.map((gate) => gate.name).join(" ")}]`,
      );
    },
  }),
};
