import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { invariants } from "../../sim/check/registry.ts";
import { controllers } from "../../sim/controllers/registry.ts";
import { faultTypes } from "../../sim/faults/registry.ts";
import { stateFunctions } from "../../sim/scenario/expect/state-functions.ts";
import { metrics } from "../../sim/scenario/metrics/registry.ts";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import { verbs } from "../../sim/scenario/verbs/registry.ts";
import { strategies } from "../../sim/scheduler/strategies/registry.ts";
import type { Arguments } from "../command.ts";
import { catalogue } from "../files/catalogue.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { textTable } from "../print/table.ts";

/** Tables show the texts and numbers of a row; documents show all of it. */
type Row = Readonly<Record<string, unknown>>;

const lists: Readonly<Record<string, () => readonly Row[]>> = {
  scenarios: () =>
    catalogue().map(({ name, path }) => {
      const { metadata, spec } = parse(readFileSync(path, "utf8")) as {
        metadata?: { labels?: Record<string, string> };
        spec?: { title?: string };
      };
      return {
        name,
        level: metadata?.labels?.["level"] ?? "",
        topic: metadata?.labels?.["topic"] ?? "",
        title: spec?.title ?? "",
      };
    }),
  schedulers: () =>
    strategies.map(({ name, describe, source }) => ({ name, description: describe, source })),
  controllers: () =>
    controllers.map((entry) => ({
      name: entry.name,
      runs: entry.default ? "unless disabled" : "when enabled",
    })),
  faults: () =>
    faultTypes.map(({ name, description, targets, parameters }) => ({
      name,
      description,
      targets,
      parameters,
    })),
  invariants: () =>
    invariants.map(({ name, number, description }) => ({ name, number, description })),
  metrics: () =>
    metrics.map(({ name, unit, stat, description }) => ({ name, unit, stat, description })),
  verbs: () => verbs.map(({ name, description }) => ({ name, description })),
  functions: () =>
    stateFunctions.flatMap(({ signatures, description }) =>
      signatures.map((name) => ({ name, description })),
    ),
};

/** The sorts of things that can be listed. */
export const listNames: readonly string[] = Object.keys(lists);

/** Lists what there is of a sort. */
export function list(args: Arguments, io: Io): ExitCode {
  const what = args.text("what") ?? "";
  const rows = lists[what]?.();
  if (rows === undefined) {
    const near = nearest(what, listNames);
    throw new UsageError(
      `unknown list ${JSON.stringify(what)}`,
      near === undefined ? `There are ${listNames.join(", ")}.` : `Did you mean ${near}?`,
    );
  }
  const format = args.text("output") ?? "table";
  const document = { apiVersion: "ksim.dev/v1", kind: "List", items: rows };
  if (format === "json") io.out(`${JSON.stringify(document, null, 2)}\n`);
  else if (format === "yaml") io.out(stringify(document));
  else if (format === "jsonl") io.out(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  else if (format === "name") io.out(rows.map(({ name }) => `${name}\n`).join(""));
  else io.out(textTable(rows.map(cells)));
  return Exit.fine;
}

function cells(row: Row): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(row).filter(
      (field): field is [string, string | number] => typeof field[1] !== "object",
    ),
  );
}
