import { kindName } from "../../kinds/error-names.ts";
import { matchesSelector } from "../../meta/selector.ts";
import { type KubeObject, makeKey } from "../../object.ts";
import type {
  MatchCondition,
  MatchResources,
  ParamKind,
  ParamRef,
  Variable,
} from "../../types.gen.ts";
import type { AdmissionReader, AdmissionRequest } from "../plugin.ts";
import { matchesTarget } from "../rule-match.ts";

/** Objects of admission itself are beyond policies: a bad policy must stay removable. */
const EXEMPT_GROUP = "admissionregistration.k8s.io";

/** What both kinds of policies have. */
export interface PolicyLike extends KubeObject {
  readonly spec?: {
    readonly failurePolicy?: string;
    readonly matchConditions?: readonly MatchCondition[];
    readonly matchConstraints?: MatchResources;
    readonly paramKind?: ParamKind;
    readonly variables?: readonly Variable[];
  };
}

/** What the bindings of both kinds have. */
export interface BindingLike extends KubeObject {
  readonly spec?: {
    readonly matchResources?: MatchResources;
    readonly paramRef?: ParamRef;
    readonly policyName?: string;
  };
}

/** A policy that concerns a request, by one of its bindings. */
export interface Concern<P, B> {
  readonly policy: P;
  readonly binding: B;
  /** What it is to be evaluated with: one object or none for each evaluation; or why that cannot be known. */
  readonly params: readonly (KubeObject | undefined)[] | { readonly error: string };
}

/** The policies of a kind that concern a request, by name and then by binding. Costs nothing where there are none. */
export function concernsOf<P extends PolicyLike, B extends BindingLike>(
  kind: string,
  request: AdmissionRequest,
  reader: AdmissionReader,
): readonly Concern<P, B>[] {
  if (request.descriptor.group === EXEMPT_GROUP) return [];
  let concerns: Concern<P, B>[] | undefined;
  for (const object of reader.list(`${kind}Binding`)) {
    const binding = object as B;
    const policy = reader.get(kind, binding.spec?.policyName ?? "") as P | undefined;
    if (policy === undefined || !isConcerned(policy, binding, request, reader)) continue;
    concerns ??= [];
    concerns.push({ policy, binding, params: paramsOf(policy, binding, request, reader) });
  }
  return concerns?.sort(byName) ?? [];
}

function byName(
  one: { readonly policy: KubeObject; readonly binding: KubeObject },
  other: { readonly policy: KubeObject; readonly binding: KubeObject },
): number {
  const key = ({ policy, binding }: typeof one) =>
    `${policy.metadata.name}/${binding.metadata.name}`;
  return key(one) < key(other) ? -1 : 1;
}

function isConcerned(
  { spec }: PolicyLike,
  binding: BindingLike,
  request: AdmissionRequest,
  reader: AdmissionReader,
): boolean {
  const within = (resources: MatchResources | undefined, fallback: typeof ANYTHING): boolean =>
    resources === undefined ||
    matchesTarget(
      {
        rules: resources.resourceRules ?? fallback,
        excluded: resources.excludeResourceRules,
        namespaceSelector: resources.namespaceSelector,
        objectSelector: resources.objectSelector,
      },
      request,
      reader,
    );
  return (
    spec?.matchConstraints !== undefined &&
    within(spec.matchConstraints, []) &&
    within(binding.spec?.matchResources, ANYTHING)
  );
}

const ANYTHING = [{ apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] }];

const NO_PARAMS = "no params found for policy binding with `Deny` parameterNotFoundAction";

/** generic `CollectParams`. */
function paramsOf(
  { spec }: PolicyLike,
  binding: BindingLike,
  { namespace }: AdmissionRequest,
  reader: AdmissionReader,
): readonly (KubeObject | undefined)[] | { readonly error: string } {
  const paramKind = spec?.paramKind;
  const paramRef = binding.spec?.paramRef;
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const { name = "", selector } = paramRef;
  if (name === "" && selector === undefined)
    return { error: "one of name or selector must be provided" };
  const home = paramRef.namespace ?? namespace;
  const found =
    name === ""
      ? selected(paramKind, home, selector, reader)
      : named(paramKind, home, name, reader);
  if (found.length > 0 || paramRef.parameterNotFoundAction !== "Deny") return found;
  return { error: NO_PARAMS };
}

/** Kinds of one name in several groups are stored under different names. */
function storedKinds({ apiVersion = "", kind = "" }: ParamKind): readonly string[] {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return [kind, kindName({ group, kind })];
}

function named(
  kind: ParamKind,
  namespace: string | undefined,
  name: string,
  reader: AdmissionReader,
): readonly KubeObject[] {
  for (const stored of storedKinds(kind)) {
    const found =
      reader.get(stored, makeKey(namespace, name)) ?? reader.get(stored, makeKey(undefined, name));
    if (found !== undefined && found.apiVersion === kind.apiVersion) return [found];
  }
  return [];
}

function selected(
  kind: ParamKind,
  namespace: string | undefined,
  selector: ParamRef["selector"],
  reader: AdmissionReader,
): readonly KubeObject[] {
  const matches = matchesSelector(selector);
  for (const stored of storedKinds(kind)) {
    const all = [...reader.list(stored)].filter(
      ({ apiVersion, metadata }) =>
        apiVersion === kind.apiVersion &&
        (metadata.namespace === undefined || metadata.namespace === namespace) &&
        matches(metadata.labels),
    );
    if (all.length > 0) return all;
  }
  return [];
}
