import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import type { Arguments } from "../command.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";
import { checkDigest, openPast } from "../look/past-run.ts";
import { openMetricsText } from "./open-metrics.ts";
import { perfettoText } from "./perfetto.ts";
import { csvOf, htmlOf, podLives, svgOf } from "./pod-lives.ts";

/** A run, ready to be turned into something else. */
export interface ExportedRun {
  readonly title: string;
  readonly entries: readonly JournalEntry[];
  readonly end: number;
}

const formats: Readonly<Record<string, (run: ExportedRun) => string>> = {
  csv: ({ entries }) => csvOf(podLives(entries)),
  html: ({ title, entries, end }) => htmlOf(title, podLives(entries), end),
  svg: ({ entries, end }) => svgOf(podLives(entries), end),
  perfetto: ({ entries }) => perfettoText(podLives(entries), entries),
  openmetrics: ({ entries, end }) => openMetricsText(entries, end),
};

/** Turns a run into a file of another tool. */
export function exportRun(args: Arguments, io: Io): ExitCode {
  const names = Object.keys(formats);
  const wanted = names.filter((name) => args.has(name));
  const [format] = wanted;
  if (format === undefined || wanted.length > 1)
    throw new UsageError(`expected one of ${names.map((name) => `--${name}`).join(", ")}`);
  const past = openPast(args, io, "changes");
  past.run.finish();
  checkDigest(past);
  const { engine } = past.run.cluster;
  const text =
    formats[format]?.({
      title: past.scenario.title,
      entries: engine.journal.entries,
      end: past.run.end,
    }) ?? "";
  const out = args.text("out");
  if (out === undefined) io.out(text);
  else writeFileSync(resolve(io.cwd, out), text);
  return Exit.fine;
}
