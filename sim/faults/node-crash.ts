import { defineFault } from "./fault.ts";
import { modeParameters, targetNodes } from "./targets.ts";

/** A machine goes down with everything on it; at the end it starts again. */
export const nodeCrash = defineFault<readonly string[]>({
  name: "node-crash",
  description: "A machine goes down with all its containers; it starts again when the fault ends.",
  targets: ["node", "nodes", "zone", "selector"],
  parameters: modeParameters,
  begin: (context, fault) => {
    const nodes = targetNodes(context, fault);
    for (const node of nodes) context.nodes.crash(node);
    return nodes;
  },
  end: ({ nodes }, _fault, hit) => {
    for (const node of hit) nodes.recover(node);
  },
});
