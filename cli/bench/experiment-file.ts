import { createHash } from "node:crypto";
import {
  type Cell,
  type Contender,
  cellsOf,
  combinations,
  type ExperimentPlan,
  type Point,
} from "../../sim/experiment/plan.ts";
import type { Measure, Scenario } from "../../sim/scenario/model.ts";
import { ksimKind, onlyDocument } from "../../sim/scenario/parse.ts";
import { InputError, type Path, type Problem } from "../../sim/scenario/problem.ts";
import { checkSchema, inOrder, suggestion } from "../../sim/scenario/schema/check.ts";
import { type ExperimentSpec, experimentSchema } from "../../sim/scenario/schema/experiment.ts";
import { type SourceDocument, SourceFile } from "../../sim/scenario/source-file.ts";
import { GPU_MILLI } from "../../sim/scheduler/plugins/gpu/device-ledger.ts";
import type { NamedText } from "../files/read.ts";
import { moduleLoader } from "../modules/module-loader.ts";
import { columnOf, readColumns, usualMetrics } from "./columns.ts";
import { chosen, contenderOf, readContenders } from "./contenders.ts";
import type { Overrides } from "./overrides.ts";
import { isPathOf, pathParts, withValue } from "./set-path.ts";
import { setupOf } from "./setup.ts";
import { type Source, scenarioSource, sourceOf } from "./workload-source.ts";

/** An experiment, ready to run. */
export interface Experiment {
  readonly plan: ExperimentPlan;
  readonly cells: readonly Cell[];
  /** Text of the report. */
  readonly notes: string | undefined;
  /** Name of a cell's result: a hash over everything that the cell depends on. */
  keyOf(cell: Cell): string;
  /** What runs in a cell, measures included. */
  scenarioOf(cell: Cell): Scenario;
  schedulerOf(cell: Cell): string | object;
  /** Whether it is a plain scenario, whose cells are what `ksim run` runs. */
  readonly isScenario: boolean;
  /** Whether decisions enter the digest with their reasons, as `ksim run` has them; a workload's are too many. */
  readonly explain: boolean;
}

type ReportProblem = (path: Path, message: string, hint?: string) => void;

/** Seeds of an experiment that does not say how many. */
const USUAL_SEEDS = 5;

/** Reads an experiment, or makes one of a scenario. Throws `InputError`. */
export function readExperiment(input: NamedText, overrides: Overrides): Experiment {
  const source = new SourceFile(input.name, input.text);
  if (ksimKind(source) !== "Experiment") return ofScenario(input, overrides);
  const document = onlyDocument(source);
  const problems: Problem[] = [...checkSchema(experimentSchema.json, document.value, document)];
  if (problems.length > 0) throw new InputError(inOrder(problems));
  const told = new Set<string>();
  const report: ReportProblem = (path, message, hint) => {
    // Every point of the matrix is read, and finds the same mistakes.
    const name = `${path.join(" ")} ${message}`;
    if (told.has(name)) return;
    told.add(name);
    problems.push(document.source.problem(document.locate(path), path, message, hint));
  };
  const experiment = build(document, input, overrides, report);
  if (problems.length > 0) throw new InputError(inOrder(problems));
  return experiment;
}

