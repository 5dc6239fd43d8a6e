import { defineFault } from "./fault.ts";
import { mend, strike } from "./outages.ts";
import { modeParameters, targetNodes } from "./targets.ts";

/** A node loses its way to the API server: it works on by what it last heard and cannot report. */
export const nodePartition = defineFault<readonly string[]>({
  name: "node-partition",
  description:
    "A node cannot reach the API server: probes and restarts go on, nobody hears of them.",
  targets: ["node", "nodes", "zone", "selector"],
  parameters: modeParameters,
  begin: (context, fault) => {
    const nodes = targetNodes(context, fault);
    strike(context, "partition", nodes);
    return nodes;
  },
  end: (context, _fault, hit) => mend(context, "partition", hit),
});
