import { formatSpan, type Micros, parseSpan } from "../engine/time.ts";
import {
  compileExpression,
  type Expression,
  ExpressionError,
  type Params,
} from "./expect/expression.ts";
import type { Action, Expectation, Step, Timing } from "./model.ts";
import { InputError, type Path, type Problem } from "./problem.ts";
import { type ReadContext, readExpectation } from "./read-expectations.ts";
import { suggestion } from "./schema/check.ts";
import type { ExpectationSpec } from "./schema/parts.ts";
import type { StepSpec } from "./schema/scenario.ts";
import type { SourceDocument, SourceFile } from "./source-file.ts";
import { verbs } from "./verbs/registry.ts";

/** What reading steps needs beside the specs. */
export interface StepContext extends ReadContext {
  readonly document: SourceDocument;
  readonly params: Params;
  readonly read: (name: string, path: Path) => SourceFile | undefined;
  readonly add: (problems: readonly Problem[]) => void;
  /** Length of the run. */
  readonly duration: Micros;
}

/** Ids of all steps; a step without one is numbered. Reports ids that stand twice. */
export function stepIds(
  specs: readonly StepSpec[],
  document: SourceDocument,
  problems: Problem[],
): readonly string[] {
  const first = new Map<string, number>();
  return specs.map(({ id }, at) => {
    if (id === undefined) return `step-${at + 1}`;
    const before = first.get(id);
    if (before === undefined) first.set(id, at);
    else {
      const path = ["spec", "steps", at, "id"];
      const { line } = document.locate(["spec", "steps", before, "id"]);
      problems.push(
        document.source.problem(
          document.locate(path),
          path,
          `expected every step id once, got ${JSON.stringify(id)} again (first in line ${line})`,
        ),
      );
    }
    return id;
  });
}

/** Reads every step, and the expectations that stand in them. */
export function readSteps(
  specs: readonly StepSpec[],
  ids: readonly string[],
  context: StepContext,
): { steps: Step[]; expectations: Expectation[] } {
  const expectations: Expectation[] = [];
  const steps = specs.map((spec, at): Step => {
    const id = ids[at] ?? "";
    const path: Path = ["spec", "steps", at];
    for (const expected of listOf(spec.expect)) {
      const where: Path = Array.isArray(spec.expect)
        ? [...path, "expect", listOf(spec.expect).indexOf(expected)]
        : [...path, "expect"];
      const expectation = readExpectation(expected, where, context, id);
      if (expectation !== undefined) expectations.push(expectation);
    }
    return {
      id,
      named: spec.id !== undefined,
      timing: readTiming(spec, at, ids, path, context),
      repeat: readRepeat(spec, path, context),
      when: readWhen(spec.when, [...path, "when"], context),
      action: readAction(spec, path, context),
      say: spec.say,
      quiz: readQuiz(spec, path, context),
      checkpoint: spec.checkpoint,
      mayFail: spec.mayFail ?? false,
    };
  });
  refuseCycles(steps, context);
  return { steps, expectations };
}

function listOf(expect: StepSpec["expect"]): readonly ExpectationSpec[] {
  if (expect === undefined) return [];
  return Array.isArray(expect) ? expect : [expect as ExpectationSpec];
}

function readTiming(
  spec: StepSpec,
  at: number,
  ids: readonly string[],
  path: Path,
  context: StepContext,
): Timing {
  if (spec.at !== undefined && spec.after !== undefined)
    context.problem([...path, "after"], 'expected "at" or "after", got both');
  if (spec.at !== undefined) {
    if (spec.delay !== undefined)
      context.problem([...path, "delay"], '"delay" goes with "after", not with "at"');
    const time = parseSpan(spec.at) ?? 0;
    if (time > context.duration)
      context.problem(
        [...path, "at"],
        `expected a time within the run, which ends at ${formatSpan(context.duration)}, got ${spec.at}`,
        "A longer spec.duration makes room for the step.",
      );
    return { kind: "at", time };
  }
  const delay = parseSpan(spec.delay ?? "0s") ?? 0;
  if (spec.after !== undefined) {
    const steps = typeof spec.after === "string" ? [spec.after] : (spec.after as readonly string[]);
    for (const step of steps) {
      if (!context.steps.has(step))
        context.problem(
          [...path, "after"],
          `unknown step ${JSON.stringify(step)}`,
          suggestion(step, [...context.steps]),
        );
    }
    return { kind: "after", steps: steps.filter((step) => context.steps.has(step)), delay };
  }
  if (spec.every !== undefined) return { kind: "at", time: delay + (parseSpan(spec.every) ?? 0) };
  const before = ids[at - 1];
  return before === undefined
    ? { kind: "at", time: delay }
    : { kind: "after", steps: [before], delay };
}

function readRepeat(spec: StepSpec, path: Path, context: ReadContext): Step["repeat"] {
  if (spec.every === undefined) {
    for (const key of ["until", "times"] as const)
      if (spec[key] !== undefined) context.problem([...path, key], `"${key}" goes with "every"`);
    return undefined;
  }
  const every = parseSpan(spec.every) ?? 0;
  if (every <= 0)
    context.problem([...path, "every"], `expected a span longer than 0, got ${spec.every}`);
  return {
    every: Math.max(every, 1),
    until: spec.until === undefined ? undefined : parseSpan(spec.until),
    times: spec.times,
  };
}

function readWhen(
  text: string | undefined,
  path: Path,
  context: ReadContext,
): Expression | undefined {
  if (text === undefined) return undefined;
  try {
    return compileExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    context.problem(path, error.message, error.suggestion, error.offset);
    return undefined;
  }
}

function readAction(spec: StepSpec, path: Path, context: StepContext): Action | undefined {
  const values = spec as Readonly<Record<string, unknown>>;
  const given = verbs.filter(({ name }) => values[name] !== undefined);
  const [verb] = given;
  if (verb === undefined) return undefined;
  if (given.length > 1) {
    context.problem(
      [...path, given[1]?.name ?? ""],
      `expected one verb a step, got ${given.map(({ name }) => name).join(" and ")}`,
      "Make it two steps.",
    );
  }
  const at = [...path, verb.name];
  try {
    const prepared = verb.prepare(values[verb.name], { ...context, path: at });
    return { verb, prepared, summary: verb.summary(prepared) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    context.add(error.problems);
    return undefined;
  }
}

function readQuiz(spec: StepSpec, path: Path, context: ReadContext): Step["quiz"] {
  const { quiz } = spec;
  if (quiz !== undefined && !quiz.choices.some((choice) => choice === quiz.answer))
    context.problem(
      [...path, "quiz", "answer"],
      `expected one of the choices ${quiz.choices.join(", ")}, got ${String(quiz.answer)}`,
    );
  return quiz;
}

function refuseCycles(steps: readonly Step[], context: ReadContext): void {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const done = new Set<string>();
  const walk = (id: string, way: readonly string[]): boolean => {
    if (way.includes(id)) {
      const at = steps.findIndex((step) => step.id === id);
      context.problem(
        ["spec", "steps", at, "after"],
        `steps wait for each other: ${[...way.slice(way.indexOf(id)), id].join(" after ")}`,
      );
      return true;
    }
    if (done.has(id)) return false;
    done.add(id);
    const timing = byId.get(id)?.timing;
    return timing?.kind === "after" && timing.steps.some((before) => walk(before, [...way, id]));
  };
  for (const { id } of steps) if (walk(id, [])) return;
}
