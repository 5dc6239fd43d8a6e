import { optInDescriptor } from "../../api/kinds/scheduling-groups.ts";
import { makeKey } from "../../api/object.ts";
import type { PartialObject } from "../model.ts";
import { compileExpression, type Expression, ExpressionError, type Params } from "./expression.ts";
import { difference } from "./match.ts";
import type { StateView } from "./state-view.ts";
import { withZeros } from "./zeros.ts";

/** Whether a condition holds, and why (not). */
export interface Verdict {
  readonly holds: boolean;
  readonly why: string;
}

/** Asks an expression; what has no value does not hold. */
export function testExpression(expression: Expression, view: StateView, params: Params): boolean {
  return expression.evaluate(view, params) === true;
}

const COMPARISON = /^(.*?[^<>=!])(==|!=|<=|>=|<|>)([^=].*)$/s;

/** What the two sides of a comparison are, for messages. */
export function explain(expression: Expression, view: StateView, params: Params): string {
  const match = COMPARISON.exec(expression.text);
  if (match === null || /&&|\|\|/.test(expression.text)) return `${expression.text} is not true`;
  const [, left = "", , right = ""] = match;
  const shown = [left, right].flatMap((side) => sideText(side.trim(), view, params));
  return shown.length === 0 ? `${expression.text} is not true` : shown.join(", ");
}

function sideText(text: string, view: StateView, params: Params): string[] {
  if (/^[\d.'"]/.test(text) || text === "true" || text === "false") return [];
  try {
    const value = compileExpression(text).evaluate(view, params);
    return [`${text} is ${value === undefined ? "missing" : JSON.stringify(value)?.slice(0, 80)}`];
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

/** Whether some object has everything that is wanted of it. */
export function testMatch(wanted: PartialObject, view: StateView): Verdict {
  const { name, namespace } = wanted.metadata ?? {};
  const kind = kindOf(wanted);
  const objects =
    name === undefined
      ? [...view.list(kind)]
      : [view.get(kind, makeKey(namespace ?? "default", name)) ?? view.get(kind, name)];
  let why = `there is no ${wanted.kind} ${name ?? ""}`.trimEnd();
  for (const object of objects) {
    if (object === undefined) continue;
    const { apiVersion: _, ...parts } = wanted;
    const differs = difference(withZeros(object), parts);
    if (differs === undefined)
      return { holds: true, why: `${wanted.kind} ${object.metadata.name} matches` };
    why = `${wanted.kind} ${object.metadata.name}: ${differs}`;
  }
  return { holds: false, why };
}

const BUILT_IN_GROUP = /^(v1|apps\/|batch\/|autoscaling\/|policy\/|.*\.k8s\.io\/)/;

/** Name of a kind in the store: custom ones carry their group. */
export function kindOf({ apiVersion, kind }: PartialObject): string {
  if (BUILT_IN_GROUP.test(apiVersion) && optInDescriptor(apiVersion, kind) === undefined)
    return kind;
  return `${kind}.${apiVersion.slice(0, apiVersion.indexOf("/"))}`;
}
