import { normalize } from "node:path";
import type { Scenario } from "../../sim/scenario/model.ts";
import { InputError } from "../../sim/scenario/problem.ts";
import { isModuleFile } from "../../sim/scenario/read-cluster.ts";
import { nearest } from "../../sim/scenario/schema/distance.ts";
import { strategies } from "../../sim/scheduler/strategies/registry.ts";
import type { Arguments } from "../command.ts";
import { type Io, UsageError } from "../io.ts";
import { moduleLoader } from "./module-loader.ts";

/** Modules that a command line names, as a recording keeps them. */
export interface GivenModules {
  readonly controllers: readonly string[];
  readonly scheduler: string | undefined;
}

/** Texts of such modules lie apart from the scenario's own files in a recording. */
const PLACE = "command-line";

/** The modules that a command line names, by the names that a recording keeps. */
export function givenModules(args: Arguments): GivenModules {
  const scheduler = args.text("scheduler");
  const kept = (file: string): string =>
    normalize(`${PLACE}/${file.startsWith("/") ? file.slice(file.lastIndexOf("/") + 1) : file}`);
  return {
    controllers: args.texts("controller").map(kept),
    scheduler: scheduler !== undefined && isModuleFile(scheduler) ? kept(scheduler) : undefined,
  };
}

/** A scenario with the controllers and the scheduler that the command line names. Throws `InputError` and `UsageError`. */
export function withGivenModules(scenario: Scenario, args: Arguments, io: Io): Scenario {
  const scheduler = args.text("scheduler");
  const own = scheduler !== undefined && isModuleFile(scheduler);
  if (scheduler !== undefined && !own) checkName(scheduler);
  if (args.texts("controller").length === 0 && !own) return scenario;
  return withModules(
    scenario,
    { controllers: args.texts("controller"), scheduler: own ? scheduler : undefined },
    io.cwd,
    PLACE,
  );
}

/** A scenario with controllers and a scheduler from modules in a folder. Throws `InputError`. */
export function withModules(
  scenario: Scenario,
  { controllers, scheduler }: GivenModules,
  folder: string,
  prefix: string,
): Scenario {
  const loader = moduleLoader(folder, prefix);
  const own = controllers.flatMap((file) => placed(file, () => loader.controllers(file)));
  const { cluster } = scenario;
  return {
    ...scenario,
    cluster: {
      ...cluster,
      ...(own.length === 0 ? {} : { ownControllers: [...(cluster.ownControllers ?? []), ...own] }),
      ...(scheduler === undefined
        ? {}
        : { scheduler: placed(scheduler, () => loader.scheduler(scheduler)) }),
    },
    files: new Map([...scenario.files, ...loader.files()]),
  };
}

/** The scheduler that a command line names, for `RunOptions`; a module's is part of the scenario already. */
export function schedulerName(args: Arguments): string | undefined {
  const scheduler = args.text("scheduler");
  return scheduler === undefined || isModuleFile(scheduler) ? undefined : scheduler;
}

/** Options of a command line that name modules, schedulers and parameters: to repeat a run in another command. */
export function givenWords(args: Arguments): readonly string[] {
  return ["set", "controller", "scheduler"].flatMap((name) =>
    args.texts(name).flatMap((value) => [`--${name}`, value]),
  );
}

/** Whether code of the user's own takes part in a run. */
export function hasOwnModules({ files }: Scenario): boolean {
  return [...files.keys()].some((name) => /\.[cm]?[jt]s$/.test(name));
}

function checkName(scheduler: string): void {
  const names = strategies.map(({ name }) => name);
  if (names.includes(scheduler)) return;
  const near = nearest(scheduler, names);
  throw new UsageError(
    `unknown scheduler ${JSON.stringify(scheduler)}`,
    near === undefined ? "See: ksim list schedulers" : `Did you mean ${near}?`,
  );
}

function placed<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError([{ file, line: 1, column: 1, path: "", message: error.message }]);
  }
}
