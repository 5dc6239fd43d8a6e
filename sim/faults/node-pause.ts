import { defineFault } from "./fault.ts";
import { mend, strike } from "./outages.ts";
import { modeParameters, targetNodes } from "./targets.ts";

/** A kubelet stops: no heartbeats, no status, no restarts; its containers run on. */
export const nodePause = defineFault<readonly string[]>({
  name: "node-pause",
  description: "A kubelet freezes: no heartbeats, no probes, no restarts; its containers run on.",
  targets: ["node", "nodes", "zone", "selector"],
  parameters: modeParameters,
  begin: (context, fault) => {
    const nodes = targetNodes(context, fault);
    strike(context, "pause", nodes);
    return nodes;
  },
  end: (context, _fault, hit) => mend(context, "pause", hit),
});
