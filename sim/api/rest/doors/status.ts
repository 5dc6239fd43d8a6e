import { methodNotAllowed, notFound } from "../../api-error.ts";
import type { Answer, Call } from "../context.ts";
import { patchObject } from "../patching.ts";
import { answerObject, updateObject } from "../writing.ts";

/** GET, PUT and PATCH of `/status`. */
export function statusDoor(call: Call): Answer {
  const { request, resource, reader, target } = call;
  const name = target.name ?? "";
  if (resource.custom !== undefined && resource.custom.subresources?.status === undefined)
    throw notFound(resource.descriptor, name);
  switch (request.method) {
    case "GET":
    case "HEAD":
      return answerObject(call, reader.get(resource, target.namespace, name));
    case "PUT":
      return updateObject(call, { subresource: "status" });
    case "PATCH":
      return patchObject(call, { subresource: "status" });
    default:
      throw methodNotAllowed();
  }
}
