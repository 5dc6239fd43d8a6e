import { readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Importer, TraceFile } from "../../sim/experiment/importers/importer.ts";
import { importers } from "../../sim/experiment/importers/registry.ts";
import { TraceError } from "../../sim/experiment/input-error.ts";
import { adjusted } from "../../sim/experiment/workload.ts";
import { workloadText } from "../../sim/experiment/workload-file.ts";
import type { InputError } from "../../sim/scenario/problem.ts";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import { inputError } from "../bench/workload-source.ts";
import type { Arguments } from "../command.ts";
import { find, isFolder, readInput } from "../files/read.ts";
import { placeOf, writeWhole } from "../files/write.ts";
import { Exit, type ExitCode, type Io, UsageError } from "../io.ts";

/** Turns a foreign trace into a workload file. */
export function importTrace(args: Arguments, io: Io): ExitCode {
  const importer = importerOf(args.text("format") ?? "");
  const limit = limitOf(args.text("limit"));
  const names = args.texts("files");
  if (names.length === 0) throw new UsageError(`expected ${importer.files}`, importer.description);
  const place = placeOf(args, "out", io);
  const files = names.map((name) => readTraceFile(name, io));
  const { workload, notes } = read(importer, files);
  const cut = limit === undefined ? workload : adjusted(workload, { limit });
  const text = workloadText(cut);
  const out = args.text("out");
  if (place === undefined) io.out(text);
  else writeWhole(place, text);
  if (args.has("quiet")) return Exit.fine;
  for (const note of notes) io.err(`${note}\n`);
  const { events, nodes } = cut;
  const machines = nodes?.reduce((sum, { count = 1 }) => sum + count, 0);
  io.err(
    `${events.length} arrivals and departures${machines === undefined ? "" : `, ${machines} nodes`}${out === undefined ? "" : `: ${out}`}\n`,
  );
  return Exit.fine;
}

function importerOf(format: string): Importer {
  const found = importers.find(({ name }) => name === format);
  if (found !== undefined) return found;
  const names = importers.map(({ name }) => name);
  const near = nearest(format, names);
  throw new UsageError(
    `unknown format ${JSON.stringify(format)}`,
    near === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${near}?`,
  );
}

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`--limit: expected a whole number from 1, got ${JSON.stringify(text)}`);
  return limit;
}

/** Largest trace that is read, in bytes before unpacking and after. */
const LARGEST = 512 * 1024 * 1024;

function readTraceFile(name: string, io: Io): TraceFile {
  const path = name === "-" ? undefined : find(name, io);
  if (name === "-") return unpacked("stdin", io.stdin());
  // The reader of scenarios knows what to say of a file that is not there.
  if (path === undefined) return { name, bytes: Buffer.from(readInput(name, io).text) };
  if (isFolder(name, io))
    throw refusal(name, "expected a file, got a folder", "Name the trace's files.");
  if (statSync(path).size > LARGEST) throw refusal(name, "expected a file of at most 512 MiB");
  return unpacked(name, readFileSync(path));
}

function unpacked(name: string, bytes: Uint8Array): TraceFile {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { name, bytes };
  try {
    return { name, bytes: gunzipSync(bytes, { maxOutputLength: LARGEST }) };
  } catch (error) {
    throw refusal(name, `cannot be unpacked: ${(error as Error).message}`);
  }
}

function refusal(file: string, message: string, suggestion?: string): InputError {
  return inputError(new TraceError(message, { file }, suggestion));
}

function read(importer: Importer, files: readonly TraceFile[]): ReturnType<Importer["read"]> {
  try {
    return importer.read(files);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    const file = files.find(({ name }) => name === error.file);
    const isText = file !== undefined && file.bytes.length < 64 * 1024 * 1024;
    throw inputError(error, isText ? new TextDecoder().decode(file.bytes) : undefined);
  }
}
