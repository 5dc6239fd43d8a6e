import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { controllersFromModule } from "../../sim/controllers/own-controllers.ts";
import type { ControllerEntry } from "../../sim/controllers/registry.ts";
import type { Controller } from "../../sim/controllers/runtime/controller.ts";
import type { ModuleLoader } from "../../sim/scenario/read-cluster.ts";
import { schedulerFromModule } from "../../sim/scheduler/strategies/own-scheduler.ts";
import { invariantFromModule } from "./invariant-module.ts";
import { loadModule } from "./load.ts";
import { withinTime } from "./time-limit.ts";

const ENDINGS = ["", ".ts", ".mts", ".js", ".mjs", ".cjs", "/index.ts", "/index.js"];

/** Loads users' modules relative to a folder. `prefix` goes before the names under which their texts are kept. */
export function moduleLoader(folder: string, prefix = ""): ModuleLoader {
  const texts = new Map<string, string>();
  const load = (file: string): unknown => {
    const path = isAbsolute(file) ? file : join(folder, file);
    const module = loadModule(path, file);
    collect(
      path,
      normalize(join(prefix, isAbsolute(file) ? (file.split("/").at(-1) ?? "") : file)),
      texts,
    );
    return module;
  };
  return {
    controllers: (file) => within(file, () => controllersFromModule(load(file), file)).map(limited),
    scheduler: (file) => within(file, () => schedulerFromModule(load(file), file, withinTime)),
    invariant: (file) => within(file, () => invariantFromModule(load(file), file)),
    files: () => texts,
  };
}

/** Messages about what a module exports name it. */
function within<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith("cannot ")) throw error;
    throw new RangeError(`module ${JSON.stringify(file)}: ${(error as Error).message}`);
  }
}

/** Takes over the text of a module and of the files that it imports by relative names. */
function collect(path: string, name: string, texts: Map<string, string>): void {
  if (texts.has(name)) return;
  const text = readFileSync(path, "utf8");
  texts.set(name, text);
  for (const [, wanted = ""] of text.matchAll(
    /(?:from|import|require)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g,
  )) {
    const bare = wanted.replace(/\.([cm]?)js$/, ".$1ts");
    const endings = [...ENDINGS.map((ending) => `${wanted}${ending}`), bare];
    const found = endings.find((each) => isFile(join(dirname(path), each)));
    if (found !== undefined)
      collect(join(dirname(path), found), normalize(join(dirname(name), found)), texts);
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** A controller whose reconcile is stopped when it does not come back. */
function limited(entry: ControllerEntry): ControllerEntry {
  return {
    ...entry,
    make: (services) => {
      const controller: Controller = entry.make(services);
      return {
        ...controller,
        name: controller.name,
        for: controller.for,
        reconcile: (key, context) => withinTime(() => controller.reconcile(key, context)),
      };
    },
  };
}
