import { parse } from "yaml";
import { MINUTE, parseSpan } from "../../sim/engine/time.ts";
import { type Cell, cellsOf } from "../../sim/experiment/matrix.ts";
import {
  type Arrival,
  arrivalsOf,
  generate,
  type WorkloadFile,
} from "../../sim/experiment/workload.ts";
import type { Measure, Scenario } from "../../sim/scenario/model.ts";
import { onlyDocument } from "../../sim/scenario/parse.ts";
import { InputError, type Path, type Problem } from "../../sim/scenario/problem.ts";
import { readCluster } from "../../sim/scenario/read-cluster.ts";
import { readMeasure } from "../../sim/scenario/read-expectations.ts";
import { checkSchema, inOrder, suggestion } from "../../sim/scenario/schema/check.ts";
import { type ExperimentSpec, experimentSchema } from "../../sim/scenario/schema/scenario.ts";
import { type SourceDocument, SourceFile } from "../../sim/scenario/source-file.ts";
import { strategies } from "../../sim/scheduler/strategies/registry.ts";
import { type NamedText, readerIn } from "../files/read.ts";
import { scenarioOf } from "../files/scenario-file.ts";
import { workloadScenario } from "./workload-scenario.ts";

/** An experiment, ready to run. */
export interface Experiment {
  readonly name: string;
  readonly cells: readonly Cell[];
  readonly baseline: string | undefined;
  readonly confidence: number;
  /** The scenario of a cell; the scheduler of a name may be a configuration. */
  readonly scenario: (cell: Cell) => Scenario;
  readonly scheduler: (name: string) => string | object;
}

/** What is measured when nothing is named. */
const DEFAULT_METRICS: readonly (
  | string
  | { readonly metric: string; readonly stat: string; readonly name: string }
)[] = [
  { metric: "pod_scheduling_seconds", stat: "mean", name: "pending_mean" },
  { metric: "pod_scheduling_seconds", stat: "p99", name: "pending_p99" },
  { metric: "utilization", stat: "mean", name: "utilization" },
  { metric: "pods_bound", stat: "sum", name: "placements" },
];

/** What the command line changes about an experiment. */
export interface Overrides {
  readonly schedulers: readonly string[] | undefined;
  readonly seeds: number | undefined;
  readonly set: Readonly<Record<string, string>>;
}

/** Reads an experiment, or makes one of a scenario. Throws `InputError`. */
export function readExperiment(input: NamedText, overrides: Overrides): Experiment {
  const source = new SourceFile(input.name, input.text);
  const kind = (source.documents[0]?.value as { kind?: unknown } | null | undefined)?.kind;
  if (kind !== "Experiment") return ofScenario(input, overrides);
  const document = onlyDocument(source);
  const problems: Problem[] = [...checkSchema(experimentSchema.json, document.value, document)];
  if (problems.length > 0) throw new InputError(inOrder(problems));
  return build(document.value as ExperimentSpec, document, input, overrides);
}

function seedsOf(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => String(from + at));
}

function ofScenario(
  input: NamedText,
  { schedulers = ["default"], seeds = 5, set }: Overrides,
): Experiment {
  const scenario = scenarioOf(input, set);
  const problems: Problem[] = [];
  const measures = measuresOf(DEFAULT_METRICS, [], problems);
  return {
    name: scenario.name,
    cells: cellsOf(schedulers, seedsOf(1, seeds), {}),
    baseline: schedulers[0],
    confidence: 0.95,
    scenario: () => ({ ...scenario, measures: [...measures, ...scenario.measures] }),
    scheduler: (name) => name,
  };
}

function measuresOf(
  given: readonly unknown[],
  path: Path,
  problems: Problem[],
  document?: SourceDocument,
): readonly Measure[] {
  const context = {
    steps: new Set<string>(),
    invariants: [],
    problem: (at: Path, message: string, hint?: string) => {
      if (document !== undefined)
        problems.push(document.source.problem(document.locate(at), at, message, hint));
    },
  };
  return given.map((item, at) =>
    readMeasure(
      (typeof item === "string" ? { metric: item } : item) as Parameters<typeof readMeasure>[0],
      [...path, at],
      context,
    ),
  );
}

