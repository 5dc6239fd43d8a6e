import type { Micros } from "../../engine/time.ts";
import type { KubeObject } from "../object.ts";
import type { Decoded } from "../schema/decode.ts";
import type { FieldError } from "../validation/field-error.ts";

/** Doors of a resource beside its own; what each does is the REST layer's. */
export type Subresource =
  | "approval"
  | "attach"
  | "binding"
  | "ephemeralcontainers"
  | "eviction"
  | "exec"
  | "finalize"
  | "log"
  | "portforward"
  | "proxy"
  | "resize"
  | "scale"
  | "status"
  | "token";

/** Verbs of discovery. */
export type Verb =
  | "create"
  | "delete"
  | "deletecollection"
  | "get"
  | "list"
  | "patch"
  | "update"
  | "watch";

/** What validation may know beside the object. */
export interface ValidationContext {
  /** Virtual time; rules about deadlines read it. */
  readonly now?: Micros;
  /** The version that the client wrote in; missing for writes that did not come over REST. */
  readonly served?: string;
}

/** Another served version of a kind; objects are stored in the preferred one. */
export interface OtherVersion {
  readonly group: string;
  readonly version: string;
  /** Name of its type in schema/table.gen.ts. */
  readonly type: string;
  /** From this version to the stored one. Runs before defaults. */
  readonly toStored: (object: KubeObject) => KubeObject;
  /** From the stored version to this one. */
  readonly fromStored: (object: KubeObject) => KubeObject;
}

/** A rule of one kind: how its objects are completed and what they may look like. All members are pure. */
export interface KindBehaviour {
  /** Fills in defaults; the same object when there is nothing to fill in. Where there is a clock, times that were left out, too. */
  readonly defaults?: (object: KubeObject, now?: Micros) => KubeObject;
  /** What upstream's strategy does to a new object beyond dropping status and setting generation. */
  readonly prepareCreate?: (object: KubeObject) => KubeObject;
  /** What defaults fill in only when the new object is read back from storage, after it was validated. */
  readonly readBack?: (object: KubeObject) => KubeObject;
  /** What upstream's strategy does to the next version beyond keeping status and counting generations. */
  readonly prepareUpdate?: (next: KubeObject, before: KubeObject) => KubeObject;
  readonly prepareStatusUpdate?: (next: KubeObject, before: KubeObject, now: Micros) => KubeObject;
  /** Which part counts for metadata.generation; the spec when absent. */
  readonly generationOf?: (object: KubeObject) => unknown;
  readonly validateCreate?: (
    object: KubeObject,
    context: ValidationContext,
  ) => readonly FieldError[];
  readonly validateUpdate?: (
    next: KubeObject,
    before: KubeObject,
    context: ValidationContext,
  ) => readonly FieldError[];
  readonly validateStatusUpdate?: (
    next: KubeObject,
    before: KubeObject,
    context: ValidationContext,
  ) => readonly FieldError[];
  /** Which checks of metadata an update makes beside the generic registry's; upstream's kinds differ. The change alone when absent. */
  readonly metaOnUpdate?: readonly ("create" | "update")[];
  /** Decoding of kinds that are not in the schema table (custom resources); answers the stored version. */
  readonly decode?: (version: string, json: unknown) => Decoded;
  /** Printing of such kinds. */
  readonly print?: (version: string, object: KubeObject) => KubeObject;
  /** What is wrong with a name; DNS subdomains when absent. */
  readonly nameRule?: (name: string) => readonly string[];
  /** Texts for the `Warning:` header. */
  readonly warnings?: (object: KubeObject, before?: KubeObject) => readonly string[];
}

/** Everything the API knows about a kind. Facts as discovery lists them. */
export interface KindDescriptor extends KindBehaviour {
  /** The kind as objects carry it. */
  readonly kind: string;
  /** API group, empty for core. */
  readonly group: string;
  /** The preferred version: also the stored one. */
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Name of its type in schema/table.gen.ts; undefined for custom resources. */
  readonly type: string | undefined;
  readonly subresources: readonly Subresource[];
  readonly verbs: readonly Verb[];
  /** Whether metadata.generation counts changes of the spec. */
  readonly hasGeneration: boolean;
  /** Whether create and plain update ignore the status (there is a status door). */
  readonly hasStatus: boolean;
  /** Whether a new object may come with its status nevertheless. */
  readonly bringsStatus?: boolean;
  /** Whether an update may leave the resourceVersion out; otherwise the answer is 422. */
  readonly unconditionalUpdate: boolean;
  readonly otherVersions: readonly OtherVersion[];
  /** Field selectors beyond metadata.name and metadata.namespace, with how each is read. */
  readonly selectableFields: Readonly<Record<string, (object: KubeObject) => string>>;
}

/** `v1`, `apps/v1`. */
export function apiVersionOf(descriptor: { group: string; version: string }): string {
  return descriptor.group === "" ? descriptor.version : `${descriptor.group}/${descriptor.version}`;
}

const allVerbs: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

/** The facts of a kind, as short as they can be written; the rest is derived. */
export interface KindFacts extends KindBehaviour {
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly plural: string;
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly clusterScoped?: boolean;
  readonly type?: string;
  readonly singular?: string;
  readonly subresources?: readonly Subresource[];
  readonly verbs?: readonly Verb[];
  readonly hasGeneration?: boolean;
  readonly hasStatus?: boolean;
  readonly bringsStatus?: boolean;
  readonly unconditionalUpdate?: boolean;
  readonly otherVersions?: readonly OtherVersion[];
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>;
}

/** Completes the facts of a kind to its descriptor. */
export function describeKind(facts: KindFacts): KindDescriptor {
  const { short, clusterScoped, ...rest } = facts;
  const { group = "", version = "v1" } = facts;
  const typeGroup = group === "" ? "core" : (group.split(".")[0] ?? group);
  const subresources = facts.subresources ?? [];
  return {
    singular: facts.kind.toLowerCase(),
    categories: [],
    otherVersions: [],
    selectableFields: {},
    verbs: allVerbs,
    type: `${typeGroup}.${version}.${facts.kind}`,
    hasGeneration: false,
    unconditionalUpdate: true,
    hasStatus: subresources.includes("status"),
    ...rest,
    group,
    version,
    subresources,
    shortNames: short ?? [],
    namespaced: clusterScoped !== true,
  };
}
