import type { KubeObject } from "../object.ts";
import type { FieldError } from "../validation/field-error.ts";
import { generalUpdateErrors, metaUpdateErrors, objectMetaErrors } from "../validation/meta.ts";
import { dnsSubdomainErrors } from "../validation/names.ts";
import type { KindDescriptor } from "./descriptor.ts";

const NONE: readonly FieldError[] = [];
const UPDATE_ONLY = ["update"] as const;

/**
 * A descriptor whose checks include the metadata. Errors of changed metadata come more than once, as upstream has them: from the
 * generic registry, and from the kind's own validation, which may look at the change, at the object as if it were new, or at both.
 */
export function withChecks(descriptor: KindDescriptor): KindDescriptor {
  const { namespaced, nameRule = dnsSubdomainErrors, metaOnUpdate = UPDATE_ONLY } = descriptor;
  const { validateCreate, validateUpdate, validateStatusUpdate } = descriptor;
  const rules = { namespaced, name: nameRule };
  const changed = (
    next: KubeObject,
    before: KubeObject,
    order: readonly ("create" | "update")[],
  ): readonly FieldError[] => {
    // What was stored was good.
    if (next.metadata === before.metadata) return NONE;
    const errors: FieldError[] = [...generalUpdateErrors(next.metadata, before.metadata)];
    for (const kind of order) {
      if (kind === "create") errors.push(...objectMetaErrors(next.metadata, rules));
      else errors.push(...metaUpdateErrors(next.metadata, before.metadata));
    }
    return errors;
  };
  return {
    ...descriptor,
    validateCreate: (object, context) => {
      const meta = objectMetaErrors(object.metadata, rules);
      const own = validateCreate?.(object, context) ?? [];
      return meta.length === 0 ? own : [...meta, ...own];
    },
    validateUpdate: (next, before, context) => {
      const meta = changed(next, before, metaOnUpdate);
      const check = validateUpdate ?? validateCreate;
      const own = check?.(next, before as never, context) ?? [];
      return meta.length === 0 ? own : [...meta, ...own];
    },
    validateStatusUpdate: (next, before, context) => {
      const meta = changed(next, before, UPDATE_ONLY);
      const own = validateStatusUpdate?.(next, before, context) ?? [];
      return meta.length === 0 ? own : [...meta, ...own];
    },
  };
}
