import { apiVersionOf, type KindDescriptor } from "../kinds/descriptor.ts";
import { matchesSelector } from "../meta/selector.ts";
import type { KubeObject } from "../object.ts";
import type { LabelSelector, NamedRuleWithOperations } from "../types.gen.ts";
import type { AdmissionReader, AdmissionRequest } from "./plugin.ts";

/** What a webhook or policy is about. */
export interface MatchTarget {
  readonly rules: readonly NamedRuleWithOperations[];
  readonly excluded?: readonly NamedRuleWithOperations[] | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly objectSelector?: LabelSelector | undefined;
}

/** Whether a request is one that a webhook or policy asks for. */
export function matchesTarget(
  target: MatchTarget,
  request: AdmissionRequest,
  reader: AdmissionReader,
): boolean {
  if (!mayCover(target.rules, request.descriptor)) return false;
  if (!target.rules.some((rule) => ruleCovers(rule, request))) return false;
  if (target.excluded?.some((rule) => ruleCovers(rule, request)) === true) return false;
  return (
    objectSelected(target.objectSelector, request) &&
    namespaceSelected(target.namespaceSelector, request, reader)
  );
}

type Rules = MatchTarget["rules"];
const coverage = new WeakMap<Rules, WeakMap<KindDescriptor, boolean>>();

/** Whether rules can concern a kind at all; looked at once for each kind, so that other kinds' writes pay next to nothing. */
function mayCover(rules: Rules, descriptor: KindDescriptor): boolean {
  let known = coverage.get(rules);
  if (known === undefined) {
    known = new WeakMap();
    coverage.set(rules, known);
  }
  let may = known.get(descriptor);
  if (may === undefined) {
    may = rules.some(
      ({ apiGroups, resources = [] }) =>
        [descriptor, ...descriptor.otherVersions].some(({ group }) => covers(apiGroups, group)) &&
        resources.some((pattern) => {
          const [plural] = pattern.split("/");
          return plural === "*" || plural === descriptor.plural;
        }),
    );
    known.set(descriptor, may);
  }
  return may;
}

function ruleCovers(rule: NamedRuleWithOperations, request: AdmissionRequest): boolean {
  const { descriptor, operation, subresource, name } = request;
  const resource =
    subresource === undefined ? descriptor.plural : `${descriptor.plural}/${subresource}`;
  const scope = rule.scope ?? "*";
  const named = rule.resourceNames ?? [];
  return (
    covers(rule.operations, operation) &&
    [descriptor, ...descriptor.otherVersions].some(
      ({ group, version }) => covers(rule.apiGroups, group) && covers(rule.apiVersions, version),
    ) &&
    (rule.resources ?? []).some((pattern) => resourceMatches(pattern, resource)) &&
    (scope === "*" || (scope === "Namespaced") === descriptor.namespaced) &&
    (named.length === 0 || named.includes(name))
  );
}

function covers(list: readonly string[] | undefined, value: string): boolean {
  return list?.some((one) => one === "*" || one === value) ?? false;
}

/** `pods`, `pods/status`, `pods/*` (with the pods themselves), `*`, `*` + `/status`, or all of all. */
function resourceMatches(pattern: string, resource: string): boolean {
  if (pattern === "*/*" || pattern === resource) return true;
  const [wanted = "", wantedDoor] = pattern.split("/");
  const [plural = "", door] = resource.split("/");
  if (wanted !== "*" && wanted !== plural) return false;
  return wantedDoor === "*" || wantedDoor === door;
}

function objectSelected(selector: LabelSelector | undefined, request: AdmissionRequest): boolean {
  if (selector === undefined) return true;
  const matches = matchesSelector(selector);
  const of = (object: KubeObject | undefined) =>
    object !== undefined && matches(object.metadata.labels);
  return of(request.object) || of(request.before);
}

function namespaceSelected(
  selector: LabelSelector | undefined,
  { namespace, descriptor, object, before }: AdmissionRequest,
  reader: AdmissionReader,
): boolean {
  if (selector === undefined) return true;
  const own = descriptor.kind === "Namespace" ? (object ?? before) : undefined;
  const home = namespace === undefined ? own : reader.get("Namespace", namespace);
  if (home === undefined) return namespace === undefined;
  return matchesSelector(selector)(home.metadata.labels);
}

/** What expressions know as `request`. */
export function requestFacts(request: AdmissionRequest): Readonly<Record<string, unknown>> {
  const { descriptor, operation, subresource = "", namespace = "", name, user, dryRun } = request;
  const { group, version, kind, plural } = descriptor;
  return {
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    subResource: subresource,
    requestKind: { group, version, kind },
    requestResource: { group, version, resource: plural },
    requestSubResource: subresource,
    apiVersion: apiVersionOf(descriptor),
    name,
    namespace,
    operation,
    userInfo: { username: user.name, groups: [...(user.groups ?? [])] },
    dryRun,
  };
}