/** A plain scenario is an experiment about itself. */
function ofScenario(input: NamedText, overrides: Overrides): Experiment {
  const problems: Problem[] = [];
  const place = { file: input.name, line: 1, column: 1 };
  const loader = moduleLoader(overrides.cwd);
  const source = scenarioSource(input, overrides.set, undefined);
  const scenario = source.scenario({}, "1");
  const schedulers =
    overrides.schedulers === undefined
      ? [contenderOf(scenario.cluster.scheduler)]
      : readContenders(
          overrides.schedulers,
          ["--schedulers"],
          (_, message, suggested) =>
            problems.push({
              ...place,
              path: "--schedulers",
              message,
              ...(suggested === undefined ? {} : { suggestion: suggested }),
            }),
          () => loader,
        );
  if (problems.length > 0) throw new InputError(problems);
  return assemble({
    name: scenario.name,
    title: scenario.title,
    notes: scenario.description,
    points: [{}],
    schedulers,
    seeds:
      overrides.seed === undefined
        ? seedsOf("1", overrides.seeds ?? USUAL_SEEDS)
        : [overrides.seed],
    measures: [
      // What the scenario measures under a usual name is what it says.
      ...readColumns(usualMetrics(hasGpus(scenario)), [], () => {}).filter(
        ({ name }) => !scenario.measures.some((own) => own.name === name),
      ),
      ...scenario.measures,
    ],
    compare: { baseline: schedulers[0]?.name ?? "default", confidence: 0.95, method: "paired-t" },
    source,
    modules: loader.files(),
    version: overrides.version,
    isScenario: true,
  });
}

function build(
  document: SourceDocument,
  input: NamedText,
  overrides: Overrides,
  report: ReportProblem,
): Experiment {
  const { metadata, spec } = document.value as ExperimentSpec;
  const loader = moduleLoader(input.folder);
  const outside = moduleLoader(overrides.cwd);
  const written: readonly unknown[] = spec.schedulers ?? ["default"];
  const schedulers = readContenders(
    overrides.schedulers === undefined ? written : chosen(written, overrides.schedulers),
    ["spec", "schedulers"],
    report,
    (one) => (typeof one !== "string" || written.includes(one) ? loader : outside),
  );
  if (schedulers.length === 0) report(["spec", "schedulers"], "expected at least one scheduler");
  const names = schedulers.map(({ name }) => name);
  const wanted = spec.compare?.baseline ?? names[0] ?? "";
  // Of schedulers that the command line chooses, the baseline may be none.
  const baseline =
    overrides.schedulers === undefined || names.includes(wanted) ? wanted : (names[0] ?? "");
  if (schedulers.length > 0 && !names.includes(baseline))
    report(
      ["spec", "compare", "baseline"],
      `${JSON.stringify(baseline)} is none of the schedulers`,
      suggestion(baseline, names),
    );
  const points = combinations(spec.matrix ?? {});
  const source = sourceOf(spec, input, overrides, report, (point) =>
    swept(document, spec, point, report),
  );
  const checked = checkedPoints(source, points, report);
  return assemble({
    name: metadata.name,
    title: spec.report?.title ?? spec.title ?? metadata.name,
    notes: spec.report?.notes ?? spec.description,
    points,
    schedulers,
    seeds:
      overrides.seed === undefined
        ? seedsOf(
            String(spec.seeds?.from ?? 1),
            overrides.seeds ?? spec.seeds?.count ?? USUAL_SEEDS,
            () => report(["spec", "seeds", "from"], "expected a whole number"),
          )
        : [overrides.seed],
    measures: readColumns(
      spec.metrics ?? usualMetrics(anyGpus(checked, points)),
      ["spec", "metrics"],
      report,
    ),
    compare: {
      baseline,
      confidence: spec.compare?.confidence ?? 0.95,
      method: spec.compare?.method ?? "paired-t",
    },
    source: checked,
    modules: new Map([...loader.files(), ...outside.files()]),
    version: overrides.version,
    isScenario: false,
  });
}

/** Reads every point once, so that mistakes show before the first run. */
function checkedPoints(source: Source, points: readonly Point[], report: ReportProblem): Source {
  const refused = new Set<string>();
  for (const point of points) {
    for (const name of Object.keys(point)) {
      if (source.takes(name) || refused.has(name)) continue;
      refused.add(name);
      const path: Path = ["spec", "matrix", name];
      report(
        path,
        `no parameter and no path of the spec is called ${JSON.stringify(name)}`,
        source.parametersHint(name),
      );
    }
  }
  if (refused.size > 0) return source;
  for (const point of points) source.scenario(point, "1");
  return source;
}

