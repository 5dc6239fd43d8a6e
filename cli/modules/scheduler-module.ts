import type { Plugin, PluginFactory } from "../../sim/scheduler/framework/plugin.ts";
import type { Strategy } from "../../sim/scheduler/strategies/strategy.ts";

/** What an author may export: a whole scheduler, or a plugin that joins the default ones. */
interface OwnScheduler {
  readonly name: string;
  readonly describe?: string;
  readonly source?: string;
  readonly config?: unknown;
  readonly plugins?: readonly (Plugin | PluginFactory)[];
}

/**
 * The scheduler that a user's module exports: `export default` a plugin, which joins kube-scheduler's default ones, or
 * a scheduler `{name, config, plugins}`. Throws `RangeError` saying what was expected.
 */
export function schedulerFromModule(module: unknown, file: string): Strategy {
  const exported = (module ?? {}) as { default?: unknown; scheduler?: unknown };
  const given = exported.default ?? exported.scheduler;
  if (given === null || typeof given !== "object")
    throw new RangeError(
      `expected "export default" a plugin or a scheduler {name, config, plugins}, got ${given === undefined ? "no such export" : typeof given}`,
    );
  const own = given as OwnScheduler;
  if (typeof own.name !== "string" || own.name === "")
    throw new RangeError(`expected name, a text; it has ${Object.keys(own).join(", ")}`);
  if (!("config" in own) && !("plugins" in own)) return oneOf(factoryOf(own, own.name), file);
  if (own.plugins !== undefined && !Array.isArray(own.plugins))
    throw new RangeError("plugins: expected a list");
  const plugins = (own.plugins ?? []).map((plugin, at) => factoryOf(plugin, `plugins[${at}]`));
  return {
    name: own.name,
    describe: own.describe ?? `scheduler of ${file}`,
    source: own.source ?? file,
    config: own.config ?? joined(plugins),
    plugins,
  };
}

function oneOf(plugin: PluginFactory, file: string): Strategy {
  return {
    name: plugin.name,
    describe: `kube-scheduler's default profile with the plugin ${plugin.name}`,
    source: file,
    config: joined([plugin]),
    plugins: [plugin],
  };
}

/** The default profile and these plugins. */
function joined(plugins: readonly PluginFactory[]): unknown {
  return { plugins: { multiPoint: { enabled: plugins.map(({ name }) => ({ name })) } } };
}

/** A plugin is made anew for every run where it can be; one that is an object already is shared. */
function factoryOf(given: unknown, place: string): PluginFactory {
  const plugin = (given ?? {}) as { name?: unknown; create?: unknown } & Record<string, unknown>;
  const { name, create } = plugin;
  if (typeof name !== "string" || name === "")
    throw new RangeError(`${place}: expected a plugin with a name`);
  if (typeof create === "function") return plugin as unknown as PluginFactory;
  const acts = Object.values(plugin).some(
    (part) => typeof part === "function" || (typeof part === "object" && part !== null),
  );
  if (!acts)
    throw new RangeError(
      `plugin ${name}: expected create, a function, or an extension point like filter or score`,
    );
  return { name, create: () => plugin as unknown as Plugin };
}
