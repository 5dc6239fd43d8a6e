import { MINUTE } from "../engine/time.ts";
import { trouble } from "./api-errors.ts";
import { defineFault } from "./fault.ts";
import { spanOf } from "./targets.ts";

/** Components whose caches stand still while the API is away. */
const COMPONENTS = ["controller-manager", "scheduler", "kubelets"] as const;

/** The API server is away: no write goes through, no change is heard of, no node can renew its Lease. */
export const apiUnavailable = defineFault<number>({
  name: "api-unavailable",
  description:
    "The API server is away (a minute unless told): no writes, no watches, no heartbeats.",
  targets: [],
  parameters: {},
  begin: (context, fault) => {
    const until = context.engine.now + spanOf(fault, "for", MINUTE);
    for (const component of COMPONENTS) context.informers.freeze(component, until);
    for (const node of context.nodes.nodeNames()) context.nodes.partition(node);
    return trouble(context, { ...fault, target: undefined }, 1, 503, 0);
  },
  end: (context, _fault, id) => {
    context.trouble.remove(id);
    for (const node of context.nodes.nodeNames()) context.nodes.heal(node);
  },
});
