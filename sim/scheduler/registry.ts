import type { Random } from "../engine/random.ts";
import { SchedulingCore } from "./cycle/scheduling-core.ts";
import { readBackoff, readProfiles } from "./framework/config.ts";
import { SchedulerError } from "./framework/error.ts";
import type { PluginFactory } from "./framework/plugin.ts";
import { buildProfile } from "./framework/profile.ts";
import { PLUGINS } from "./plugins/registry.ts";
import { strategies } from "./strategies/registry.ts";
import type { Strategy } from "./strategies/strategy.ts";

/** Finds a strategy by name. Throws `SchedulerError` listing what there is. */
export function strategyOf(name: string): Strategy {
  const found = strategies.find((strategy) => strategy.name === name);
  if (found !== undefined) return found;
  const names = strategies.map((strategy) => strategy.name).join(", ");
  throw new SchedulerError(`unknown scheduler ${JSON.stringify(name)}; there are ${names}`);
}

/** The strategy that is asked for by name or is there already; `undefined` for a configuration. */
function strategyWanted(wanted: string | object | undefined): Strategy | undefined {
  if (wanted === undefined || typeof wanted === "string") return strategyOf(wanted ?? "default");
  return "describe" in wanted && "config" in wanted ? (wanted as Strategy) : undefined;
}

/** Makes the scheduling core that a name, a configuration or a strategy of the user's own asks for; the default one without either. */
export function makeSchedulingCore(
  wanted: string | object | undefined,
  random: Random,
  own: readonly PluginFactory[] = [],
): SchedulingCore {
  const strategy = strategyWanted(wanted);
  const plugins = [...PLUGINS, ...own, ...(strategy?.plugins ?? [])];
  const file = strategy?.file;
  const config = strategy === undefined ? wanted : strategy.config;
  const profiles = readProfiles(config, file);
  return new SchedulingCore(
    profiles.map((profile) =>
      buildProfile(profile, plugins, file, random.fork(profile.schedulerName)),
    ),
    random,
    strategy?.guard,
    readBackoff(config, file),
  );
}