/** The spec with the values of a point at their paths. */
function swept(
  document: SourceDocument,
  spec: ExperimentSpec["spec"],
  point: Point,
  report: ReportProblem,
): ExperimentSpec["spec"] {
  let value: unknown = spec;
  for (const [path, wanted] of Object.entries(point)) {
    if (isPathOf(spec, path)) value = withValue(value, pathParts(path), wanted);
  }
  if (value === spec) return spec;
  const whole = { ...(document.value as ExperimentSpec), spec: value };
  for (const problem of checkSchema(experimentSchema.json, whole, document))
    report(["spec", "matrix"], `${problem.path}: ${problem.message}`, problem.suggestion);
  return value as ExperimentSpec["spec"];
}

/** Whether the clusters of some point have GPUs. Points that cannot be read have been reported. */
function anyGpus(source: Source, points: readonly Point[]): boolean {
  return points.some((point) => {
    if (!Object.keys(point).every((name) => source.takes(name))) return false;
    return hasGpus(source.scenario(point, "1"));
  });
}

/** Whether nodes have GPUs that can be shared. */
function hasGpus({ cluster }: Scenario): boolean {
  return cluster.nodes.some(({ capacity }) => capacity !== undefined && GPU_MILLI in capacity);
}

/** Seeds are texts that count: 64-bit numbers survive. */
function seedsOf(from: string, count: number, refuse?: () => void): readonly string[] {
  if (!/^-?\d+$/.test(from)) {
    refuse?.();
    return [];
  }
  const first = BigInt(from);
  return Array.from({ length: count }, (_, at) => String(first + BigInt(at)));
}

interface Parts {
  readonly name: string;
  readonly title: string;
  readonly notes: string | undefined;
  readonly points: readonly Point[];
  readonly schedulers: readonly Contender[];
  readonly seeds: readonly string[];
  readonly measures: readonly Measure[];
  readonly compare: ExperimentPlan["compare"];
  readonly source: Source;
  /** Texts of the modules that schedulers come from. */
  readonly modules: ReadonlyMap<string, string>;
  readonly version: string;
  readonly isScenario: boolean;
}

function assemble(parts: Parts): Experiment {
  const { schedulers, seeds, points, measures, source, version } = parts;
  const configs = new Map(schedulers.map(({ name, config }) => [name, config]));
  const columns = measures.map(columnOf);
  // Points that cannot be read have been reported.
  const readable = points.filter((point) => Object.keys(point).every((name) => source.takes(name)));
  const shape = { version, columns, source: source.inputs(), modules: [...parts.modules.values()] };
  const keyOf = ({ scheduler, seed, point }: Cell): string =>
    hash([shape, scheduler, configText(configs.get(scheduler)), seed, points[point]]);
  const plan: ExperimentPlan = {
    name: parts.name,
    title: parts.title,
    version,
    inputs: hash([
      shape,
      [...configs].map(([name, config]) => [name, configText(config)]),
      seeds,
      points,
      parts.compare,
    ]),
    schedulers: schedulers.map(({ name }) => name),
    seeds,
    points,
    columns,
    compare: parts.compare,
    setup: setupOf(readable.map((point) => source.scenario(point, seeds[0] ?? "1"))),
  };
  return {
    plan,
    cells: cellsOf(plan),
    notes: parts.notes,
    keyOf,
    scenarioOf: ({ point, seed }) => ({ ...source.scenario(points[point] ?? {}, seed), measures }),
    schedulerOf: ({ scheduler }) => configs.get(scheduler) ?? scheduler,
    isScenario: parts.isScenario,
    explain: source.explain,
  };
}

/** A configuration for the hash; what comes of a module counts by the texts of the modules. */
function configText(config: string | object | undefined): string {
  return JSON.stringify(config) ?? "";
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}
