import { defineFault } from "./fault.ts";
import { modeParameters, targetOf, targetPods } from "./targets.ts";

/** The kernel kills a container's process for its memory. */
export const oomKill = defineFault<void>({
  name: "oom-kill",
  description: "The kernel kills a container's process: exit 137, OOMKilled.",
  targets: ["pod", "selector", "namespace", "node", "container"],
  parameters: modeParameters,
  begin: (context, fault) => {
    const { container } = targetOf(fault, "pod");
    for (const pod of targetPods(context, fault))
      context.nodes.killContainer(
        pod,
        container === undefined ? undefined : String(container),
        137,
        "OOMKilled",
      );
  },
});
