import type { Contender } from "../../sim/experiment/plan.ts";
import type { Path } from "../../sim/scenario/problem.ts";
import { isModuleFile, type ModuleLoader } from "../../sim/scenario/read-cluster.ts";
import { suggestion } from "../../sim/scenario/schema/check.ts";
import { strategies } from "../../sim/scheduler/strategies/registry.ts";

/** Hears of what is wrong with a scheduler of the file or the command line. */
type Report = (path: Path, message: string, hint?: string) => void;

/** Reads the schedulers that an experiment names: names, modules, configurations, or any of them under a name. */
export function readContenders(
  given: readonly unknown[],
  path: Path,
  report: Report,
  loader: ModuleLoader | undefined,
): readonly Contender[] {
  const names = new Map<string, number>();
  return given.map((one, at) => {
    const here: Path = [...path, at];
    const contender = readOne(one, at, here, report, loader);
    const first = names.get(contender.name);
    if (first !== undefined)
      report(
        here,
        `the scheduler ${JSON.stringify(contender.name)} is there twice`,
        "Give it a name of its own: {name, config}.",
      );
    names.set(contender.name, at);
    return contender;
  });
}

function readOne(
  given: unknown,
  at: number,
  path: Path,
  report: Report,
  loader: ModuleLoader | undefined,
): Contender {
  if (typeof given === "string")
    return { name: given, config: readConfig(given, path, report, loader) };
  const { name, config, kind } = given as {
    readonly name?: string;
    readonly config?: string | object;
    readonly kind?: unknown;
  };
  if (config === undefined || kind !== undefined)
    return {
      name: profileName(given as object) ?? `configuration-${at + 1}`,
      config: given as object,
    };
  return {
    name: name ?? `configuration-${at + 1}`,
    config:
      typeof config === "string" ? readConfig(config, [...path, "config"], report, loader) : config,
  };
}

function profileName(config: object): string | undefined {
  return (config as { profiles?: { schedulerName?: string }[] }).profiles?.[0]?.schedulerName;
}

function readConfig(
  name: string,
  path: Path,
  report: Report,
  loader: ModuleLoader | undefined,
): string | object {
  if (isModuleFile(name)) {
    try {
      if (loader !== undefined) return loader.scheduler(name);
      report(path, "modules of your own cannot be loaded here");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      report(path, error.message);
    }
    return name;
  }
  const known = strategies.map((strategy) => strategy.name);
  if (!known.includes(name))
    report(path, `unknown scheduler ${JSON.stringify(name)}`, suggestion(name, known));
  return name;
}
