import type { Params } from "./expect/expression.ts";
import type { Path, Problem } from "./problem.ts";
import { shown, suggestion } from "./schema/check.ts";
import type { ParamSpec } from "./schema/parts.ts";
import type { SourceDocument } from "./source-file.ts";

/** Where the value of a parameter came from, for messages. */
type Reporter = (name: string, message: string, hint?: string) => void;

/** The values of a scenario's parameters: defaults, and what `--set` gives. */
export function resolveParams(
  specs: Readonly<Record<string, ParamSpec>>,
  given: Readonly<Record<string, string>>,
  document: SourceDocument,
  problems: Problem[],
): Params {
  const at: Path = ["spec", "params"];
  const report: Reporter = (name, message, hint) => {
    const path = [...at, name];
    problems.push(document.source.problem(document.locate(path, true), path, message, hint));
  };
  for (const name of Object.keys(given)) {
    if (name in specs) continue;
    const place = document.locate(at, true);
    const hint = suggestion(name, Object.keys(specs)) ?? "The scenario has no spec.params.";
    problems.push(document.source.problem(place, at, `--set ${name}: unknown parameter`, hint));
  }
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const text = given[name];
    const value = text === undefined ? spec.default : read(text, typeOf(spec));
    const wrong = complaint(spec, value);
    // What is wrong is told once: whatever names the parameter finds its default.
    values[name] = wrong === undefined ? value : spec.default;
    if (wrong !== undefined)
      report(
        name,
        `${text === undefined ? "default" : "--set"}: ${wrong}, got ${shown(value ?? text)}`,
      );
  }
  return values;
}

function typeOf(spec: ParamSpec): string {
  if (spec.type !== undefined) return spec.type;
  if (typeof spec.default === "number")
    return Number.isInteger(spec.default) ? "integer" : "number";
  return typeof spec.default === "boolean" ? "boolean" : "string";
}

function read(text: string, type: string): unknown {
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type === "string" || text.trim() === "") return text;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

function complaint(spec: ParamSpec, value: unknown): string | undefined {
  const type = typeOf(spec);
  const fits =
    type === "integer"
      ? Number.isInteger(value)
      : type === "number"
        ? typeof value === "number"
        : typeof value === type;
  if (!fits) return `expected ${type === "integer" ? "an integer" : `a ${type}`}`;
  if (spec.min !== undefined && Number(value) < spec.min) return `expected at least ${spec.min}`;
  if (spec.max !== undefined && Number(value) > spec.max) return `expected at most ${spec.max}`;
  if (spec.choices !== undefined && !spec.choices.includes(value))
    return `expected one of ${spec.choices.join(", ")}`;
  return undefined;
}
