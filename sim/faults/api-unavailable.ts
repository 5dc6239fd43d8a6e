import { MINUTE, type Micros } from "../engine/time.ts";
import { trouble } from "./api-errors.ts";
import { defineFault } from "./fault.ts";
import { mend, strike } from "./outages.ts";
import { spanOf } from "./targets.ts";

/** Components whose caches stand still while the API is away. */
const COMPONENTS = ["controller-manager", "scheduler", "kubelets"] as const;

/** What ends with it: the trouble of that number, caches held until a time, nodes cut off. */
interface Outage {
  readonly id: number;
  readonly until: Micros;
  readonly nodes: readonly string[];
}

/** The API server is away: no write goes through, no change is heard of, no node can renew its Lease. */
export const apiUnavailable = defineFault<Outage>({
  name: "api-unavailable",
  description:
    "The API server is away (a minute unless told): no writes, no watches, no heartbeats.",
  lasts: MINUTE,
  targets: [],
  parameters: {},
  begin: (context, fault) => {
    const until = context.engine.now + spanOf(fault, "for", MINUTE);
    for (const component of COMPONENTS) context.informers.freeze(component, until);
    const nodes = context.nodes.nodeNames();
    strike(context, "partition", nodes);
    return { id: trouble(context, { ...fault, target: undefined }, 1, 503, 0), until, nodes };
  },
  end: (context, _fault, { id, until, nodes }) => {
    context.trouble.remove(id);
    for (const component of COMPONENTS) context.informers.thaw(component, until);
    mend(context, "partition", nodes);
  },
});
