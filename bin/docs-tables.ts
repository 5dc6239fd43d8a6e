/** The tables of the manual, made from the schema and the registries: `npm run docs` writes them, a test holds them true. */
import { stringify } from "yaml";
import { usualMetrics } from "../cli/bench/columns.ts";
import type { Command } from "../cli/command.ts";
import { commonOptions } from "../cli/command.ts";
import { commandTable } from "../cli/command-table.ts";
import { optionText } from "../cli/help.ts";
import { invariants } from "../sim/check/registry.ts";
import { controllers } from "../sim/controllers/registry.ts";
import { importers } from "../sim/experiment/importers/registry.ts";
import { faultTypes } from "../sim/faults/registry.ts";
import { stateFunctions } from "../sim/scenario/expect/state-functions.ts";
import { metrics } from "../sim/scenario/metrics/registry.ts";
import { experimentSchema } from "../sim/scenario/schema/experiment.ts";
import { scenarioSchema } from "../sim/scenario/schema/scenario.ts";
import { verbs } from "../sim/scenario/verbs/registry.ts";
import { strategies } from "../sim/scheduler/strategies/registry.ts";
import { KEYS } from "../tui/view-state.ts";

type Json = Readonly<Record<string, unknown>>;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (text: string): string => `\`${text}\``;

/** What a schema accepts, in words. */
function typeOf(schema: Json): string {
  const expected = schema["x-expected"];
  if (typeof expected === "string") return expected;
  const { type, items, additionalProperties } = schema as {
    type?: string;
    items?: Json;
    additionalProperties?: Json | boolean;
  };
  if (Array.isArray(schema["enum"])) return schema["enum"].map(String).map(code).join(", ");
  if (type === "array") return `list of ${items === undefined ? "anything" : typeOf(items)}`;
  if (type === "object" && typeof additionalProperties === "object")
    return `map to ${typeOf(additionalProperties)}`;
  return type === "string" ? "text" : (type ?? "anything");
}

function fields(schema: Json, prefix = "", skip: readonly string[] = []): string[][] {
  const properties = (schema["properties"] ?? {}) as Record<string, Json>;
  const required = (schema["required"] ?? []) as string[];
  return Object.entries(properties)
    .filter(([name]) => !skip.includes(name))
    .map(([name, field]) => {
      const example = (field["examples"] as unknown[] | undefined)?.[0];
      const told = String(field["description"] ?? "");
      const more = example === undefined ? "" : ` Like ${code(exampleText(example))}.`;
      const must = required.includes(name) ? "required. " : "";
      return [code(`${prefix}${name}`), typeOf(field), `${must}${told}${more}`.trim()];
    });
}

/** An example as a file would have it. */
const exampleText = (example: unknown): string =>
  typeof example === "string"
    ? example
    : stringify(example, { collectionStyle: "flow", lineWidth: 0 }).trim();

const FIELDS = ["field", "type", "meaning"];
const at = (schema: Json, ...path: readonly string[]): Json => {
  let found: unknown = schema;
  for (const part of path) found = (found as Json)[part];
  return found as Json;
};

/** The object among a field's alternatives. */
function objectOf(schema: Json): Json {
  const alternatives = (schema["anyOf"] ?? [schema]) as Json[];
  return alternatives.find(({ properties }) => properties !== undefined) ?? {};
}

const spec = at(scenarioSchema.json as Json, "properties", "spec");
const cluster = at(spec, "properties", "cluster");
const experiment = at(experimentSchema.json as Json, "properties", "spec");
const workload = at(experiment, "properties", "workload");
const step = at(spec, "properties", "steps", "items");
const expectation = at(spec, "properties", "expect", "items");
const verbNames = verbs.map(({ name }) => name);

function commandSection(
  { name, positionals, options, examples }: Command,
  describe: string,
): string {
  const words = positionals.map((word) => {
    const shown = `${word.name.toUpperCase()}${word.many === true ? ".." : ""}`;
    return word.required === true ? shown : `[${shown}]`;
  });
  const rows = [
    ...positionals.map((word, index) => [code(words[index] ?? ""), word.describe]),
    ...options.map((option) => [code(optionText(option)), option.describe]),
  ];
  const lines = examples.map(([line, what]) => `- ${code(line)}: ${what}`);
  return [
    `### ksim ${name}`,
    "",
    `${describe}.`,
    "",
    code(["ksim", name, ...words].join(" ")),
    "",
    table(["word or option", "meaning"], rows),
    "",
    ...lines,
  ].join("\n");
}

async function commandSections(): Promise<string> {
  const all = await Promise.all(
    commandTable.map(async ({ describe, load }) =>
      commandSection((await load()).command, describe),
    ),
  );
  const common = commonOptions.map(({ name, describe }) => [code(`--${name}`), describe]);
  return [`Every command has:\n`, table(["option", "meaning"], common), "", ...all].join("\n\n");
}

