import { apiCode } from "../api/client.ts";
import { defineFault } from "./fault.ts";
import { modeParameters, numberOf, targetPods } from "./targets.ts";

/** Somebody deletes pods. */
export const podKill = defineFault<void>({
  name: "pod-kill",
  description: "Pods are deleted, without grace unless told otherwise.",
  targets: ["pod", "selector", "namespace", "node"],
  parameters: {
    ...modeParameters,
    grace: { type: "integer", description: "Seconds of grace.", default: 0 },
  },
  begin: (context, fault) => {
    const gracePeriodSeconds = numberOf(fault, "grace", 0, 0, 86_400);
    for (const pod of targetPods(context, fault)) {
      try {
        context.api.delete("Pod", pod, { gracePeriodSeconds });
      } catch (error) {
        // A refusal by admission is an answer like any other; the pod stays.
        if (apiCode(error) === undefined) throw error;
      }
    }
  },
});
