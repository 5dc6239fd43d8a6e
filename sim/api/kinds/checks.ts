import { metaUpdateErrors, objectMetaErrors } from "../validation/meta.ts";
import { dnsSubdomainErrors } from "../validation/names.ts";
import type { KindDescriptor } from "./descriptor.ts";

/**
 * A descriptor whose checks include the metadata. Errors of changed metadata come twice, as upstream has them: once from
 * the generic registry, once from the kind's own validation.
 */
export function withChecks(descriptor: KindDescriptor): KindDescriptor {
  const { namespaced, nameRule = dnsSubdomainErrors } = descriptor;
  const { validateCreate, validateUpdate, validateStatusUpdate } = descriptor;
  const rules = { namespaced, name: nameRule };
  return {
    ...descriptor,
    validateCreate: (object, context) => {
      const meta = objectMetaErrors(object.metadata, rules);
      const own = validateCreate?.(object, context) ?? [];
      return meta.length === 0 ? own : [...meta, ...own];
    },
    validateUpdate: (next, before, context) => {
      const meta = metaUpdateErrors(next.metadata, before.metadata);
      const check = validateUpdate ?? validateCreate;
      const own = check?.(next, before as never, context) ?? [];
      return meta.length === 0 ? own : [...meta, ...meta, ...own];
    },
    validateStatusUpdate: (next, before, context) => {
      const meta = metaUpdateErrors(next.metadata, before.metadata);
      const own = validateStatusUpdate?.(next, before, context) ?? [];
      return meta.length === 0 ? own : [...meta, ...meta, ...own];
    },
  };
}
