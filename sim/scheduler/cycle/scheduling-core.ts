import { apiCode } from "../../api/client.ts";
import type { KindDescriptor } from "../../api/kinds/descriptor.ts";
import { type KubeObject, keyOf } from "../../api/object.ts";
import type { Pod } from "../../api/types.gen.ts";
import type { EventResource } from "../framework/cluster-event.ts";
import { type Backoff, DEFAULT_BACKOFF, DEFAULT_SCHEDULER } from "../framework/config.ts";
import { guarded, SchedulerError } from "../framework/error.ts";
import type {
  BindingWrites,
  BindLater,
  Discard,
  PermitWait,
  Plugin,
  QueuedPod,
} from "../framework/plugin.ts";
import type { Profile } from "../framework/profile.ts";
import type { DecisionRecord } from "../framework/record.ts";
import type { PluginRejection } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import { Snapshot } from "../snapshot/snapshot.ts";
import { CachedDecision } from "./cached-decision.ts";
import { type Draw, type Explained, explain, NO_NODES, runPreEnqueue } from "./explain.ts";
import { podName } from "./prepared.ts";
import { sampledDecision } from "./sampled-decision.ts";
import { ShapeMemory } from "./shape-memory.ts";
import { type Happened, WakeIndex } from "./wake-index.ts";

/** What came of PreBind: nothing, or why the pod is not bound (yet). */
export type PreBindAnswer =
  | undefined
  | PluginRejection
  | BindLater
  /** What the API answered to what a plugin wrote. */
  | { readonly failure: string };

/** What a scheduling attempt came to. */
export interface ScheduleResult {
  /** With `explain` everything there is to say, without it the outcome alone. */
  readonly record: DecisionRecord;
  /** The node chosen; absent when the pod stays pending. */
  readonly node?: string;
  /** Plugins whose refusal kept nodes out; what may wake the pod again. */
  readonly unschedulablePlugins: readonly string[];
  /** Node promised by preemption; `""` takes an earlier promise back; absent leaves it as it is. */
  readonly nominatedNode?: string;
  /** Pods to evict, most important first. */
  readonly victims?: readonly Pod[];
  /** Key of a ResourceClaim whose devices are given back. */
  readonly deallocates?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What a scheduling core remembers beside its snapshot: per profile, plain data. */
export type CoreState = readonly {
  /** Where the search for feasible nodes goes on. */
  readonly next: number;
  /** What the plugins with a memory saved, in their order. */
  readonly plugins: readonly unknown[];
}[];

/** Runs code of a user's own; throws when it does not come back. */
export type Guard = <T>(work: () => T) => T;

/** What is remembered of one profile. */
interface ProfileMemory {
  readonly profile: Profile;
  readonly shapes: ShapeMemory;
  readonly wakes: WakeIndex;
  /** Where upstream's search for feasible nodes goes on, when only some are scored. */
  next: number;
}

/**
 * kube-scheduler without its queue: a snapshot of the cluster, and decisions about one pod at a time. The caller
 * keeps the snapshot up to date, assumes and forgets pods in it, and binds.
 */
export class SchedulingCore {
  readonly snapshot = new Snapshot();
  /** How long pods wait after failed attempts. */
  readonly backoff: Backoff;
  private readonly memories: readonly ProfileMemory[];
  private readonly draw: Draw;
  private readonly guard: Guard | undefined;

  /** `random.int(n)` draws from 0..n-1, each equally likely. The first profile is the default one. */
  constructor(
    profiles: readonly Profile[],
    random: { int(n: number): number },
    guard?: Guard,
    backoff: Backoff = DEFAULT_BACKOFF,
  ) {
    this.guard = guard;
    this.backoff = backoff;
    this.draw = (n) => random.int(n);
    this.memories = profiles.map((profile) => ({
      profile,
      shapes: new ShapeMemory(profile, this.snapshot),
      wakes: new WakeIndex(pluginsOf(profile)),
      next: 0,
    }));
  }

  /** The node for a pod, or why there is none. Throws `SchedulerError` when a plugin throws. */
  schedule(pod: Pod, options: { readonly explain: boolean }): ScheduleResult {
    return this.watched(pod, () => this.decide(pod, options));
  }

  /** Runs plugins of a user's own under the guard, which stops what does not come back. */
  private watched<T>(pod: Pod, work: () => T): T {
    const { guard } = this;
    if (guard === undefined) return work();
    try {
      return guard(work);
    } catch (cause) {
      throw cause instanceof SchedulerError ? cause.within({ pod: keyOf(pod) }) : cause;
    }
  }

  private decide(pod: Pod, options: { readonly explain: boolean }): ScheduleResult {
    const memory = this.memoryOf(pod);
    const info = this.snapshot.reader.read(pod);
    const { profile } = memory;
    const decided =
      options.explain && profile.percentageOfNodesToScore === "all"
        ? explain(profile, info, this.snapshot, this.draw)
        : this.fromMemory(memory, info);
    return this.reserved(profile, info, resultOf(decided));
  }

