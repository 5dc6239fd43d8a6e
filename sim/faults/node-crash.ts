import { defineFault } from "./fault.ts";
import { mend, strike } from "./outages.ts";
import { modeParameters, targetNodes } from "./targets.ts";

/** A machine goes down with everything on it; at the end it starts again. */
export const nodeCrash = defineFault<readonly string[]>({
  name: "node-crash",
  description: "A machine goes down with all its containers; it starts again when the fault ends.",
  targets: ["node", "nodes", "zone", "selector"],
  parameters: modeParameters,
  begin: (context, fault) => {
    const nodes = targetNodes(context, fault);
    strike(context, "crash", nodes);
    return nodes;
  },
  end: (context, _fault, hit) => mend(context, "crash", hit),
});
