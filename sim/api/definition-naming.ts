import { deepEqual } from "./meta/equal.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from "./types.gen.ts";

/*
 * Names of custom resources, as upstream's naming controller gives them out: of a group, the first one to ask for a name has
 * it; who comes later keeps the names that were accepted before and is told of the last conflict.
 */

/** Whether a definition is served. */
export function isEstablished(definition: CustomResourceDefinition): boolean {
  return isSo(definition, "Established");
}

/** Whether a definition and its objects are being deleted. */
export function isTerminating(definition: CustomResourceDefinition): boolean {
  return isSo(definition, "Terminating");
}

function isSo({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === "True") ?? false;
}

/** Whether a definition has the names it asks for. */
export function hasItsNames({ spec, status }: CustomResourceDefinition): boolean {
  return deepEqual(spec.names, status?.acceptedNames);
}

/** The definition as it is served: by its accepted names. */
export function asAccepted(definition: CustomResourceDefinition): CustomResourceDefinition {
  const { spec, status } = definition;
  if (status?.acceptedNames === undefined || hasItsNames(definition)) return definition;
  return { ...definition, spec: { ...spec, names: status.acceptedNames } };
}

/** What a definition gets of the names it asks for. */
export interface Naming {
  readonly acceptedNames: CustomResourceDefinitionNames;
  /** Of the condition `NamesAccepted`. */
  readonly condition: {
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  };
}

/** Gives a definition the names that no definition of its group has, itself included. */
export function acceptNames(
  { spec, status }: CustomResourceDefinition,
  group: Iterable<CustomResourceDefinition>,
): Naming {
  const asked = spec.names;
  const had = status?.acceptedNames ?? { plural: "", kind: "" };
  const { resources, kinds } = takenNames(group);
  let accepted: CustomResourceDefinitionNames = had;
  let conflict: Naming["condition"] | undefined;
  const accept = (
    field: "plural" | "singular" | "shortNames" | "kind" | "listKind",
    reason: string,
    taken: readonly string[],
  ): void => {
    if (taken.length === 0) {
      const { [field]: _, ...rest } = accepted;
      const wanted = asked[field];
      accepted = { ...rest, ...(wanted === undefined ? {} : { [field]: wanted }) } as typeof had;
      return;
    }
    const texts = [...new Set(taken.map((name) => `${JSON.stringify(name)} is already in use`))];
    const message = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
    conflict = { status: "False", reason, message };
  };
  const taken = (wanted = "", own = "", used: ReadonlySet<string> = resources) =>
    wanted !== own && used.has(wanted) ? [wanted] : [];
  accept("plural", "PluralConflict", taken(asked.plural, had.plural));
  accept("singular", "SingularConflict", taken(asked.singular, had.singular));
  const own = [...(had.shortNames ?? []), had.plural, had.singular];
  const short = (asked.shortNames ?? []).filter((name) => !own.includes(name));
  accept(
    "shortNames",
    "ShortNamesConflict",
    short.filter((name) => resources.has(name)),
  );
  accept("kind", "KindConflict", taken(asked.kind, had.kind, kinds));
  accept("listKind", "ListKindConflict", taken(asked.listKind, had.listKind, kinds));
  const { categories: _, ...names } = accepted;
  const { categories } = asked;
  return {
    acceptedNames: { ...names, ...(categories === undefined ? {} : { categories }) },
    condition: conflict ?? { status: "True", reason: "NoConflicts", message: "no conflicts found" },
  };
}

function takenNames(group: Iterable<CustomResourceDefinition>) {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of group) {
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}
