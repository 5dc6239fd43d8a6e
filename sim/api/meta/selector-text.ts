import type { LabelSelector, LabelSelectorRequirement } from "../types.gen.ts";

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function requirementText({ key, operator, values }: LabelSelectorRequirement): string {
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  const word = operator === "NotIn" ? "notin" : "in";
  return `${key} ${word} (${[...(values ?? [])].sort(byCodeUnit).join(",")})`;
}

/** A label selector as queries have it, terms in order of their keys; empty when it selects everything. */
export function selectorQuery(selector: LabelSelector | undefined): string {
  const terms: (readonly [key: string, text: string])[] = [];
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {}))
    terms.push([key, `${key}=${value}`]);
  for (const requirement of selector?.matchExpressions ?? [])
    terms.push([requirement.key, requirementText(requirement)]);
  return terms
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([, text]) => text)
    .join(",");
}

/** Labels as text: in order of the terms, not of the keys, so that `app.kubernetes.io/name=web` precedes `app=web`. */
export function labelsQuery(labels: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort(byCodeUnit)
    .join(",");
}

/** A selector as Go prints one within a message. */
export function goSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "nil";
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const labels = Object.entries(matchLabels)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([key, value]) => `${key}: ${value},`)
    .join("");
  const expressions = matchExpressions
    .map(
      ({ key, operator, values }) =>
        `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(" ")}],},`,
    )
    .join("");
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`;
}
