import { methodNotAllowed, notFound } from "../../api-error.ts";
import { approvalDoor } from "../../approval.ts";
import type { Answer, Call } from "../context.ts";
import type { PatchDoor } from "../patch-door.ts";
import { patchObject } from "../patching.ts";
import { answerObject, updateObject } from "../writing.ts";

/** GET, PUT and PATCH of `/approval`. */
export function approvalOf(call: Call): Answer {
  const { subresource, door } = approvalDoor(call.api.now);
  return partDoor(call, { subresource, rule: door });
}

/** GET, PUT and PATCH of `/status`. */
export function statusDoor(call: Call): Answer {
  return partDoor(call, { subresource: "status" });
}

function partDoor(call: Call, door: PatchDoor): Answer {
  const { request, resource, reader, target } = call;
  const name = target.name ?? "";
  if (resource.custom !== undefined && resource.custom.subresources?.status === undefined)
    throw notFound(resource.descriptor, name);
  switch (request.method) {
    case "GET":
    case "HEAD":
      return answerObject(call, reader.get(resource, target.namespace, name));
    case "PUT":
      return updateObject(call, door);
    case "PATCH":
      return patchObject(call, door);
    default:
      throw methodNotAllowed();
  }
}
