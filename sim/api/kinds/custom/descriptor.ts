import type { CustomResourceDefinition } from "../../types.gen.ts";
import { describeKind, type KindDescriptor } from "../descriptor.ts";

/** Descriptor of the kind that a definition adds. */
export function customDescriptor(definition: CustomResourceDefinition): KindDescriptor {
  const { group, names, scope } = definition.spec;
  return describeKind({
    kind: names.kind,
    group,
    plural: names.plural,
    clusterScoped: scope === "Cluster",
    hasGeneration: true,
  });
}
