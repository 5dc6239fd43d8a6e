import { basename } from "node:path";
import { randomFrom } from "../../sim/engine/random.ts";
import { InputError, type Path, type Problem } from "../../sim/scenario/problem.ts";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import { SourceFile } from "../../sim/scenario/source-file.ts";
import { SchedulerError } from "../../sim/scheduler/framework/error.ts";
import { PLUGINS } from "../../sim/scheduler/plugins/registry.ts";
import { makeSchedulingCore } from "../../sim/scheduler/registry.ts";
import type { Strategy } from "../../sim/scheduler/strategies/strategy.ts";
import type { NamedText } from "./read.ts";

/** A scheduler configuration of a file, with what its mistakes look like. */
export interface ConfigFile {
  readonly value: unknown;
  /** What is wrong, at the place of the file it speaks of. */
  problem(error: SchedulerError): Problem;
}

/** Reads a profile or a KubeSchedulerConfiguration. Throws `InputError` when it is not YAML or empty. */
export function readConfigFile({ name, text }: Pick<NamedText, "name" | "text">): ConfigFile {
  const source = new SourceFile(name, text);
  const [document] = source.documents;
  if (document === undefined || typeof document.value !== "object" || document.value === null)
    throw new InputError([
      source.problem(
        { line: 1, column: 1 },
        [],
        "expected a profile or a KubeSchedulerConfiguration",
      ),
    ]);
  const { value } = document;
  return {
    value,
    problem: (error) => {
      const { path, message } = placeOf(error, value);
      return source.problem(document.locate(path), path, message, suggestion(error));
    },
  };
}

/** The scheduler that a file configures. Throws `InputError` saying where it is wrong. */
export function schedulerFromConfig(name: string, text: string): Strategy {
  const config = readConfigFile({ name, text });
  try {
    makeSchedulingCore(config.value as object, randomFrom(name));
  } catch (error) {
    if (error instanceof SchedulerError) throw new InputError([config.problem(error)]);
    throw error;
  }
  return {
    name: basename(name).replace(/\.\w+$/, ""),
    describe: `configuration of ${name}`,
    source: name,
    config: config.value,
    file: name,
  };
}

function suggestion({ message, plugin }: SchedulerError): string | undefined {
  if (plugin === undefined || !message.includes("unknown plugin")) return undefined;
  const near = nearest(
    plugin,
    PLUGINS.map(({ name }) => name),
  );
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** Where in the configuration an error speaks of: by the field it names, or by the plugin. */
function placeOf(
  { message, plugin }: SchedulerError,
  config: unknown,
): { readonly path: Path; readonly message: string } {
  const bare = message.replace(/^\[[^\]]*\] /, "");
  const [, field, rest] = /^([\w.[\]*]+): (.*)$/s.exec(bare) ?? [];
  if (plugin === undefined) {
    const path = partsOf(field ?? "").filter(
      (part) => part !== "profile" && part !== "configuration",
    );
    return field === undefined ? { path: [], message: bare } : { path, message: rest ?? bare };
  }
  const named = pathOf(config, plugin, field?.startsWith("args") === true);
  if (named === undefined) return { path: [], message: `plugin ${plugin}: ${bare}` };
  if (field?.startsWith("args") !== true)
    return { path: [...named, "name"], message: `plugin ${plugin}: ${bare}` };
  return { path: [...named, ...partsOf(field)], message: `plugin ${plugin}: ${rest}` };
}

/** `a.b[2].c` as a path. */
function partsOf(field: string): Path {
  return [...field.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([part, index]) =>
    index === undefined ? part : Number(index),
  );
}

/** Path of the first entry with this name; with `args` of one that has arguments. */
function pathOf(value: unknown, name: string, args: boolean): Path | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  if (record["name"] === name && (!args || "args" in record)) return [];
  for (const [key, part] of Object.entries(record)) {
    const inner = pathOf(part, name, args);
    if (inner !== undefined) return [Array.isArray(value) ? Number(key) : key, ...inner];
  }
  return undefined;
}
