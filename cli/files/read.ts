import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { InputError, type Problem } from "../../sim/scenario/problem.ts";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import type { Io } from "../io.ts";
import { catalogue } from "./catalogue.ts";

/** A text with the name under which messages speak of it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
  /** Folder that names inside the file are relative to. */
  readonly folder: string;
}

const LARGEST = 64 * 1024 * 1024;

/** Reads a file that a command line names; `-` is standard input, a bare name may be one of the catalogue. Throws `InputError`. */
export function readInput(given: string, io: Io): NamedText {
  if (given === "-")
    return { name: "stdin", text: new TextDecoder().decode(io.stdin()), folder: io.cwd };
  const path = find(given, io);
  if (path === undefined) throw new InputError([missing(given, io)]);
  const { size } = statSync(path);
  if (size > LARGEST)
    throw new InputError([
      placed(given, `expected a file of at most 64 MiB, got ${(size / 1_048_576).toFixed(1)} MiB`),
    ]);
  try {
    return { name: given, text: readFileSync(path, "utf8"), folder: dirname(path) };
  } catch (error) {
    throw new InputError([
      placed(given, `cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown reason"}`),
    ]);
  }
}

/** Absolute path of a file, a folder, or a scenario of the catalogue. */
export function find(given: string, io: Io): string | undefined {
  const path = isAbsolute(given) ? given : resolve(io.cwd, given);
  if (existsSync(path)) return path;
  return catalogue().find(({ name }) => name === given)?.path;
}

/** Whether a command line names a folder. */
export function isFolder(given: string, io: Io): boolean {
  const path = given === "-" ? undefined : find(given, io);
  return path !== undefined && statSync(path).isDirectory();
}

/** The YAML and JSON files of a folder and the folders in it, sorted by path. */
export function filesOf(given: string, io: Io): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string, shown: string): void => {
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    for (const entry of entries) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const below = shown.endsWith("/") ? `${shown}${entry.name}` : `${shown}/${entry.name}`;
      if (entry.isDirectory()) walk(join(folder, entry.name), below);
      else if ([".yaml", ".yml", ".json"].includes(extname(entry.name))) found.push(below);
    }
  };
  walk(find(given, io) ?? given, given);
  return found;
}

/** Reads files relative to a folder, and never outside of what the file system lets us. */
export function readerIn(folder: string): (name: string) => string | undefined {
  return (name) => {
    const path = isAbsolute(name) ? name : join(folder, name);
    try {
      return statSync(path).size > LARGEST ? undefined : readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  };
}

function placed(file: string, message: string, suggestion?: string): Problem {
  return {
    file,
    line: 1,
    column: 1,
    path: "",
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function missing(given: string, io: Io): Problem {
  const folder = dirname(resolve(io.cwd, given));
  const beside = namesIn(folder);
  const near = nearest(basename(given), beside);
  const known = nearest(
    given,
    catalogue().map(({ name }) => name),
  );
  const hint =
    near !== undefined
      ? `Did you mean ${JSON.stringify(join(dirname(given), near))}?`
      : known !== undefined
        ? `Did you mean the scenario ${JSON.stringify(known)}?`
        : "`ksim list scenarios` tells what comes with ksim.";
  return placed(given, "expected a file, there is none of this name", hint);
}
