import { goKind, isObject, type JsonObject } from "./json-value.ts";
import { badPatch } from "./patch-error.ts";

/**
 * Applies a JSON merge patch (RFC 7386): null takes a member away, objects are merged, all else is replaced.
 * Throws `ApiError` 400 when the patch is no object.
 */
export function applyMergePatch<T>(object: T, patch: unknown): T {
  if (!isObject(patch))
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`,
    );
  return merge(object, patch) as T;
}

function merge(target: unknown, patch: JsonObject): JsonObject {
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, isObject(value) ? merge(result.get(key), value) : value);
  }
  return Object.fromEntries(result);
}
