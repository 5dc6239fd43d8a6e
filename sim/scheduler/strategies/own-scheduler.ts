import type { Pod } from "../../api/types.gen.ts";
import { podName } from "../cycle/prepared.ts";
import type { Guard } from "../cycle/scheduling-core.ts";
import { SchedulerError } from "../framework/error.ts";
import type { Plugin, PluginFactory, PreFilterAnswer } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { checkedFactory } from "./checked-plugin.ts";
import { type ClusterView, clusterView } from "./cluster-view.ts";
import type { Strategy } from "./strategy.ts";

/** What a user's whole scheduler answers: the name of a node, or why there is none. */
export type OwnDecision = string | { readonly reasons: readonly string[] } | undefined;

/** What a module may export by default: plugins with a configuration, or a function that decides alone. */
export interface OwnScheduler {
  readonly name: string;
  readonly describe?: string;
  readonly source?: string;
  /** A KubeSchedulerConfiguration or one profile; without it the plugins join the default ones. */
  readonly config?: unknown;
  readonly plugins?: readonly (Plugin | PluginFactory)[];
  /** Decides alone; kube-scheduler's filters still have to let the pod in. It must not keep anything between calls. */
  readonly schedule?: (pod: Pod, cluster: ClusterView) => OwnDecision;
}

const NONE = unresolvable("the scheduler found no node");

/** A whole scheduler as a PreFilter plugin that leaves one node. */
function deciding({ name, schedule }: OwnScheduler, file: string): PluginFactory {
  const place = { file, plugin: name };
  const ask = (pod: PodInfo, cluster: ClusterView): PreFilterAnswer => {
    const decision = schedule?.(pod.pod, cluster);
    if (decision === undefined) return { reject: NONE };
    if (typeof decision === "string") {
      if (!cluster.nodes.some((node) => node.name === decision))
        throw new SchedulerError(`schedule: there is no node ${JSON.stringify(decision)}`, place);
      return { nodeNames: new Set([decision]) };
    }
    if (decision === null || !Array.isArray(decision.reasons))
      throw new SchedulerError("schedule: expected a node's name, {reasons} or nothing", place);
    return { reject: unresolvable(...decision.reasons.map(String)) };
  };
  return {
    name,
    create: (_args, { random }) => {
      // One decision may ask twice; the second time nothing has changed and nothing is drawn.
      let last: { pod: Pod; at: string; answer: PreFilterAnswer } | undefined;
      const preFilter = (pod: PodInfo, snapshot: Snapshot): PreFilterAnswer => {
        const at = `${snapshot.structure} ${snapshot.log.position}`;
        if (last?.pod === pod.pod && last.at === at) return last.answer;
        const view = clusterView(snapshot, pod, (bound) => random.int(bound));
        last = { pod: pod.pod, at, answer: named(file, name, pod, () => ask(pod, view)) };
        return last.answer;
      };
      return {
        name,
        preFilter,
        wakesOn: [
          { resource: "AssignedPod", actions: ["add", "delete", "update-scale-down"] },
          {
            resource: "Node",
            actions: ["add", "update-allocatable", "update-label", "update-taint"],
          },
        ],
      };
    },
  };
}

function named<T>(file: string, plugin: string, pod: PodInfo, work: () => T): T {
  const place = { file, plugin, pod: podName(pod) };
  try {
    return work();
  } catch (cause) {
    if (cause instanceof SchedulerError) throw cause.within(place);
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new SchedulerError(`plugin threw: ${text}`, place, cause);
  }
}

/** The default profile and these plugins. */
function joined(plugins: readonly PluginFactory[]): unknown {
  return { plugins: { multiPoint: { enabled: plugins.map(({ name }) => ({ name })) } } };
}

/** The default profile with its filters, where nothing scores and one plugin decides. */
function decidedBy(name: string): unknown {
  return { plugins: { multiPoint: { enabled: [{ name }] }, score: { disabled: [{ name: "*" }] } } };
}

function checkConfig(config: unknown): void {
  if (config === undefined) return;
  if (typeof config !== "object" || config === null)
    throw new RangeError(`config: expected an object, got ${String(config)}`);
  try {
    JSON.stringify(config);
  } catch {
    throw new RangeError("config: it contains itself");
  }
}

function exportedBy(module: unknown): Readonly<Record<string, unknown>> {
  const exported = (module ?? {}) as { default?: unknown; scheduler?: unknown };
  const given = exported.default ?? exported.scheduler;
  if (given === null || typeof given !== "object")
    throw new RangeError(
      `expected "export default" a plugin or a scheduler {name, config, plugins} or {name, schedule}, got ${given === undefined ? "no such export" : typeof given}`,
    );
  return given as Readonly<Record<string, unknown>>;
}

/**
 * The scheduler that a user's module exports: a plugin, which joins kube-scheduler's default ones, a scheduler
 * `{name, config, plugins}`, or a function `{name, schedule(pod, cluster)}`. Throws `RangeError` saying what was
 * expected; what goes wrong later is a `SchedulerError` naming file, plugin and pod. `guard` stops what loops.
 */
export function schedulerFromModule(module: unknown, file: string, guard?: Guard): Strategy {
  const given = exportedBy(module);
  const { name, config, plugins, schedule } = given;
  if (typeof name !== "string" || name === "")
    throw new RangeError(`expected name, a text; it has ${Object.keys(given).join(", ")}`);
  if (schedule !== undefined && typeof schedule !== "function")
    throw new RangeError("schedule: expected a function");
  if (plugins !== undefined && !Array.isArray(plugins))
    throw new RangeError("plugins: expected a list");
  checkConfig(config);
  const own = given as unknown as OwnScheduler;
  const alone = config === undefined && plugins === undefined && schedule === undefined;
  const factories = alone
    ? [checkedFactory(given, name, file)]
    : (plugins ?? []).map((each: unknown, at: number) =>
        checkedFactory(each, `plugins[${at}]`, file),
      );
  if (schedule !== undefined) factories.unshift(deciding(own, file));
  const usual = schedule === undefined ? joined(factories) : decidedBy(name);
  return {
    name,
    describe: own.describe ?? (alone ? `the default profile with ${name}` : `scheduler of ${file}`),
    source: own.source ?? file,
    config: config ?? usual,
    plugins: factories,
    file,
    ...(guard === undefined ? {} : { guard: naming(file, name, guard) }),
  };
}

/** What the guard itself throws names the file. */
function naming(file: string, plugin: string, guard: Guard): Guard {
  return (work) => {
    try {
      return guard(work);
    } catch (cause) {
      if (cause instanceof SchedulerError) throw cause.within({ file });
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new SchedulerError(text, { file, plugin }, cause);
    }
  };
}
