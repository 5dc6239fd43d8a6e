import { MINUTE, parseSpan } from "../engine/time.ts";
import type { Scenario } from "./model.ts";
import { resolveParams } from "./params.ts";
import { InputError, type Path, type Problem } from "./problem.ts";
import { type ModuleLoader, readCluster } from "./read-cluster.ts";
import { readExpectation, readMeasure } from "./read-expectations.ts";
import { readSteps, type StepContext, stepIds } from "./read-steps.ts";
import { checkSchema, inOrder, suggestion } from "./schema/check.ts";
import type { ParamSpec } from "./schema/parts.ts";
import { type ScenarioSpec, scenarioSchema } from "./schema/scenario.ts";
import { type SourceDocument, SourceFile } from "./source-file.ts";
import { fillTemplates } from "./template.ts";

/** Length of a run that names none. */
const DEFAULT_DURATION = 10 * MINUTE;

/** What the outside lends to the parser, which reads no files itself. */
export interface ParseOptions {
  /** Text of a file that the scenario names, relative to the scenario; `undefined` when it cannot be read. */
  readonly read?: (name: string) => string | undefined;
  /** Values of `--set`. */
  readonly set?: Readonly<Record<string, string>>;
  /** Names of the invariants that expectations may name. */
  readonly invariants?: readonly string[];
  /** Loads the user's own modules that the scenario names; without it such names are refused. */
  readonly modules?: ModuleLoader;
}

/** Reads a scenario. Throws `InputError` with every problem found: place, what was expected, what was probably meant. */
export function parseScenario(name: string, text: string, options: ParseOptions = {}): Scenario {
  const source = new SourceFile(name, text);
  const document = onlyDocument(source);
  refuseOtherKinds(document);
  const problems: Problem[] = [];
  const raw = document.value as { spec?: { params?: unknown } };
  const params = resolveParams(paramSpecs(raw.spec?.params), options.set ?? {}, document, problems);
  const filled = fillTemplates(document.value, params, document, problems);
  problems.push(...checkSchema(scenarioSchema.json, filled, document));
  if (problems.length > 0) throw new InputError(inOrder(problems));
  const files = new Map([[name, text]]);
  const scenario = build(filled as ScenarioSpec, document, params, problems, files, options);
  if (problems.length > 0) throw new InputError(inOrder(problems));
  return scenario;
}

/** The kind of a ksim file, or `undefined` for anything else (Kubernetes manifests). */
export function ksimKind(source: SourceFile): string | undefined {
  const value = source.documents[0]?.value as
    | { apiVersion?: unknown; kind?: unknown }
    | null
    | undefined;
  if (typeof value?.apiVersion !== "string" || !value.apiVersion.startsWith("ksim.dev/"))
    return undefined;
  return String(value.kind);
}

/** The one document of a file. Throws `InputError` when there is none, or more. */
export function onlyDocument(source: SourceFile): SourceDocument {
  const documents = source.documents.filter(({ value }) => value !== null && value !== undefined);
  const [document, second] = documents;
  if (document === undefined)
    throw new InputError([
      source.problem(
        { line: 1, column: 1 },
        [],
        "expected a scenario, got an empty file",
        "`ksim new NAME` writes one to start from.",
      ),
    ]);
  if (second !== undefined)
    throw new InputError([
      source.problem(
        second.locate([]),
        [],
        "expected one document, got another one",
        "Put manifests into files of their own.",
      ),
    ]);
  return document;
}

function refuseOtherKinds(document: SourceDocument): void {
  const { source, value } = document;
  const fail = (path: Path, message: string, hint?: string): never => {
    throw new InputError([source.problem(document.locate(path), path, message, hint)]);
  };
  if (value === null || typeof value !== "object" || Array.isArray(value))
    fail([], "expected a mapping with apiVersion, kind, metadata and spec");
  const { apiVersion, kind } = value as Record<string, unknown>;
  if (apiVersion !== "ksim.dev/v1")
    fail(
      ["apiVersion"],
      `expected apiVersion ksim.dev/v1, got ${JSON.stringify(apiVersion) ?? "nothing"}`,
      suggestion(String(apiVersion), ["ksim.dev/v1"]),
    );
  if (kind !== "Scenario")
    fail(
      ["kind"],
      `expected kind Scenario, got ${JSON.stringify(kind) ?? "nothing"}`,
      suggestion(String(kind), ["Scenario"]),
    );
}

/** Parameters are read before the schema is checked: what is no mapping is reported by that check. */
function paramSpecs(value: unknown): Readonly<Record<string, ParamSpec>> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, spec]) => spec !== null && typeof spec === "object" && "default" in spec,
    ),
  ) as Record<string, ParamSpec>;
}

function build(
  { metadata, spec }: ScenarioSpec,
  document: SourceDocument,
  params: Scenario["params"],
  problems: Problem[],
  files: Map<string, string>,
  options: ParseOptions,
): Scenario {
  const specs = spec.steps ?? [];
  const duration =
    spec.duration === undefined ? DEFAULT_DURATION : (parseSpan(spec.duration) ?? DEFAULT_DURATION);
  const ids = stepIds(specs, document, problems);
  const context: StepContext = {
    document,
    params,
    steps: new Set(ids),
    invariants: options.invariants ?? [],
    modules: options.modules,
    duration,
    problem: (path, message, hint, character) =>
      problems.push(
        document.source.problem(
          character === undefined ? document.locate(path) : document.locateWithin(path, character),
          path,
          message,
          hint,
        ),
      ),
    add: (more) => problems.push(...more),
    read: (name, path) => readFile(name, path, context, files, options),
  };
  const { steps, expectations } = readSteps(specs, ids, context);
  const whole = (spec.expect ?? []).flatMap(
    (expected, at) => readExpectation(expected, ["spec", "expect", at], context) ?? [],
  );
  const cluster = readCluster(
    spec.cluster,
    (path, message, hint) => context.problem(["spec", "cluster", ...path], message, hint),
    options.modules,
  );
  for (const [name, text] of options.modules?.files() ?? []) files.set(name, text);
  return {
    name: metadata.name,
    title: spec.title ?? metadata.name,
    description: spec.description,
    labels: metadata.labels ?? {},
    seed: String(spec.seed ?? "1"),
    duration,
    params,
    cluster,
    steps,
    expectations: [...expectations, ...whole],
    measures: (spec.measure ?? []).map((measure, at) =>
      readMeasure(measure, ["spec", "measure", at], context),
    ),
    files,
  };
}

function readFile(
  name: string,
  path: Path,
  context: StepContext,
  files: Map<string, string>,
  options: ParseOptions,
): SourceFile | undefined {
  const text = files.get(name) ?? options.read?.(name);
  if (text === undefined) {
    context.problem(
      path,
      `cannot read the file ${JSON.stringify(name)}`,
      "Paths are relative to the scenario's file.",
    );
    return undefined;
  }
  files.set(name, text);
  try {
    return new SourceFile(name, text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    context.add(error.problems);
    return undefined;
  }
}
