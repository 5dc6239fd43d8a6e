import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { controllersFromModule } from "../../sim/controllers/own-controllers.ts";
import type { ControllerEntry } from "../../sim/controllers/registry.ts";
import type { Controller } from "../../sim/controllers/runtime/controller.ts";
import type { ModuleLoader } from "../../sim/scenario/read-cluster.ts";
import { schedulerFromModule } from "../../sim/scheduler/strategies/own-scheduler.ts";
import { schedulerFromConfig } from "../files/scheduler-config.ts";
import { invariantFromModule } from "./invariant-module.ts";
import { loadModule } from "./load.ts";
import { withinTime } from "./time-limit.ts";

/** Schedulers are modules, or configured by such a file. */
const CONFIGURATION = /\.(ya?ml|json)$/;

const ENDINGS = ["", ".ts", ".mts", ".js", ".mjs", ".cjs", "/index.ts", "/index.js"];

/** Loads users' modules relative to a folder. `prefix` goes before the names under which their texts are kept. */
export function moduleLoader(folder: string, prefix = ""): ModuleLoader {
  const texts = new Map<string, string>();
  const pathOf = (file: string): string => (isAbsolute(file) ? file : join(folder, file));
  const nameOf = (file: string): string =>
    normalize(join(prefix, isAbsolute(file) ? (file.split("/").at(-1) ?? "") : file));
  const load = (file: string): unknown => {
    const module = loadModule(pathOf(file), file);
    collect(pathOf(file), nameOf(file), texts);
    return module;
  };
  const textOf = (file: string): string => {
    if (!isFile(pathOf(file))) throw new RangeError(`cannot read ${JSON.stringify(file)}`);
    const text = readFileSync(pathOf(file), "utf8");
    texts.set(nameOf(file), text);
    return text;
  };
  return {
    controllers: (file) => within(file, () => controllersFromModule(load(file), file)).map(limited),
    scheduler: (file) =>
      CONFIGURATION.test(file)
        ? schedulerFromConfig(file, textOf(file))
        : within(file, () => schedulerFromModule(load(file), file, withinTime)),
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
