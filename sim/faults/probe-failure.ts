import { MINUTE } from "../engine/time.ts";
import { defineFault } from "./fault.ts";
import { modeParameters, spanOf, targetOf, targetPods } from "./targets.ts";

const KINDS = ["readiness", "liveness", "startup"] as const;

/** Probes of a pod fail for a while although the application is well. */
export const probeFailure = defineFault<void>({
  name: "probe-failure",
  description: "Probes fail for a while (a minute unless told) although the application is well.",
  targets: ["pod", "selector", "namespace", "node", "container"],
  parameters: {
    ...modeParameters,
    probe: {
      type: "string",
      description: "Which probe.",
      default: "readiness",
      enum: KINDS,
    },
  },
  begin: (context, fault) => {
    const kind = KINDS.find((name) => name === (fault["probe"] ?? "readiness"));
    if (kind === undefined)
      throw new RangeError(
        `probe-failure: probe: expected ${KINDS.join(", ")}, got ${JSON.stringify(fault["probe"])}`,
      );
    const { container } = targetOf(fault, "pod");
    const until = context.engine.now + spanOf(fault, "for", MINUTE);
    for (const pod of targetPods(context, fault))
      context.nodes.answerProbes(
        pod,
        kind,
        false,
        until,
        container === undefined ? undefined : String(container),
      );
  },
});
