import { invariantNames } from "../../sim/check/registry.ts";
import { parseSpan } from "../../sim/engine/time.ts";
import { generate } from "../../sim/experiment/generator.ts";
import { type GeneratorText, readGenerator } from "../../sim/experiment/generator-file.ts";
import { TraceError } from "../../sim/experiment/input-error.ts";
import type { Point } from "../../sim/experiment/plan.ts";
import { adjusted, type Workload } from "../../sim/experiment/workload.ts";
import { parseWorkload } from "../../sim/experiment/workload-file.ts";
import type { Scenario } from "../../sim/scenario/model.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { InputError, type Path, type Problem } from "../../sim/scenario/problem.ts";
import { type ModuleLoader, readCluster } from "../../sim/scenario/read-cluster.ts";
import { suggestion } from "../../sim/scenario/schema/check.ts";
import type { ExperimentSpec } from "../../sim/scenario/schema/experiment.ts";
import { type NamedText, readerIn } from "../files/read.ts";
import { moduleLoader } from "../modules/module-loader.ts";
import type { Overrides } from "./overrides.ts";
import { playback } from "./playback.ts";
import { isPathOf } from "./set-path.ts";

type Spec = ExperimentSpec["spec"];
type Report = (path: Path, message: string, hint?: string) => void;

/** Where the runs of an experiment come from. */
export interface Source {
  /** What runs at a point with a seed. Throws `InputError`. */
  scenario(point: Point, seed: string): Scenario;
  /** Whether a name of the matrix means something. */
  takes(name: string): boolean;
  /** What was probably meant by a name of the matrix. */
  parametersHint(name: string): string | undefined;
  /** Everything that it depends on, as plain data. */
  inputs(): object;
  /** Whether decisions are recorded with their reasons. */
  readonly explain: boolean;
}

/** Runs of a scenario file: the matrix sets its parameters, and paths of the experiment's own cluster. */
export function scenarioSource(
  input: NamedText,
  set: Readonly<Record<string, unknown>>,
  change: ((scenario: Scenario, point: Point) => Scenario) | undefined,
  takesPath: (name: string) => boolean = () => false,
): Source {
  const read = (point: Point): Scenario => {
    const own = Object.entries(point).filter(([name]) => !takesPath(name));
    const texts = Object.fromEntries(
      [...Object.entries(set), ...own].map(([name, value]) => [name, String(value)]),
    );
    const scenario = parseScenario(input.name, input.text, {
      read: readerIn(input.folder),
      set: texts,
      invariants: invariantNames,
      modules: moduleLoader(input.folder),
    });
    return change === undefined ? scenario : change(scenario, point);
  };
  const plain = read({});
  const params = Object.keys(plain.params);
  const known = new Map<string, Scenario>();
  return {
    scenario: (point) => {
      const name = JSON.stringify(point);
      const found = known.get(name) ?? read(point);
      known.set(name, found);
      return found;
    },
    takes: (name) => params.includes(name) || takesPath(name),
    parametersHint: (name) => suggestion(name, params) ?? "The scenario has no spec.params.",
    inputs: () => ({
      // A parameter may say which file is read.
      files: [...new Map([plain, ...known.values()].flatMap(({ files }) => [...files]))],
      set,
      cluster: change?.(plain, {}).cluster,
      duration: change?.(plain, {}).duration,
    }),
    explain: true,
  };
}

