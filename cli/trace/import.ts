import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import type { TraceFile } from "../../sim/experiment/importers/importer.ts";
import { importers } from "../../sim/experiment/importers/registry.ts";
import { TraceError } from "../../sim/experiment/input-error.ts";
import { workloadText } from "../../sim/experiment/workload-file.ts";
import { InputError } from "../../sim/scenario/problem.ts";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import type { Arguments } from "../command.ts";
import { find, readInput } from "../files/read.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";

/** Turns a foreign trace into a workload file. */
export function importTrace(args: Arguments, io: Io): ExitCode {
  const format = args.text("format") ?? "";
  const importer = importers.find(({ name }) => name === format);
  if (importer === undefined) {
    const names = importers.map(({ name }) => name);
    const near = nearest(format, names);
    throw new UsageError(
      `unknown format ${JSON.stringify(format)}`,
      near === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${near}?`,
    );
  }
  const { workload, notes } = attempt(() =>
    importer.read(args.texts("files").map((file) => readTrace(file, io))),
  );
  const out = args.text("out");
  const text = workloadText(workload);
  if (out === undefined) io.out(text);
  else writeFileSync(resolve(io.cwd, out), text);
  if (!args.has("quiet")) for (const note of notes) io.err(`${note}\n`);
  return Exit.fine;
}

/** Bytes of a file, unpacked. Standard input and missing files go the way of every other command. */
function readTrace(given: string, io: Io): TraceFile {
  const path = given === "-" ? undefined : find(given, io);
  if (path === undefined)
    return { name: given, bytes: new TextEncoder().encode(readInput(given, io).text) };
  const bytes = readFileSync(path);
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return { name: given, bytes: packed ? gunzipSync(bytes) : bytes };
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    const { file, line, column, message, suggestion } = error;
    const hint = suggestion === undefined ? {} : { suggestion };
    throw new InputError([{ file, line, column, path: "", message, ...hint }]);
  }
}