  /** Kinds that the API serves because of the plugins. */
  get brings(): readonly KindDescriptor[] {
    const plugins = this.memories.flatMap(({ profile }) => pluginsOf(profile));
    return [...new Set(plugins.flatMap(({ brings = [] }) => brings))];
  }

  /** Order of the active queue. */
  compare(a: QueuedPod, b: QueuedPod): number {
    return this.sorter?.queueSort?.(a, b, this.snapshot) ?? a.enqueuedAt - b.enqueuedAt;
  }

  /** Whether the order of the active queue changes as pods are placed. */
  get queueMoves(): boolean {
    return this.sorter?.queueMoves === true;
  }

  private get sorter(): Plugin | undefined {
    return this.memories[0]?.profile.queueSort[0];
  }

  /** Empties the snapshot; the caller fills it again. */
  reset(): void {
    this.snapshot.clear();
    for (const memory of this.memories) {
      memory.shapes.clear();
    }
  }

  /** Whether one of the profiles answers to the pod's `spec.schedulerName`. */
  serves(pod: Pod): boolean {
    return this.find(pod) !== undefined;
  }

  /** Why the pod may not enter the queue; `undefined` when it may. */
  preEnqueue(pod: Pod): PluginRejection | undefined {
    const { profile } = this.memoryOf(pod);
    const info = this.snapshot.reader.read(pod);
    return this.watched(pod, () => runPreEnqueue(profile, info, this.snapshot));
  }

  /** The plugins that wait for such a change, of all profiles. */
  waitingFor(happened: Happened): readonly string[] {
    const names = this.memories.flatMap(({ wakes }) => wakes.waitingFor(happened));
    return this.memories.length === 1 ? names : [...new Set(names)];
  }

  /** Whether a change may make a pod schedulable that these plugins refused (queueing hints). */
  helps(
    pod: Pod,
    refusedBy: readonly string[],
    happened: Happened,
    before: KubeObject | undefined,
    after: KubeObject | undefined,
  ): boolean {
    const { wakes } = this.memoryOf(pod);
    return this.watched(pod, () =>
      wakes.helps(pod, refusedBy, happened, before, after, this.snapshot),
    );
  }

  /** Permit of all plugins: `undefined` lets the pod go, otherwise the shortest patience or a refusal. */
  permit(pod: Pod, node: string): undefined | PermitWait | { readonly reject: PluginRejection } {
    const plugins = this.memoryOf(pod).profile.permit;
    if (plugins.length === 0) return undefined;
    let first: PermitWait | undefined;
    const info = this.snapshot.reader.read(pod);
    for (const { name, permit } of plugins) {
      const answer = guarded(name, podName(info), () => permit?.(info, node, this.snapshot));
      if (answer === undefined) continue;
      if ("reject" in answer) return { reject: { ...answer.reject, plugin: name } };
      if (first === undefined || answer.wait < first.wait)
        first = { wait: answer.wait, plugin: name };
    }
    return first;
  }

  /** Takes back what Reserve plugins set aside, last first. */
  unreserve(pod: Pod, node: string, discard: Discard): void {
    const info = this.snapshot.reader.read(pod);
    for (const { name, unreserve } of [...this.memoryOf(pod).profile.reserve].reverse())
      guarded(name, podName(info), () => unreserve?.(info, node, this.snapshot, discard));
  }

  /** PreBind of all plugins: the first that refuses, fails or is to be asked again, if any. */
  preBind(pod: Pod, node: string, writes: BindingWrites): PreBindAnswer {
    const plugins = this.memoryOf(pod).profile.preBind;
    if (plugins.length === 0) return undefined;
    const info = this.snapshot.reader.read(pod);
    for (const { name, preBind } of plugins) {
      const failed = (why: string) => `running PreBind plugin ${JSON.stringify(name)}: ${why}`;
      try {
        const answer = guarded(name, podName(info), () =>
          preBind?.(info, node, this.snapshot, writes),
        );
        if (answer === undefined) continue;
        if ("reasons" in answer) return { ...answer, plugin: name };
        return { ...answer, tooLate: failed(answer.tooLate) };
      } catch (error) {
        const { cause } = error as Error;
        if (apiCode(cause) === undefined) throw error;
        return { failure: failed((cause as Error).message) };
      }
    }
    return undefined;
  }

  /** PostBind of all plugins. */
  postBind(pod: Pod, node: string): void {
    const plugins = this.memoryOf(pod).profile.postBind;
    if (plugins.length === 0) return;
    const info = this.snapshot.reader.read(pod);
    for (const { name, postBind } of plugins)
      guarded(name, podName(info), () => postBind?.(info, node, this.snapshot));
  }

