import { parseSpan } from "../engine/time.ts";
import { compileExpression, ExpressionError } from "./expect/expression.ts";
import { metrics } from "./metrics/registry.ts";
import type {
  Condition,
  Expectation,
  Instant,
  Measure,
  PartialObject,
  Threshold,
} from "./model.ts";
import type { Path, ReportProblem } from "./problem.ts";
import { isModuleFile, type ModuleLoader, NO_LOADER } from "./read-cluster.ts";
import { suggestion } from "./schema/check.ts";
import type { ExpectationSpec, MeasureSpec } from "./schema/parts.ts";

/** What reading expectations needs to know of the rest of the file. */
export interface ReadContext {
  readonly steps: ReadonlySet<string>;
  readonly invariants: readonly string[];
  readonly modules?: ModuleLoader | undefined;
  readonly problem: ReportProblem;
}

/** Reads an instant: the id of a step, or a time. */
function readInstant(text: string, path: Path, context: ReadContext): Instant {
  if (context.steps.has(text)) return { step: text };
  const time = parseSpan(text);
  if (time !== undefined) return { time };
  context.problem(
    path,
    `expected a step's id or a time, got ${JSON.stringify(text)}`,
    suggestion(text, [...context.steps]),
  );
  return { time: 0 };
}

const MODES = ["eventually", "always", "never"] as const;

/** Reads one expectation. `step`: the step it stands in. */
export function readExpectation(
  spec: ExpectationSpec,
  path: Path,
  context: ReadContext,
  step?: string,
): Expectation | undefined {
  const given = MODES.filter((mode) => spec[mode] !== undefined);
  const [mode] = given;
  if (mode === undefined || given.length > 1) {
    context.problem(
      path,
      `expected one of eventually, always, never${given.length > 1 ? `, got ${given.join(" and ")}` : ""}`,
    );
    return undefined;
  }
  const value = spec[mode] as Exclude<
    ExpectationSpec["eventually"] | ExpectationSpec["always"],
    undefined
  >;
  const parts = typeof value === "string" ? { that: value } : value;
  const at = [...path, mode];
  const condition = readCondition(parts, at, typeof value === "string", context);
  if (condition === undefined) return undefined;
  const since = "since" in parts ? parts.since : "from" in parts ? parts.from : undefined;
  const fromPath = [...at, "since" in parts ? "since" : "from"];
  const to = "to" in parts ? parts.to : undefined;
  const within = parts.within === undefined ? undefined : parseSpan(parts.within);
  return {
    name: spec.name ?? describeCondition(mode, condition),
    mode,
    condition,
    from:
      since === undefined
        ? step === undefined
          ? { time: 0 }
          : { step }
        : readInstant(since, fromPath, context),
    to: to === undefined ? undefined : readInstant(to, [...at, "to"], context),
    within,
  };
}

interface ConditionSpec {
  readonly that?: string | undefined;
  readonly match?: object | undefined;
  readonly invariant?: string | undefined;
}

function readCondition(
  parts: ConditionSpec,
  at: Path,
  short: boolean,
  context: ReadContext,
): Condition | undefined {
  const given = (["that", "match", "invariant"] as const).filter((key) => parts[key] !== undefined);
  if (given.length !== 1) {
    context.problem(
      at,
      `expected one of that, match, invariant${given.length > 1 ? `, got ${given.join(" and ")}` : ""}`,
    );
    return undefined;
  }
  if (parts.that !== undefined)
    return readExpression(parts.that, short ? at : [...at, "that"], context);
  if (parts.match !== undefined) return { kind: "match", wanted: parts.match as PartialObject };
  const name = parts.invariant ?? "";
  if (isModuleFile(name)) return ownInvariant(name, [...at, "invariant"], context);
  if (!context.invariants.includes(name)) {
    context.problem(
      [...at, "invariant"],
      `unknown invariant ${JSON.stringify(name)}`,
      suggestion(name, context.invariants),
    );
    return undefined;
  }
  return { kind: "invariant", name };
}

function ownInvariant(file: string, path: Path, context: ReadContext): Condition | undefined {
  if (context.modules === undefined) {
    context.problem(path, NO_LOADER);
    return undefined;
  }
  try {
    return { kind: "invariant", ...context.modules.invariant(file) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    context.problem(path, error.message);
    return undefined;
  }
}

function readExpression(text: string, path: Path, context: ReadContext): Condition | undefined {
  try {
    return { kind: "expression", expression: compileExpression(text) };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    context.problem(
      path,
      `${error.message} (character ${error.offset + 1} of the expression)`,
      error.suggestion,
      error.offset,
    );
    return undefined;
  }
}

function describeCondition(mode: string, condition: Condition): string {
  switch (condition.kind) {
    case "expression":
      return `${mode} ${condition.expression.text}`;
    case "match":
      return `${mode} ${condition.wanted.kind} ${condition.wanted.metadata?.name ?? ""} matches`;
    case "invariant":
      return `${mode} ${condition.name}`;
  }
}

const THRESHOLD = /^\s*(<=|>=|==|<|>)\s*([\d.]+)\s*(us|ms|s|m|h|%)?\s*$/;
/** Seconds a unit stands for; a percentage is a share. */
const UNITS: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  "%": 0.01,
};

/** Reads a threshold like `< 5s`. */
function readThreshold(text: string): Threshold | undefined {
  const match = THRESHOLD.exec(text);
  if (match === null) return undefined;
  const [, operator, amount, unit] = match;
  return {
    text: text.trim(),
    operator: operator as Threshold["operator"],
    value: Number(amount) * (unit === undefined ? 1 : (UNITS[unit] ?? 1)),
  };
}

/** Reads a measure. */
export function readMeasure(spec: MeasureSpec, path: Path, context: ReadContext): Measure {
  const names = metrics.map(({ name }) => name);
  const metric = metrics.find(({ name }) => name === spec.metric);
  if (metric === undefined)
    context.problem(
      [...path, "metric"],
      `unknown metric ${JSON.stringify(spec.metric)}`,
      suggestion(spec.metric, names),
    );
  const stat = spec.stat ?? metric?.stat ?? "mean";
  return {
    name: spec.name ?? `${spec.metric}_${stat}`,
    metric: spec.metric,
    stat,
    selector: spec.selector,
    from: spec.from === undefined ? undefined : readInstant(spec.from, [...path, "from"], context),
    to: spec.to === undefined ? undefined : readInstant(spec.to, [...path, "to"], context),
    threshold: spec.threshold === undefined ? undefined : readThreshold(spec.threshold),
  };
}
