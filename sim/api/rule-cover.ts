import type { PolicyRule } from "./types.gen.ts";
import { goQuote } from "./validation/go-text.ts";

/*
 * Whether one set of RBAC rules covers another: what is asked for is broken down to rules of one verb and one resource,
 * each of which a single rule of the owner must cover.
 */

/** What of the wanted rules the owner's rules do not cover, as texts of upstream's form: sorted, verbs of one resource together. */
export function uncovered(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly string[] {
  const missing = wanted
    .flatMap(brokenDown)
    .filter((rule) => !owned.some((one) => ruleCovers(one, rule)));
  return [...new Set(compacted(missing).map(ruleText))].sort();
}

function brokenDown({
  verbs = [],
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): readonly PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const group of apiGroups)
    for (const resource of resources)
      for (const verb of verbs) {
        const rule = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) rules.push(rule);
        for (const name of resourceNames) rules.push({ ...rule, resourceNames: [name] });
      }
  for (const url of nonResourceURLs)
    for (const verb of verbs) rules.push({ nonResourceURLs: [url], verbs: [verb] });
  return rules;
}

function ruleCovers(owner: PolicyRule, rule: PolicyRule): boolean {
  const named = owner.resourceNames ?? [];
  const names = rule.resourceNames ?? [];
  return (
    hasAll(owner.verbs, rule.verbs) &&
    hasAll(owner.apiGroups, rule.apiGroups) &&
    (rule.resources ?? []).every((one) => resourceCovered(owner.resources ?? [], one)) &&
    (named.length === 0 || (names.length > 0 && names.every((one) => named.includes(one)))) &&
    (rule.nonResourceURLs ?? []).every((one) => pathCovered(owner.nonResourceURLs ?? [], one))
  );
}

function hasAll(owned: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return owned.includes("*") || wanted.every((one) => owned.includes(one));
}

function resourceCovered(owned: readonly string[], resource: string): boolean {
  if (owned.includes("*") || owned.includes(resource)) return true;
  const slash = resource.indexOf("/");
  return slash >= 0 && owned.includes(`*${resource.slice(slash)}`);
}

function pathCovered(owned: readonly string[], path: string): boolean {
  return owned.some(
    (one) => one === path || (one.endsWith("*") && path.startsWith(one.replace(/\*+$/, ""))),
  );
}

/** Puts the verbs together of rules that differ by nothing else. */
function compacted(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    if (rule.resourceNames !== undefined || rule.resources === undefined) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources]);
    const known = simple.get(key);
    simple.set(key, { ...rule, verbs: [...(known?.verbs ?? []), ...rule.verbs] });
  }
  return [...others, ...simple.values()];
}

function ruleText(rule: PolicyRule): string {
  const parts = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ] as const;
  const shown = parts.flatMap(([name, list = []]) =>
    list.length === 0 ? [] : [`${name}:${quotedList(list)}`],
  );
  return `{${shown.join(", ")}}`;
}

/** A list as Go's `%q` shows it. */
export function quotedList(list: readonly string[]): string {
  return `[${list.map(goQuote).join(" ")}]`;
}
