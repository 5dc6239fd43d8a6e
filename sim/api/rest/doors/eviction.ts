import { badRequest } from "../../api-error.ts";
import type { DeletionRequest } from "../../deletion.ts";
import { evict } from "../../eviction.ts";
import { makeKey } from "../../object.ts";
import { readObject } from "../body.ts";
import type { Answer, Call } from "../context.ts";
import { readWriteOptions } from "../options.ts";
import { inNamespace } from "../writing.ts";

/** Clients before 1.22 (Debian's kubectl among them) drain with the beta version; it is the same message. */
const evictionTarget = {
  kind: "Eviction",
  group: "policy",
  version: "v1",
  type: "policy.v1.Eviction",
  alsoReads: ["policy/v1beta1"],
};

/** POST of `/eviction`. */
export function evictionDoor(call: Call): Answer {
  const { request, query, resource, target, api, warnings, user } = call;
  const options = readWriteOptions(query, "CreateOptions");
  const eviction = readObject(request, evictionTarget, options.validation, warnings);
  inNamespace(eviction, resource.descriptor, target.namespace);
  const name = target.name ?? "";
  if ((eviction.metadata.name ?? "") !== name)
    throw badRequest("name in URL does not match name in Eviction object");
  const { deleteOptions } = eviction as {
    readonly deleteOptions?: DeletionRequest & { readonly dryRun?: readonly string[] };
  };
  const { gracePeriodSeconds, preconditions, dryRun = [] } = deleteOptions ?? {};
  const body = evict(api, makeKey(target.namespace, name), {
    user,
    dryRun: options.dryRun || dryRun.length > 0,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(preconditions === undefined ? {} : { preconditions }),
  });
  return { code: 201, body };
}