/** Every table by name. */
export async function docTables(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["scenario", table(FIELDS, fields(spec))],
    ["cluster", table(FIELDS, fields(cluster))],
    ["nodes", table(FIELDS, fields(at(cluster, "properties", "nodes", "items")))],
    [
      "application",
      table(FIELDS, fields(at(cluster, "properties", "images", "additionalProperties"))),
    ],
    ["timing", table(FIELDS, fields(at(cluster, "properties", "timing")))],
    ["pace", table(FIELDS, fields(objectOf(at(cluster, "properties", "pace"))))],
    ["adapter-metrics", table(FIELDS, fields(at(cluster, "properties", "metrics", "items")))],
    ["own-controllers", table(FIELDS, fields(at(cluster, "properties", "controllers")))],
    ["experiment", table(FIELDS, fields(experiment))],
    ["compare", table(FIELDS, fields(at(experiment, "properties", "compare")))],
    ["workload", table(FIELDS, fields(workload))],
    ["generate", table(FIELDS, fields(at(workload, "properties", "generate")))],
    [
      "class",
      table(
        FIELDS,
        fields(at(workload, "properties", "generate", "properties", "classes", "items")),
      ),
    ],
    [
      "importers",
      table(
        ["format", "files", "what it is"],
        importers.map(({ name, files, description }) => [code(name), files, description]),
      ),
    ],
    [
      "usual-metrics",
      table(
        ["name", "metric", "statistic"],
        usualMetrics(true).map(({ name = "", metric, stat = "" }) => [
          code(name),
          code(metric),
          stat,
        ]),
      ),
    ],
    ["params", table(FIELDS, fields(at(spec, "properties", "params", "additionalProperties")))],
    ["step", table(FIELDS, fields(step, "", verbNames))],
    [
      "verbs",
      table(
        ["verb", "what it does"],
        verbs.map(({ name, description }) => [code(name), description]),
      ),
    ],
    ...verbs.flatMap(({ name, schema }) => {
      const rows = fields(objectOf(schema.json as Json));
      return rows.length === 0 ? [] : [[`verb-${name}`, table(FIELDS, rows)] as const];
    }),
    ["expectation", table(FIELDS, fields(expectation))],
    ["eventually", table(FIELDS, fields(objectOf(at(expectation, "properties", "eventually"))))],
    ["always", table(FIELDS, fields(objectOf(at(expectation, "properties", "always"))))],
    ["measure", table(FIELDS, fields(at(spec, "properties", "measure", "items")))],
    [
      "functions",
      table(
        ["function", "answers"],
        stateFunctions.map(({ signatures, description }) => [
          signatures.map(code).join(" "),
          description,
        ]),
      ),
    ],
    [
      "metrics",
      table(
        ["metric", "unit", "usual statistic", "what it measures"],
        metrics.map(({ name, unit, stat, description }) => [code(name), unit, stat, description]),
      ),
    ],
    [
      "faults",
      table(
        ["fault", "target", "parameters", "what happens"],
        faultTypes.map(({ name, targets, parameters, description }) => [
          code(name),
          targets.map(code).join(", "),
          Object.entries(parameters)
            .map(([key, parameter]) => `${code(key)} (${parameter.type}): ${parameter.description}`)
            .join(" "),
          description,
        ]),
      ),
    ],
    [
      "invariants",
      table(
        ["invariant", "number", "what must hold"],
        invariants.map(({ name, number, description }) => [
          code(name),
          String(number),
          description,
        ]),
      ),
    ],
    [
      "schedulers",
      table(
        ["scheduler", "what it does", "source"],
        strategies.map(({ name, describe, source }) => [code(name), describe, source]),
      ),
    ],
    [
      "controllers",
      table(
        ["controller", "runs"],
        controllers.map((entry) => [
          code(entry.name),
          entry.default ? "unless disabled" : "when enabled",
        ]),
      ),
    ],
    [
      "keys",
      table(
        ["key", "what it does"],
        KEYS.map(([keys, meaning]) => [code(keys), meaning]),
      ),
    ],
    ["commands", await commandSections()],
  ]);
}

const MARK = /<!-- table: ([\w-]+) -->\n[\s\S]*?<!-- end -->/g;

/** A page of the manual with its tables made anew. Throws for a table that there is not. */
export function fillTables(page: string, tables: ReadonlyMap<string, string>): string {
  return page.replace(MARK, (_, name: string) => {
    const text = tables.get(name);
    if (text === undefined) throw new Error(`there is no table ${name}`);
    return `<!-- table: ${name} -->\n${text}\n<!-- end -->`;
  });
}
