import { openMetricsText } from "../../report/open-metrics.ts";
import { perfettoText } from "../../report/perfetto.ts";
import { runCsv } from "../../report/run-csv.ts";
import type { FinishedRun } from "../../report/run-facts.ts";
import { runHtml } from "../../report/run-html.ts";
import { runSvg } from "../../report/run-svg.ts";
import type { RunResult } from "../../sim/scenario/run/run-result.ts";
import type { Arguments } from "../command.ts";
import { placeOf, writeWhole } from "../files/write.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { checkDigest, openPast } from "../look/past-run.ts";

type Content = string | Uint8Array;
type Format = (run: FinishedRun, result: RunResult) => Content | Promise<Content>;

/** What a run can be turned into. A new format is one file and one line here. */
const formats: Readonly<Record<string, Format>> = {
  html: runHtml,
  svg: runSvg,
  // The terminal's part is heavy: it is opened when it is asked for.
  cast: async (run) => (await import("./cast.ts")).castText(run),
  perfetto: perfettoText,
  openmetrics: openMetricsText,
  csv: runCsv,
  parquet: async (run) => (await import("../../report/run-parquet.ts")).runParquet(run),
};

/** Turns a run into a file of another tool. */
export async function exportRun(args: Arguments, io: Io): Promise<ExitCode> {
  const names = Object.keys(formats);
  const wanted = names.filter((name) => args.has(name));
  const [format] = wanted;
  if (format === undefined || wanted.length > 1)
    throw new UsageError(
      `expected one of ${names.map((name) => `--${name}`).join(", ")}${wanted.length > 1 ? `, got ${wanted.length}` : ""}`,
    );
  const out = placeOf(args, "out", io);
  if (format === "parquet" && out === undefined)
    throw new UsageError("parquet is not text", "Give the file with --out.");
  const past = openPast(args, io, "changes");
  const result = past.run.finish();
  checkDigest(past);
  const run: FinishedRun = {
    title: past.scenario.title,
    description: past.scenario.description,
    entries: past.run.cluster.engine.journal.entries,
    end: past.run.end,
  };
  const content = (await formats[format]?.(run, result)) ?? "";
  if (out !== undefined) writeWhole(out, content);
  else if (typeof content === "string") io.out(content);
  return Exit.fine;
}
