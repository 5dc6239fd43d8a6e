import { defineFault } from "./fault.ts";
import { modeParameters, targetNodes } from "./targets.ts";

/** A kubelet stops: no heartbeats, no status, no restarts; its containers run on. */
export const nodePause = defineFault<readonly string[]>({
  name: "node-pause",
  description: "A kubelet freezes: no heartbeats, no probes, no restarts; its containers run on.",
  targets: ["node", "nodes", "zone", "selector"],
  parameters: modeParameters,
  begin: (context, fault) => {
    const nodes = targetNodes(context, fault);
    for (const node of nodes) context.nodes.pause(node);
    return nodes;
  },
  end: ({ nodes }, _fault, hit) => {
    for (const node of hit) nodes.resume(node);
  },
});
