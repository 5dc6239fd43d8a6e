import type { KindPrinter, PrintContext } from "../kinds/columns/printer.ts";
import type { KubeObject } from "../object.ts";
import type { Representation } from "./media.ts";
import type { Resource } from "./resource.ts";

/** metadata of a list. */
export interface ListMeta {
  readonly resourceVersion?: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

const META_V1 = "meta.k8s.io/v1";

/** Metadata alone, as `kubectl` asks for it beside tables. */
function partial(object: KubeObject): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: META_V1, metadata: object.metadata };
}

/** What rows of a table carry beside their cells. */
export type IncludeObject = "None" | "Metadata" | "Object";

function row(
  object: KubeObject,
  resource: Resource,
  printer: KindPrinter,
  context: PrintContext,
  include: IncludeObject,
): unknown {
  const cells = printer.cells(object, context);
  const conditions = printer.conditions?.(object);
  const seen = conditions === undefined ? { cells } : { cells, conditions };
  if (include === "None") return { ...seen, object: null };
  return { ...seen, object: include === "Object" ? resource.present(object) : partial(object) };
}

/** A Table of objects. Column definitions are left out of all but the first table of a watch. */
export function table(
  objects: readonly KubeObject[],
  resource: Resource,
  metadata: ListMeta,
  context: PrintContext,
  include: IncludeObject,
  withColumns = true,
): unknown {
  const { printer } = resource;
  const ordered = printer.order === undefined ? objects : objects.toSorted(printer.order);
  return {
    kind: "Table",
    apiVersion: META_V1,
    metadata,
    columnDefinitions: withColumns ? printer.columns : null,
    rows: ordered.map((object) => row(object, resource, printer, context, include)),
  };
}

/** One object as the client wants it. */
export function presentObject(
  object: KubeObject,
  resource: Resource,
  { as }: Representation,
  context: PrintContext,
  include: IncludeObject = "Metadata",
): unknown {
  if (as === "table") {
    const { resourceVersion } = object.metadata;
    return table([object], resource, { resourceVersion }, context, include);
  }
  return as === "metadata" ? partial(object) : resource.present(object);
}

/** A list as the client wants it. */
export function presentList(
  objects: readonly KubeObject[],
  resource: Resource,
  metadata: ListMeta,
  { as }: Representation,
  context: PrintContext,
  include: IncludeObject = "Metadata",
): unknown {
  if (as === "table") return table(objects, resource, metadata, context, include);
  if (as === "metadata") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: META_V1,
      metadata,
      items: objects.map(partial),
    };
  }
  const { listKind, apiVersion, custom } = resource;
  const shown = objects.map(resource.present);
  return {
    kind: listKind,
    apiVersion,
    metadata,
    items: custom === undefined ? shown.map(withoutType) : shown,
  };
}

const untyped = new WeakMap<KubeObject, unknown>();

/** Items of a typed list do not repeat what they are. */
function withoutType(object: KubeObject): unknown {
  let known = untyped.get(object);
  if (known === undefined) {
    const { apiVersion: _, kind: __, ...rest } = object;
    known = rest;
    untyped.set(object, known);
  }
  return known;
}
