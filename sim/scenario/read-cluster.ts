import { parseMetrics } from "../cluster/metrics-source.ts";
import type { ClusterConfig } from "../cluster.ts";
import { controllers as builtIn, type ControllerEntry } from "../controllers/registry.ts";
import { randomFrom } from "../engine/random.ts";
import { readSpan } from "../node/behaviour/distribution.ts";
import { parseImages } from "../node/behaviour/parse-behaviour.ts";
import { parseTiming } from "../node/behaviour/timing.ts";
import type { NodeTemplate } from "../node/machine/node-template.ts";
import { SchedulerError } from "../scheduler/framework/error.ts";
import { makeSchedulingCore } from "../scheduler/registry.ts";
import { strategies } from "../scheduler/strategies/registry.ts";
import { checkNodes } from "./check-nodes.ts";
import type { InvariantMonitor } from "./expect/invariant-port.ts";
import { fieldPath } from "./manifest.ts";
import { suggestion } from "./schema/check.ts";
import type { ClusterSpec } from "./schema/parts.ts";

/** Hears of a part of `cluster` that the floor below refuses. */
type Report = (path: readonly (string | number)[], message: string, suggestion?: string) => void;

/** Lends the user's own modules, which the simulation cannot load itself. All throw `RangeError` for a bad module. */
export interface ModuleLoader {
  controllers(file: string): readonly ControllerEntry[];
  /** A scheduler for `ClusterConfig.scheduler`. */
  scheduler(file: string): object;
  invariant(file: string): { readonly name: string; readonly watch: () => InvariantMonitor };
  /** Texts of the modules loaded so far and of what they import, by name. */
  files(): ReadonlyMap<string, string>;
}

/** Nodes of a cluster that names none. */
export const DEFAULT_NODES: ClusterConfig["nodes"] = [
  { count: 3, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi", pods: "110" } },
];

/** Whether a scheduler's name is a file: a module, `./my-scheduler.ts`, or a configuration, `packing.yaml`. */
export function isModuleFile(name: string): boolean {
  return /^\.{0,2}\/|\.([cm]?[jt]s|ya?ml|json)$/.test(name);
}

/** The configuration that a scenario's `cluster` stands for. */
export function readCluster(
  spec: ClusterSpec | undefined,
  report: Report,
  loader?: ModuleLoader,
): Omit<ClusterConfig, "seed" | "detail"> {
  const { nodes, images, timing, pace, controllers, controlPlane, metrics } = spec ?? {};
  const attempt: Attempt = (path, read) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const [place, message] = placed(path, error.message);
      report(place, message);
      return undefined;
    }
  };
  if (nodes !== undefined)
    checkNodes(nodes as readonly NodeTemplate[], (path, ...told) =>
      report(["nodes", ...path], ...told),
    );
  const behaviours =
    images === undefined ? undefined : attempt(["images"], () => parseImages(images));
  const times = timing === undefined ? undefined : attempt(["timing"], () => parseTiming(timing));
  const series =
    metrics === undefined ? undefined : attempt(["metrics"], () => parseMetrics(metrics));
  const scheduler = readScheduler(spec?.scheduler, report, attempt, loader);
  return {
    nodes: (nodes as ClusterConfig["nodes"] | undefined) ?? DEFAULT_NODES,
    ...(behaviours === undefined ? {} : { images: behaviours }),
    ...(times === undefined ? {} : { timing: times }),
    ...(pace === undefined ? {} : { pace: readPace(pace) }),
    ...(scheduler === undefined ? {} : { scheduler }),
    ...(series === undefined ? {} : { metrics: series }),
    ...(controlPlane?.replicas === undefined
      ? {}
      : { controlPlane: { replicas: controlPlane.replicas } }),
    ...(controllers === undefined ? {} : readControllers(controllers, report, attempt, loader)),
  };
}

/** Readers below know of no files: they begin a message with the place in what they were given. */
function placed(
  path: readonly (string | number)[],
  message: string,
): readonly [path: readonly (string | number)[], message: string] {
  const [, place, rest] = /^((?:[\w-]+|\["[^"]*"\]|\[\d+\]|\.)+): ([\s\S]*)$/.exec(message) ?? [];
  if (place === undefined || rest === undefined) return [path, message];
  const inside = fieldPath(place);
  return inside[0] === path.at(-1) ? [[...path, ...inside.slice(1)], rest] : [path, message];
}

/** A pace as the API below knows it: times in microseconds, no limit where there is none. */
function readPace(given: NonNullable<ClusterSpec["pace"]>): NonNullable<ClusterConfig["pace"]> {
  if (typeof given === "string") return given;
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      if (key.endsWith("Limit")) return [key, value === "none" ? undefined : value];
      return [key, typeof value === "boolean" ? value : readSpan(value, `pace.${key}`)];
    }),
  );
}

/** Reads a part; reports what is refused at its place. */
type Attempt = <T>(path: readonly (string | number)[], read: () => T) => T | undefined;

/** Said of a module where nobody can load it. */
export const NO_LOADER = "modules of your own cannot be loaded here";

/** A configuration written in place, which must be one. */
function checkedConfiguration(scheduler: object, report: Report): object {
  try {
    makeSchedulingCore(scheduler, randomFrom("configuration"));
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    report(["scheduler"], error.message);
  }
  return scheduler;
}

function readScheduler(
  scheduler: ClusterSpec["scheduler"],
  report: Report,
  attempt: Attempt,
  loader: ModuleLoader | undefined,
): string | object | undefined {
  if (typeof scheduler === "object") return checkedConfiguration(scheduler, report);
  if (scheduler === undefined) return undefined;
  if (isModuleFile(scheduler))
    return attempt(["scheduler"], () => {
      if (loader === undefined) throw new RangeError(NO_LOADER);
      return loader.scheduler(scheduler);
    });
  const names = strategies.map(({ name }) => name);
  if (!names.includes(scheduler))
    report(
      ["scheduler"],
      `unknown scheduler ${JSON.stringify(scheduler)}`,
      suggestion(scheduler, names) ?? "See: ksim list schedulers",
    );
  return scheduler;
}

function readControllers(
  { modules = [], enable, disable }: NonNullable<ClusterSpec["controllers"]>,
  report: Report,
  attempt: Attempt,
  loader: ModuleLoader | undefined,
): Partial<ClusterConfig> {
  const own = modules.flatMap(
    (file, at) =>
      attempt(["controllers", "modules", at], () => {
        if (loader === undefined) throw new RangeError(NO_LOADER);
        return loader.controllers(file);
      }) ?? [],
  );
  const names = [...builtIn, ...own].map(({ name }) => name);
  for (const [list, given] of Object.entries({ enable, disable }))
    (given ?? []).forEach((name, at) => {
      if (names.includes(name)) return;
      report(
        ["controllers", list, at],
        `unknown controller ${JSON.stringify(name)}`,
        suggestion(name, names) ?? "See: ksim list controllers",
      );
    });
  return {
    controllers: {
      ...(enable === undefined ? {} : { enable }),
      ...(disable === undefined ? {} : { disable }),
    },
    ...(own.length === 0 ? {} : { ownControllers: own }),
  };
}
