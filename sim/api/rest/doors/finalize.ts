import { methodNotAllowed } from "../../api-error.ts";
import type { KubeObject } from "../../object.ts";
import type { Namespace } from "../../types.gen.ts";
import { namespaceFinalizeErrors } from "../../validation/cluster/namespace.ts";
import { readObject } from "../body.ts";
import type { Answer, Call } from "../context.ts";
import { readWriteOptions } from "../options.ts";
import { answerObject, bodyTarget, checkName } from "../writing.ts";

/** PUT of `/finalize` of a namespace: changes nothing but spec.finalizers. */
export function finalizeDoor(call: Call): Answer {
  const { request, query, target, api, warnings, user, resource } = call;
  if (request.method !== "PUT") throw methodNotAllowed();
  const options = readWriteOptions(query, "UpdateOptions");
  const sent = readObject(request, bodyTarget(call), options.validation, warnings);
  checkName(sent, target.name ?? "", undefined);
  const written = api.update(resource.kind, sent, {
    user,
    warnings,
    dryRun: options.dryRun,
    subresource: "finalize",
    door: {
      prepare: finalizersOnly,
      validate: (next) => namespaceFinalizeErrors(next as Namespace),
    },
  });
  return answerObject(call, written);
}

/** The stored namespace with the finalizers of the sent one. */
function finalizersOnly(next: KubeObject, before: KubeObject): KubeObject {
  const finalizers = (next as Namespace).spec?.finalizers ?? [];
  const { finalizers: _, ...spec } = (before as Namespace).spec ?? {};
  return {
    ...before,
    spec: finalizers.length === 0 ? spec : { ...spec, finalizers },
  };
}
