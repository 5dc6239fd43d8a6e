import { defineFault } from "./fault.ts";
import { modeParameters, numberOf, targetOf, targetPods } from "./targets.ts";

/** The process of a container dies. */
export const containerKill = defineFault<void>({
  name: "container-kill",
  description: "The process of a container dies; its restart policy decides what follows.",
  targets: ["pod", "selector", "namespace", "node", "container"],
  parameters: {
    ...modeParameters,
    exitCode: { type: "integer", description: "Exit code of the process.", default: 137 },
  },
  begin: (context, fault) => {
    const { container } = targetOf(fault, "pod");
    const code = numberOf(fault, "exitCode", 137, 0, 255);
    for (const pod of targetPods(context, fault))
      context.nodes.killContainer(
        pod,
        container === undefined ? undefined : String(container),
        code,
        code === 0 ? "Completed" : "Error",
      );
  },
});
