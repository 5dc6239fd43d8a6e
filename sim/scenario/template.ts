import { compileExpression, ExpressionError, type Params } from "./expect/expression.ts";
import type { StateView } from "./expect/state-view.ts";
import type { Path, Problem } from "./problem.ts";
import type { SourceDocument } from "./source-file.ts";

const WHOLE = /^\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*$/s;
const PART = /\$\{\{(.*?)\}\}/gs;
/** Templates are filled in before there is a cluster. */
const NOTHING: StateView = { now: 0, get: () => undefined, list: () => [] };

/** Whether a text has a template in it. */
function hasTemplate(text: string): boolean {
  return text.includes("${{");
}

/**
 * Fills in every `${{ expression }}` of a value. A text that is one template takes the type of its value; elsewhere
 * the value is written into the text.
 */
export function fillTemplates(
  value: unknown,
  params: Params,
  document: SourceDocument,
  problems: Problem[],
  path: Path = [],
): unknown {
  if (typeof value === "string")
    return hasTemplate(value) ? fillText(value, params, document, problems, path) : value;
  if (Array.isArray(value))
    return value.map((item, at) => fillTemplates(item, params, document, problems, [...path, at]));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      fillTemplates(item, params, document, problems, [...path, key]),
    ]),
  );
}

function fillText(
  text: string,
  params: Params,
  document: SourceDocument,
  problems: Problem[],
  path: Path,
): unknown {
  const fail = (message: string, hint?: string): string => {
    problems.push(document.source.problem(document.locate(path), path, message, hint));
    return text;
  };
  const evaluated = (source: string): unknown => {
    try {
      const value = compileExpression(source.trim()).evaluate(NOTHING, params);
      if (value !== undefined) return value;
      const known = Object.keys(params);
      const choice =
        known.length === 0
          ? "The scenario has no spec.params."
          : `Known parameters: ${known.join(", ")}.`;
      return fail(`${source.trim()} has no value`, choice);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return fail(`\${{${source}}}: ${error.message}`, error.suggestion);
    }
  };
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return evaluated(whole);
  return text.replace(PART, (_, source: string) => String(evaluated(source)));
}
