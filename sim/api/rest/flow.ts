import type { Fairness } from "../fairness/fairness.ts";
import type { FlowRequest } from "../fairness/flow-schemas.ts";
import { verbOf } from "./authorize.ts";
import type { Call } from "./context.ts";
import type { FlowUids } from "./flow-uids.ts";
import type { RestRequest } from "./request.ts";

/** A request for a resource as priority and fairness looks at it. */
export function resourceFlow(call: Call): FlowRequest {
  const { user, target } = call;
  const { group, resource, subresource, namespace } = target;
  return {
    user,
    verb: verbOf(call),
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Any other request as priority and fairness looks at it. */
export function pathFlow(
  { method, user }: RestRequest,
  path: string,
  admin: FlowRequest["user"],
): FlowRequest {
  return { user: user ?? admin, verb: method.toLowerCase(), path };
}

/** The uids of a request's class; undefined where no schema covers it. */
export function uidsOf(flow: ReturnType<Fairness["classify"]>): FlowUids | undefined {
  if (flow === undefined) return undefined;
  return { schema: flow.schema.metadata.uid, level: flow.level.metadata.uid };
}
