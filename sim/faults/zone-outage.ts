import { defineFault } from "./fault.ts";
import { mend, strike } from "./outages.ts";
import { targetNodes, targetOf } from "./targets.ts";

/** Every machine of a zone goes down. */
export const zoneOutage = defineFault<readonly string[]>({
  name: "zone-outage",
  description: "Every machine of a zone goes down; all start again when the fault ends.",
  targets: ["zone"],
  parameters: {},
  begin: (context, fault) => {
    const { zone } = targetOf(fault, "zone");
    if (zone === undefined) throw new RangeError("zone-outage: target: expected a zone");
    const nodes = targetNodes(context, { ...fault, target: { zone }, mode: "all" });
    if (nodes.length === 0)
      throw new RangeError(`zone-outage: no node in zone ${JSON.stringify(zone)}`);
    strike(context, "crash", nodes);
    return nodes;
  },
  end: (context, _fault, hit) => mend(context, "crash", hit),
});