/** The source that an experiment's `workload` names. `sweep` gives the spec at a point. */
export function sourceOf(
  spec: Spec,
  input: NamedText,
  overrides: Overrides,
  report: Report,
  sweep: (point: Point) => Spec,
): Source {
  const { workload } = spec;
  const loader = moduleLoader(input.folder);
  const modules = (): object => {
    const texts = [...loader.files().values()];
    return texts.length === 0 ? {} : { modules: texts };
  };
  const takesPath = (name: string): boolean => isPathOf(spec, name);
  const base = {
    takes: takesPath,
    parametersHint: (name: string) => pathHint(name),
    explain: false,
  };
  const kinds = KINDS.filter((kind) => workload[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const got = kinds.length === 0 ? "none" : kinds.join(" and ");
    report(["spec", "workload"], `expected one of ${KINDS.join(", ")}, got ${got}`);
    return {
      ...base,
      scenario: () => playback(EMPTY, {}, 0),
      inputs: () => ({}),
      takes: () => true,
    };
  }
  if (workload.scenario !== undefined) {
    const text = readerIn(input.folder)(workload.scenario);
    if (text === undefined) {
      missing("scenario", workload.scenario, report);
      return {
        ...base,
        scenario: () => playback(EMPTY, {}, 0),
        inputs: () => ({}),
        takes: () => true,
      };
    }
    const file = {
      name: beside(input.name, workload.scenario),
      text,
      folder: folderOf(input, workload.scenario),
    };
    const change = (scenario: Scenario, point: Point): Scenario => {
      const { cluster, duration } = sweep(point);
      return {
        ...scenario,
        ...(cluster === undefined
          ? {}
          : { cluster: { ...scenario.cluster, ...clusterOf(cluster, report, loader) } }),
        ...(duration === undefined ? {} : { duration: parseSpan(duration) ?? scenario.duration }),
      };
    };
    const source = scenarioSource(file, { ...workload.set, ...overrides.set }, change, takesPath);
    return { ...source, inputs: () => ({ ...source.inputs(), ...modules() }) };
  }
  const make =
    workload.trace === undefined ? generatorOf(report) : traceOf(workload.trace, input, report);
  return {
    ...base,
    scenario: (point, seed) => {
      const { workload: swept, cluster, duration } = sweep(point);
      const own = cluster === undefined ? {} : clusterOf(cluster, report, loader);
      return playback(
        make(swept, seed),
        // Placement is what an experiment is about: the control plane's own pace comes in only when asked for.
        { pace: "fast", ...own },
        duration === undefined ? undefined : parseSpan(duration),
      );
    },
    inputs: () => ({
      workload,
      cluster: spec.cluster,
      duration: spec.duration,
      text: workload.trace === undefined ? undefined : readerIn(input.folder)(workload.trace),
      ...modules(),
    }),
  };
}

/** What a workload can be: exactly one of these. */
const KINDS = ["scenario", "trace", "generate"] as const;

const EMPTY: Workload = { name: "empty", source: "", nodes: undefined, events: [] };

function pathHint(name: string): string {
  return /[.[]/.test(name)
    ? "Paths are relative to the experiment's spec, like cluster.nodes[0].count."
    : "Only scenarios have parameters; others take paths of the spec, like cluster.nodes[0].count.";
}

function clusterOf(
  cluster: NonNullable<Spec["cluster"]>,
  report: Report,
  loader: ModuleLoader,
): Partial<Scenario["cluster"]> {
  const read = readCluster(
    cluster,
    (path, message, hint) => report(["spec", "cluster", ...path], message, hint),
    loader,
  );
  // Nodes that nobody named are left to the trace or the scenario.
  const { nodes, ...rest } = read;
  return cluster.nodes === undefined ? rest : { nodes, ...rest };
}

type Make = (workload: Spec["workload"], seed: string) => Workload;

function generatorOf(report: Report): Make {
  return (workload, seed) => {
    if (workload.generate === undefined) return EMPTY;
    const generator = readGenerator(workload.generate as GeneratorText, (path, message) =>
      report(["spec", "workload", "generate", ...path], message),
    );
    return generate(generator, seed);
  };
}

function traceOf(trace: string, input: NamedText, report: Report): Make {
  const text = readerIn(input.folder)(trace);
  if (text === undefined) {
    missing("trace", trace, report);
    return () => EMPTY;
  }
  const whole = withPlaces(beside(input.name, trace), text);
  return (workload) => {
    const { speed, limit } = workload;
    return adjusted(whole, {
      ...(speed === undefined ? {} : { speed }),
      ...(limit === undefined ? {} : { limit }),
    });
  };
}

function withPlaces(name: string, text: string): Workload {
  try {
    return parseWorkload(name, text);
  } catch (error) {
    throw error instanceof TraceError ? inputError(error, text) : error;
  }
}

/** A mistake in a trace as every other mistake in an input is told. */
export function inputError(error: TraceError, text?: string): InputError {
  const { file, line, column, message, suggestion: hint } = error;
  const source = text?.split("\n")[line - 1];
  const problem: Problem = {
    file,
    line,
    column,
    path: "",
    message,
    ...(hint === undefined ? {} : { suggestion: hint }),
    ...(source === undefined ? {} : { source }),
  };
  return new InputError([problem]);
}

function missing(key: string, name: string, report: Report): void {
  report(
    ["spec", "workload", key],
    `cannot read the file ${JSON.stringify(name)}`,
    "Paths are relative to the experiment's file.",
  );
}

/** A file's name as seen from where the experiment's name was given. */
function beside(experiment: string, name: string): string {
  const slash = experiment.lastIndexOf("/");
  return slash < 0 || name.startsWith("/") ? name : `${experiment.slice(0, slash + 1)}${name}`;
}

function folderOf({ folder }: NamedText, name: string): string {
  const slash = name.lastIndexOf("/");
  if (slash < 0) return folder;
  return name.startsWith("/") ? name.slice(0, slash) : `${folder}/${name.slice(0, slash)}`;
}