function build(
  { metadata, spec }: ExperimentSpec,
  document: SourceDocument,
  input: NamedText,
  overrides: Overrides,
): Experiment {
  const problems: Problem[] = [];
  const report = (path: Path, message: string, hint?: string): void =>
    void problems.push(document.source.problem(document.locate(path), path, message, hint));
  const configurations = new Map<string, object>();
  const schedulers =
    overrides.schedulers ??
    (spec.schedulers ?? ["default"]).map((given, at) =>
      schedulerName(given, at, configurations, report),
    );
  const measures = measuresOf(
    spec.metrics ?? DEFAULT_METRICS,
    ["spec", "metrics"],
    problems,
    document,
  );
  const seeds = seedsOf(spec.seeds?.from ?? 1, overrides.seeds ?? spec.seeds?.count ?? 5);
  const cluster = readCluster(spec.cluster, (path, message) =>
    report(["spec", "cluster", ...path], message),
  );
  const makes = workloadOf(spec, input, overrides, report);
  if (problems.length > 0) throw new InputError(inOrder(problems));
  const duration = spec.duration === undefined ? undefined : parseSpan(spec.duration);
  return {
    name: metadata.name,
    cells: cellsOf(schedulers, seeds, spec.matrix ?? {}),
    baseline: spec.compare?.baseline ?? schedulers[0],
    confidence: spec.compare?.confidence ?? 0.95,
    scenario: (cell) => {
      const made = makes(cell);
      const scenario =
        "steps" in made
          ? made
          : workloadScenario(
              metadata.name,
              made.arrivals,
              made.nodes === undefined ? cluster : { ...cluster, nodes: made.nodes },
              duration ?? 60 * MINUTE,
            );
      return {
        ...scenario,
        ...(spec.cluster === undefined ? {} : { cluster }),
        ...(duration === undefined ? {} : { duration }),
        measures: [...measures, ...scenario.measures],
      };
    },
    scheduler: (name) => configurations.get(name) ?? name,
  };
}

type Report = (path: Path, message: string, hint?: string) => void;
type Makes = (cell: Cell) =>
  | Scenario
  | {
      readonly arrivals: readonly Arrival[];
      readonly nodes: Scenario["cluster"]["nodes"] | undefined;
    };

function schedulerName(
  given: unknown,
  at: number,
  configurations: Map<string, object>,
  report: Report,
): string {
  if (typeof given === "object" && given !== null) {
    const name = String((given as { name?: unknown }).name ?? `configuration-${at + 1}`);
    configurations.set(name, ((given as { config?: object }).config ?? given) as object);
    return name;
  }
  const name = String(given);
  const known = strategies.map((strategy) => strategy.name);
  if (!known.includes(name))
    report(
      ["spec", "schedulers", at],
      `unknown scheduler ${JSON.stringify(name)}`,
      suggestion(name, known),
    );
  return name;
}

function workloadOf(
  spec: ExperimentSpec["spec"],
  input: NamedText,
  overrides: Overrides,
  report: Report,
): Makes {
  const { workload } = spec;
  const read = readerIn(input.folder);
  const fail = (key: string, message: string): Makes => {
    report(["spec", "workload", key], message);
    return () => ({ arrivals: [], nodes: undefined });
  };
  if ("scenario" in workload) {
    const text = read(workload.scenario);
    if (text === undefined)
      return fail("scenario", `cannot read the file ${JSON.stringify(workload.scenario)}`);
    const file = { name: workload.scenario, text, folder: input.folder };
    return ({ setting }) => scenarioOf(file, { ...overrides.set, ...setting });
  }
  if ("trace" in workload) {
    const text = read(workload.trace);
    if (text === undefined)
      return fail("trace", `cannot read the file ${JSON.stringify(workload.trace)}`);
    const file = parse(text) as WorkloadFile | null;
    if (file?.kind !== "Workload" || !Array.isArray(file.pods))
      return fail("trace", "expected a Workload: `ksim import` writes one");
    const arrivals = arrivalsOf(file);
    return () => ({ arrivals, nodes: file.nodes as Scenario["cluster"]["nodes"] | undefined });
  }
  try {
    generate(workload.generate, "1");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail("generate", error.message);
  }
  return ({ seed, setting }) => ({
    arrivals: generate({ ...(workload.generate as object), ...numbers(setting) }, seed),
    nodes: undefined,
  });
}

function numbers(setting: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(setting).map(([key, value]) => [
      key,
      Number.isFinite(Number(value)) ? Number(value) : value,
    ]),
  );
}
