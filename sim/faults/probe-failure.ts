import { MINUTE } from "../engine/time.ts";
import { defineFault, type FaultSpec, type ProbedKind } from "./fault.ts";
import { modeParameters, targetOf, targetPods } from "./targets.ts";

const KINDS: readonly ProbedKind[] = ["readiness", "liveness", "startup"];

/** Probes of a pod fail for a while although the application is well. */
export const probeFailure = defineFault<readonly string[]>({
  name: "probe-failure",
  description: "Probes fail for a while (a minute unless told) although the application is well.",
  lasts: MINUTE,
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
    const kind = kindOf(fault);
    const pods = targetPods(context, fault);
    for (const pod of pods) context.nodes.failProbes(pod, kind, containerOf(fault));
    return pods;
  },
  end: ({ nodes }, fault, pods) => {
    for (const pod of pods) nodes.mendProbes(pod, kindOf(fault), containerOf(fault));
  },
});

function kindOf({ probe = "readiness" }: FaultSpec): ProbedKind {
  const kind = KINDS.find((name) => name === probe);
  if (kind === undefined)
    throw new RangeError(
      `probe-failure: probe: expected ${KINDS.join(", ")}, got ${JSON.stringify(probe)}`,
    );
  return kind;
}

function containerOf(fault: FaultSpec): string | undefined {
  const { container } = targetOf(fault, "pod");
  return container === undefined ? undefined : String(container);
}
