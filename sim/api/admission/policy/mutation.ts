import { ApiError } from "../../api-error.ts";
import { plainValue, Struct } from "../../cel/values.ts";
import type { KindDescriptor } from "../../kinds/descriptor.ts";
import type { KubeObject } from "../../object.ts";
import { applyJsonPatch } from "../../patch/json-patch.ts";
import { isObject } from "../../patch/json-value.ts";
import {
  builtInSchema,
  customSchema,
  itemNode,
  type MergeNode,
  memberNode,
  settle,
} from "../../patch/merge-schema.ts";
import { mergeTyped } from "../../patch/typed-value.ts";
import type { CustomResourceDefinition } from "../../types.gen.ts";
import type { AdmissionReader } from "../plugin.ts";

/** Why a mutation could not be applied. */
export class MutationError extends Error {
  override readonly name = "MutationError";
}

/** Applies a list of `JSONPatch{op, path, from, value}`. A failed test changes nothing. Throws `MutationError`. */
export function applyPatchList(object: KubeObject, value: unknown): KubeObject {
  if (!Array.isArray(value))
    throw new MutationError("type mismatch: JSONPatchType.expression should evaluate to array");
  const operations = value.map((entry: unknown) => {
    if (!(entry instanceof Struct) || Struct.typeOf(entry) !== "JSONPatch") {
      throw new MutationError(
        "type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch",
      );
    }
    const held = (entry as { readonly value?: unknown }).value;
    if (held instanceof Struct) checkTypeNames(held);
    return plainValue(entry);
  });
  let next = object;
  for (const operation of operations) {
    try {
      next = applyJsonPatch(next, [operation]);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { op, path = "" } = operation as { readonly op?: string; readonly path?: string };
      if (op === "test") return object;
      throw new MutationError(`JSONPath: ${patchProblem(next, op, path) ?? error.message}`);
    }
  }
  return next;
}

/** Why an operation does not apply, in the words of upstream's library. */
function patchProblem(object: unknown, op: string | undefined, path: string): string | undefined {
  const steps = path.split("/").slice(1);
  const key = (steps.pop() ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
  let holder: unknown = object;
  for (const step of steps)
    holder =
      isObject(holder) || Array.isArray(holder)
        ? Reflect.get(holder, step.replaceAll("~1", "/"))
        : undefined;
  const missing = !isObject(holder) && !Array.isArray(holder);
  if (op === "replace")
    return `replace operation does not apply: doc is missing key: ${path}: missing value`;
  if (missing && (op === "add" || op === "remove"))
    return `${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`;
  if (op !== "remove") return undefined;
  return `error in remove for path: '${path}': unable to remove nonexistent key: ${key}: missing value`;
}

/** Merges an `Object{…}` into an object as server-side apply would, without owners. Throws `MutationError`. */
export function applyConfiguration(
  object: KubeObject,
  value: unknown,
  descriptor: KindDescriptor,
  reader: AdmissionReader,
): KubeObject {
  if (!(value instanceof Struct) || !/^Object(\.|$)/.test(Struct.typeOf(value))) {
    throw new MutationError(
      "must evaluate to Object but got a value of another type from ApplyConfiguration expression",
    );
  }
  checkTypeNames(value);
  const applied = plainValue(value);
  const schema = schemaOf(descriptor, reader);
  const atomics = atomicPaths(applied, schema, "");
  if (atomics.length > 0) {
    const paths = atomics.join(", ");
    throw new MutationError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${paths}`,
    );
  }
  return mergeTyped(object, applied, schema) as KubeObject;
}

function schemaOf(
  { type, plural, group, version }: KindDescriptor,
  reader: AdmissionReader,
): MergeNode {
  if (type !== undefined) return builtInSchema(type);
  const definition = reader.get("CustomResourceDefinition", `${plural}.${group}`) as
    | CustomResourceDefinition
    | undefined;
  const found = definition?.spec.versions.find(({ name }) => name === version);
  return customSchema(found?.schema?.openAPIV3Schema);
}

/** An object literal must be named by the path of fields that it stands at. */
function checkTypeNames(value: unknown, expected = Struct.typeOf(value as Struct)): void {
  if (Array.isArray(value)) {
    for (const item of value) checkTypeNames(item, expected);
    return;
  }
  if (!(value instanceof Struct)) return;
  const found = Struct.typeOf(value);
  if (found !== expected) {
    throw new MutationError(
      `type mismatch: unexpected type name ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}, which matches field name path from root Object type`,
    );
  }
  for (const [field, inner] of Object.entries(value)) checkTypeNames(inner, `${expected}.${field}`);
}

/** Paths of what can only be written whole. */
function atomicPaths(value: unknown, schema: MergeNode, path: string): readonly string[] {
  if (!Array.isArray(value) && !isObject(value)) return [];
  const node = settle(schema, value);
  if (node.tag === "leaf") return [path];
  if (Array.isArray(value)) {
    if (node.tag !== "items") return [];
    return value.flatMap((item, at) => atomicPaths(item, itemNode(node), `${path}[${at}]`));
  }
  if (node.tag !== "fields") return [];
  return Object.entries(value).flatMap(([name, member]) =>
    atomicPaths(member, memberNode(node, name).node, `${path}.${name}`),
  );
}