  /** Whether a plugin waits for such changes. */
  listensTo(resource: EventResource): boolean {
    return this.memories.some(({ wakes }) => wakes.listensTo(resource));
  }

  /** What the profiles and their plugins remember, for a checkpoint. */
  save(): CoreState {
    return this.memories.map(({ next, profile }) => ({
      next,
      plugins: pluginsWithState(profile).map(({ state }) => state?.save()),
    }));
  }

  /** Puts back what `save` gave. */
  load(state: CoreState): void {
    this.memories.forEach((memory, at) => {
      const saved = state[at];
      memory.next = saved?.next ?? 0;
      pluginsWithState(memory.profile).forEach((plugin, each) => {
        plugin.state?.load(saved?.plugins[each]);
      });
    });
  }

  private find(pod: Pod): ProfileMemory | undefined {
    const wanted = pod.spec.schedulerName ?? DEFAULT_SCHEDULER;
    for (const memory of this.memories) if (memory.profile.schedulerName === wanted) return memory;
    return undefined;
  }

  private memoryOf(pod: Pod): ProfileMemory {
    const memory = this.find(pod);
    if (memory !== undefined) return memory;
    throw new SchedulerError(`no profile named ${JSON.stringify(pod.spec.schedulerName)}`, {
      pod: `${pod.metadata.namespace ?? ""}/${pod.metadata.name ?? ""}`,
    });
  }

  private fromMemory(memory: ProfileMemory, pod: PodInfo): Explained {
    const { snapshot, draw } = this;
    const { profile } = memory;
    if (snapshot.nodeCount === 0) return { record: NO_NODES };
    try {
      const shape = memory.shapes.shapeOf(pod);
      if (shape === undefined) {
        const explained = explain(profile, pod, snapshot, draw, true);
        // Nodes that a pod was pinned to count as searched, too.
        const searched = Object.keys(explained.record.nodes ?? {}).length;
        memory.next = (memory.next + searched) % snapshot.nodeCount;
        return explained;
      }
      if (profile.percentageOfNodesToScore === "all")
        return new CachedDecision(profile, shape, pod, snapshot, draw).run();
      const sampled = sampledDecision(profile, shape, pod, snapshot, draw, memory.next);
      memory.next = sampled.next;
      return sampled.explained;
    } catch (cause) {
      if (cause instanceof SchedulerError) throw cause.within({ pod: podName(pod) });
      memory.shapes.clear();
      // Again from scratch, where every question is asked by name: that tells which plugin threw.
      explain(profile, pod, snapshot, draw);
      throw new SchedulerError(`scheduling failed: ${String(cause)}`, { pod: podName(pod) }, cause);
    }
  }

  private reserved(profile: Profile, pod: PodInfo, result: ScheduleResult): ScheduleResult {
    const { node } = result;
    if (node === undefined || profile.reserve.length === 0) return result;
    const done: Plugin[] = [];
    for (const plugin of profile.reserve) {
      const { name, reserve } = plugin;
      done.push(plugin);
      const refusal = guarded(name, podName(pod), () => reserve?.(pod, node, this.snapshot));
      if (refusal === undefined) continue;
      // Nothing was written yet.
      for (const each of done.reverse()) each.unreserve?.(pod, node, this.snapshot, () => {});
      const message = refusal.reasons.join(", ");
      const record: DecisionRecord = {
        ...result.record,
        result: "unschedulable",
        reason: "Unschedulable",
        message,
        unschedulablePlugins: [name],
      };
      return { record, unschedulablePlugins: [name], reason: "Unschedulable", message };
    }
    return result;
  }
}

function resultOf({ record, postFilter }: Explained): ScheduleResult {
  const { host, reason, message, unschedulablePlugins = [] } = record;
  if (host !== undefined) return { record, node: host, unschedulablePlugins };
  const { nominatedNode, victims } = postFilter?.answer ?? {};
  return {
    record,
    unschedulablePlugins,
    ...(nominatedNode === undefined ? {} : { nominatedNode }),
    ...(victims === undefined ? {} : { victims }),
    ...(postFilter?.deallocates === undefined ? {} : { deallocates: postFilter.deallocates }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

function pluginsOf(profile: Profile): readonly Plugin[] {
  return [
    ...profile.preEnqueue,
    ...profile.preFilter,
    ...profile.filter,
    ...profile.postFilter,
    ...profile.reserve,
    ...profile.permit,
    ...profile.preBind,
  ];
}

function pluginsWithState(profile: Profile): readonly Plugin[] {
  const scoring = profile.score.map(({ plugin }) => plugin);
  const all = [...profile.queueSort, ...pluginsOf(profile), ...scoring, ...profile.postBind];
  return [...new Set(all)].filter(({ state }) => state !== undefined);
}
