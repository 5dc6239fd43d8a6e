import { type Random, type RandomState, randomFrom } from "../../engine/random.ts";
import type { NodesToScore, PluginRef, Point, ProfileConfig } from "./config.ts";
import { SchedulerError, type SchedulerErrorPlace } from "./error.ts";
import type { Plugin, PluginContext, PluginFactory } from "./plugin.ts";

/** A plugin that scores, with its weight. */
export interface WeightedPlugin {
  readonly plugin: Plugin;
  readonly weight: number;
}

/** A profile ready to run: which plugins act at which extension point, in order. */
export interface Profile {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore: NodesToScore;
  readonly preEnqueue: readonly Plugin[];
  readonly queueSort: readonly Plugin[];
  readonly preFilter: readonly Plugin[];
  readonly filter: readonly Plugin[];
  readonly postFilter: readonly Plugin[];
  readonly preScore: readonly Plugin[];
  readonly score: readonly WeightedPlugin[];
  readonly reserve: readonly Plugin[];
  readonly permit: readonly Plugin[];
  readonly preBind: readonly Plugin[];
  readonly bind: readonly Plugin[];
  readonly postBind: readonly Plugin[];
}

/** Whether a plugin takes part in an extension point. */
function takesPart(plugin: Plugin, point: Point): boolean {
  return (point === "preScore" ? plugin.score : plugin[point]) !== undefined;
}

/**
 * The plugins at one point: those named for the point that `multiPoint` also names, then the other ones of
 * `multiPoint`, then the other ones named for the point (upstream's order).
 */
function refsAt(config: ProfileConfig, point: Point, byName: ReadonlyMap<string, Plugin>) {
  const specific = config.plugins[point]?.enabled ?? [];
  const disabled = new Set((config.plugins[point]?.disabled ?? []).map(({ name }) => name));
  const multi = disabled.has("*") ? [] : (config.plugins.multiPoint?.enabled ?? []);
  const isMulti = new Set(multi.map(({ name }) => name));
  const isSpecific = new Set(specific.map(({ name }) => name));
  const overriding = specific.filter(({ name }) => isMulti.has(name));
  const general = multi.filter(({ name }) => {
    const plugin = byName.get(name);
    return (
      !isSpecific.has(name) &&
      !disabled.has(name) &&
      plugin !== undefined &&
      takesPart(plugin, point)
    );
  });
  return [...overriding, ...general, ...specific.filter(({ name }) => !isMulti.has(name))];
}

/** Names a plugin at most once at each point. */
function checkSets(config: ProfileConfig, place: SchedulerErrorPlace): void {
  for (const [point, set] of Object.entries(config.plugins)) {
    const names = (set?.enabled ?? []).map(({ name }) => name);
    const twice = names.find((name, first) => names.indexOf(name) !== first);
    if (twice !== undefined)
      throw new SchedulerError(`plugins.${point}.enabled: named twice`, {
        ...place,
        plugin: twice,
      });
  }
}

/** Makes the plugins of a profile. Throws `SchedulerError` for unknown names and malformed arguments. */
export function buildProfile(
  config: ProfileConfig,
  registry: readonly PluginFactory[],
  file?: string,
  random: Random = randomFrom(config.schedulerName),
): Profile {
  const place = file === undefined ? {} : { file };
  const factories = new Map(registry.map((factory) => [factory.name, factory]));
  const byName = new Map<string, Plugin>();
  const shared = sharing();
  const make = (name: string): Plugin => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    const factory = factories.get(name);
    if (factory === undefined)
      throw new SchedulerError(`unknown plugin: ${JSON.stringify(name)}`, {
        ...place,
        plugin: name,
      });
    try {
      const stream = random.fork(`plugin/${name}`);
      const plugin = withStream(factory, config.args.get(name), stream, shared);
      byName.set(name, plugin);
      return plugin;
    } catch (cause) {
      if (cause instanceof SchedulerError) throw cause.within({ ...place, plugin: name });
      throw new SchedulerError(String(cause), { ...place, plugin: name }, cause);
    }
  };
  for (const set of Object.values(config.plugins))
    for (const { name } of set?.enabled ?? []) make(name);
  for (const name of config.args.keys()) if (factories.has(name)) make(name);
  const partOf = (name: string, point: Point): Plugin => {
    const plugin = make(name);
    if (!takesPart(plugin, point))
      throw new SchedulerError(`does not take part in ${point}`, { ...place, plugin: name });
    return plugin;
  };
  const at = (point: Point): readonly Plugin[] =>
    refsAt(config, point, byName).map(({ name }) => partOf(name, point));
  checkSets(config, place);
  const queueSort = at("queueSort");
  if (queueSort.length !== 1) {
    const got = queueSort.map(({ name }) => name).join(", ") || "none";
    throw new SchedulerError(`queueSort: expected one plugin, got ${got}`, place);
  }
  return {
    schedulerName: config.schedulerName,
    percentageOfNodesToScore: config.percentageOfNodesToScore,
    preEnqueue: at("preEnqueue"),
    queueSort,
    preFilter: at("preFilter"),
    filter: at("filter"),
    postFilter: at("postFilter"),
    preScore: at("preScore"),
    score: weighted(config, refsAt(config, "score", byName), (name) => partOf(name, "score")),
    reserve: at("reserve"),
    permit: at("permit"),
    preBind: at("preBind"),
    bind: at("bind"),
    postBind: at("postBind"),
  };
}

function sharing(): PluginContext["shared"] {
  const things = new Map<string, unknown>();
  return <T>(name: string, make: () => T): T => {
    if (!things.has(name)) things.set(name, make());
    return things.get(name) as T;
  };
}

/** Makes a plugin; if it takes its random stream, where that stands becomes part of what the plugin remembers. */
function withStream(
  factory: PluginFactory,
  args: unknown,
  random: Random,
  shared: PluginContext["shared"],
): Plugin {
  let taken = false;
  const plugin = factory.create(args, {
    shared,
    get random() {
      taken = true;
      return random;
    },
  });
  if (!taken) return plugin;
  return {
    ...plugin,
    state: {
      save: () => ({ random: random.save(), own: plugin.state?.save() }),
      load: (saved) => {
        const state = saved as { random: RandomState; own: unknown };
        random.load(state.random);
        plugin.state?.load(state.own);
      },
    },
  };
}

function weighted(
  config: ProfileConfig,
  refs: readonly PluginRef[],
  make: (name: string) => Plugin,
): readonly WeightedPlugin[] {
  const multi = config.plugins.multiPoint?.enabled ?? [];
  return refs.map(({ name, weight }) => ({
    plugin: make(name),
    weight: weight ?? multi.find((ref) => ref.name === name)?.weight ?? 1,
  }));
}
