import type { KubeObject } from "../object.ts";
import { trackUpdate } from "../patch/managed-fields.ts";
import { builtInSchema, customSchema, type MergeNode } from "../patch/merge-schema.ts";
import { type Call, managerOf } from "./context.ts";
import type { Resource } from "./resource.ts";

/** Called with the object before and after a write; gives the object to store. */
export type Track = (before: KubeObject | undefined, after: KubeObject) => KubeObject;

const customSchemas = new WeakMap<object, MergeNode>();

/** How a resource's fields are told apart by managers. */
export function mergeSchema({ custom, descriptor }: Resource): MergeNode {
  if (custom === undefined) return builtInSchema(descriptor.type);
  let schema = customSchemas.get(custom);
  if (schema === undefined) {
    schema = customSchema(custom.schema?.openAPIV3Schema);
    customSchemas.set(custom, schema);
  }
  return schema;
}

/** Keeps the managed fields of a write up to date. */
export function trackWrite(call: Call, subresource = ""): Track {
  const { resource, api } = call;
  return (before, after) => {
    const managedFields = trackUpdate({
      before,
      after,
      manager: managerOf(call),
      subresource,
      schema: mergeSchema(resource),
      now: api.now,
    });
    return withManagedFields(after, managedFields);
  };
}

/** The object with these managed fields; the same object when it has them. */
function withManagedFields(
  object: KubeObject,
  managedFields: KubeObject["metadata"]["managedFields"],
): KubeObject {
  const { metadata } = object;
  if (metadata.managedFields === managedFields) return object;
  if (managedFields !== undefined && managedFields.length > 0)
    return { ...object, metadata: { ...metadata, managedFields } };
  const { managedFields: _dropped, ...rest } = metadata;
  return { ...object, metadata: rest };
}
