import { structType, type TypeRef } from "./types.ts";

/** Names of the fields that an object of a type (`apps.v1.Deployment`) may have at a place in it; none where anything may be. */
export function fieldsAt(type: string, path: readonly (string | number)[]): readonly string[] {
  let at: TypeRef | undefined = { tag: "struct", name: type, goName: "" };
  for (const part of path) {
    if (at === undefined) return [];
    if (at.tag === "list" || at.tag === "map") at = at.item;
    else if (at.tag === "struct") at = structType(at.name)?.fields.get(String(part))?.type;
    else return [];
  }
  return at?.tag === "struct" ? [...(structType(at.name)?.fields.keys() ?? [])] : [];
}
