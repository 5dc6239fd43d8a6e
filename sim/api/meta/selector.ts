import type { LabelSelector } from "../types.gen.ts";

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;
/** A selector prepared once and asked many times. */
export type Matches = (labels: Labels | undefined) => boolean;

const NO_LABELS: Labels = {};

/** One requirement of a selector; operators as in label and node selectors. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Whether labels fulfil one requirement. `Gt` and `Lt` compare integers; a missing key fulfils only `NotIn` and `DoesNotExist`. */
export function requirementHolds(requirement: Requirement, labels: Labels): boolean {
  const value = labels[requirement.key];
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const bound = values[0];
      if (value === undefined || bound === undefined || values.length !== 1) return false;
      if (!/^[+-]?\d+$/.test(value) || !/^[+-]?\d+$/.test(bound)) return false;
      return requirement.operator === "Gt"
        ? BigInt(value) > BigInt(bound)
        : BigInt(value) < BigInt(bound);
    }
    default:
      return false;
  }
}

/** Whether every pair of `wanted` stands in `labels`. */
export function labelsInclude(labels: Labels | undefined, wanted: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

const prepared = new WeakMap<LabelSelector, Matches>();

/** A LabelSelector as a test. A missing selector matches nothing, an empty one everything (Kubernetes' own rule). */
export function matchesSelector(selector: LabelSelector | undefined): Matches {
  if (selector === undefined || selector === null) return () => false;
  const known = prepared.get(selector);
  if (known !== undefined) return known;
  const wanted = selector.matchLabels ?? NO_LABELS;
  const requirements = selector.matchExpressions ?? [];
  const matches: Matches = (labels) =>
    labelsInclude(labels, wanted) &&
    requirements.every((requirement) => requirementHolds(requirement, labels ?? NO_LABELS));
  prepared.set(selector, matches);
  return matches;
}

const TERM =
  /^\s*(!?)\s*([^\s!=,()]+)\s*(?:(==|=|!=|\s+in\s+|\s+notin\s+|>|<)\s*(\([^)]*\)|[^,()\s]*)\s*)?$/;

/**
 * Parses the text form of a selector (`app=web,tier in (a,b),!gone`).
 * Returns the requirements, or the text of what could not be read.
 */
export function parseSelector(text: string): readonly Requirement[] | string {
  const requirements: Requirement[] = [];
  for (const part of splitOutsideParentheses(text)) {
    if (part.trim() === "") continue;
    const match = TERM.exec(part);
    if (match === null) return part.trim();
    const [, not = "", key = "", rawOperator, rawValue = ""] = match;
    const operator = rawOperator?.trim();
    if (operator === undefined)
      requirements.push({ key, operator: not === "!" ? "DoesNotExist" : "Exists" });
    else if (not === "!") return part.trim();
    else {
      const inner = rawValue.startsWith("(") ? rawValue.slice(1, -1) : rawValue;
      const values =
        operator === "in" || operator === "notin"
          ? inner.split(",").map((value) => value.trim())
          : [rawValue];
      requirements.push({ key, operator: OPERATORS[operator] ?? "In", values });
    }
  }
  return requirements;
}

const OPERATORS: Readonly<Record<string, string>> = {
  "=": "In",
  "==": "In",
  "!=": "NotIn",
  in: "In",
  notin: "NotIn",
  ">": "Gt",
  "<": "Lt",
};

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
