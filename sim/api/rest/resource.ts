import { customResourcePrinter } from "../kinds/columns/custom-resource.ts";
import type { KindPrinter } from "../kinds/columns/printer.ts";
import { printerOf } from "../kinds/columns/printers.ts";
import { apiVersionOf, type KindDescriptor } from "../kinds/descriptor.ts";
import { printObject } from "../kinds/strategy.ts";
import type { KubeObject } from "../object.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from "../types.gen.ts";

/** A kind as one of its served versions shows it. */
export interface Resource {
  readonly descriptor: KindDescriptor;
  /** Name of the kind in the store. */
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  /** Type of the version in schema/table.gen.ts; undefined for custom resources. */
  readonly type: string | undefined;
  readonly listKind: string;
  readonly printer: KindPrinter;
  /** What the definition says of the version, of a custom resource. */
  readonly custom: CustomResourceDefinitionVersion | undefined;
  /** A stored object in this version, with the fields that Go never leaves out. */
  readonly present: (object: KubeObject) => KubeObject;
}

/** The view of a built-in kind in a served version; undefined when it is not served in it. */
export function builtInResource(
  descriptor: KindDescriptor,
  group: string,
  version: string,
): Resource | undefined {
  const served = { group, version };
  const stored = group === descriptor.group && version === descriptor.version;
  const other = descriptor.otherVersions.find(
    (one) => one.group === group && one.version === version,
  );
  if (!stored && other === undefined) return undefined;
  const convert = (object: KubeObject) => printObject(descriptor, served, object);
  return {
    descriptor,
    kind: descriptor.kind,
    group,
    version,
    apiVersion: apiVersionOf(served),
    type: other === undefined ? descriptor.type : other.type,
    listKind: `${descriptor.kind}List`,
    printer: printerOf(descriptor.kind),
    custom: undefined,
    present: other === undefined ? convert : remembered(convert),
  };
}

/** The view of a custom kind in a version that its definition serves. */
export function customResource(
  descriptor: KindDescriptor,
  kind: string,
  definition: CustomResourceDefinition,
  version: string,
): Resource | undefined {
  const custom = definition.spec.versions.find(({ name, served }) => name === version && served);
  if (custom === undefined) return undefined;
  const { group } = descriptor;
  const served = { group, version };
  return {
    descriptor,
    kind,
    group,
    version,
    apiVersion: apiVersionOf(served),
    type: undefined,
    listKind: definition.spec.names.listKind ?? `${descriptor.kind}List`,
    printer: customResourcePrinter(custom.additionalPrinterColumns),
    custom,
    present: remembered((object) => printObject(descriptor, served, object)),
  };
}

/** Objects are immutable, so what a conversion gave for one holds for ever. */
function remembered(convert: (object: KubeObject) => KubeObject): typeof convert {
  const known = new WeakMap<KubeObject, KubeObject>();
  return (object) => {
    let converted = known.get(object);
    if (converted === undefined) {
      converted = convert(object);
      known.set(object, converted);
    }
    return converted;
  };
}
