import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as ksim from "../../index.ts";
import { withinTime } from "./time-limit.ts";

/** Modules loaded so far: absolute path → the name that messages use. */
const loaded = new Map<string, string>();

/**
 * Loads a user's TypeScript or JavaScript module, with `ksim` being this very program wherever the module lies.
 * Throws `RangeError` saying what is wrong with it and where.
 */
export function loadModule(path: string, name: string): unknown {
  if (!existsSync(path)) throw new RangeError(`cannot read the module ${JSON.stringify(name)}`);
  loaded.set(realpathSync(path), name);
  // A transpiler takes time to load: only who has a module of his own waits for it.
  const { createJiti } = createRequire(import.meta.url)("jiti") as typeof import("jiti");
  const jiti = createJiti(fileURLToPath(import.meta.url), {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { ksim: { ...ksim, __esModule: true } },
  });
  try {
    return withinTime(() => jiti(realpathSync(path)) as unknown);
  } catch (error) {
    throw new RangeError(`cannot load the module ${JSON.stringify(name)}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${String(error)}`;
  const place = placeOf(error);
  const lines = error.message.split("\n").filter((line) => line.trim() !== "");
  // The transpiler names the file in lines of its own.
  const told = lines.filter((line) => !/^Require stack:|^- /.test(line)).map(shorten);
  const text = told.join(" ").trim();
  if (/^await is only valid/.test(text)) return "await outside of a function cannot be used here";
  return place === undefined || text.includes(place) ? text : `${text} (${place})`;
}

/** No path of the machine in a message. */
function shorten(text: string): string {
  let short = text.trim();
  for (const [path, name] of loaded) {
    short = short.replaceAll(path, name);
    short = short.replaceAll(`${dirname(path)}/`, "");
  }
  return short;
}

/** `my-controller.ts:12:5`: where in a user's module an error was thrown, if it was there. */
export function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n").slice(1)) {
    const frame = /\(?(?:file:\/\/)?([^()\s]+):(\d+):(\d+)\)?$/.exec(line.trim());
    if (frame === null) continue;
    const [, file = "", row, column] = frame;
    const name = loaded.get(file) ?? besideLoaded(file);
    if (name !== undefined) return `${name}:${row}:${column}`;
  }
  return undefined;
}

function besideLoaded(file: string): string | undefined {
  for (const path of loaded.keys()) if (dirname(path) === dirname(file)) return basename(file);
  return undefined;
}
