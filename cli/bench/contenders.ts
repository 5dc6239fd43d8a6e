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
  loaderOf: (given: unknown) => ModuleLoader,
): readonly Contender[] {
  const names = new Map<string, number>();
  return given.map((one, at) => {
    const here: Path = [...path, at];
    const contender = readOne(one, at, here, report, loaderOf(one));
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
  loader: ModuleLoader,
): Contender {
  const name = nameOf(given, at);
  if (typeof given === "string") return { name, config: readConfig(given, path, report, loader) };
  const { config, kind } = given as Entry;
  if (config === undefined || kind !== undefined) return { name, config: given as object };
  return {
    name,
    config:
      typeof config === "string" ? readConfig(config, [...path, "config"], report, loader) : config,
  };
}

/** What a scheduler of an experiment can be beside a name: a configuration, or anything under a name of its own. */
interface Entry {
  readonly name?: string;
  readonly config?: string | object;
  readonly kind?: unknown;
}

function nameOf(given: unknown, at: number): string {
  if (typeof given === "string") return given;
  const { name, config, kind } = given as Entry;
  const own = config === undefined || kind !== undefined ? profileName(given as object) : name;
  return own ?? `configuration-${at + 1}`;
}

/** Of an experiment's schedulers those that a command line names; what it does not know stays a name. */
export function chosen(given: readonly unknown[], names: readonly string[]): readonly unknown[] {
  return names.map((name) => {
    const at = given.findIndex((one, index) => nameOf(one, index) === name);
    const one = given[at];
    if (one === undefined) return name;
    const bare =
      typeof one !== "string" && ((one as Entry).config === undefined || "kind" in (one as Entry));
    // The name may come from the place in the list.
    return bare ? { name, config: one } : one;
  });
}

/** The scheduler of a scenario as the only one of its experiment. */
export function contenderOf(scheduler: string | object | undefined): Contender {
  if (scheduler === undefined) return { name: "default", config: "default" };
  if (typeof scheduler === "string") return { name: scheduler, config: scheduler };
  return { name: (scheduler as Entry).name ?? nameOf(scheduler, 0), config: scheduler };
}

function profileName(config: object): string | undefined {
  return (config as { profiles?: { schedulerName?: string }[] }).profiles?.[0]?.schedulerName;
}

function readConfig(
  name: string,
  path: Path,
  report: Report,
  loader: ModuleLoader,
): string | object {
  if (isModuleFile(name)) {
    try {
      return loader.scheduler(name);
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
