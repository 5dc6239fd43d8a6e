import { guarded } from "../framework/error.ts";
import type {
  DependsOn,
  DomainFilter,
  DomainScore,
  NodeFilter,
  NodeScore,
  Plugin,
} from "../framework/plugin.ts";
import type { Profile } from "../framework/profile.ts";
import type { PluginRejection, Rejection } from "../framework/status.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** `namespace/name` for messages. */
export function podName({ pod }: PodInfo): string {
  const { namespace, name = "" } = pod.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** What PreFilter of all plugins came to. */
export interface PreFilterOutcome {
  readonly reject?: PluginRejection;
  readonly skipped: ReadonlySet<string>;
  /** Names of the only nodes to look at; absent when all are. */
  readonly nodeNames?: ReadonlySet<string>;
  /** Plugins that restricted the nodes. */
  readonly restrictedBy: readonly string[];
  /** Plugins whose PreFilter was reached. */
  readonly reached: ReadonlySet<string>;
}

/** Runs PreFilter of all plugins until one refuses. */
export function runPreFilters(
  profile: Profile,
  pod: PodInfo,
  snapshot: Snapshot,
): PreFilterOutcome {
  const skipped = new Set<string>();
  const reached = new Set<string>();
  const restrictedBy: string[] = [];
  let nodeNames: ReadonlySet<string> | undefined;
  const outcome = (reject?: PluginRejection): PreFilterOutcome => ({
    ...(reject === undefined ? {} : { reject }),
    ...(nodeNames === undefined ? {} : { nodeNames }),
    skipped,
    restrictedBy: [...restrictedBy].sort(),
    reached,
  });
  for (const { name, preFilter } of profile.preFilter) {
    const answer = guarded(name, podName(pod), () => preFilter?.(pod, snapshot));
    if (answer === undefined) reached.add(name);
    else if (answer === "skip") {
      reached.add(name);
      skipped.add(name);
    } else if ("reject" in answer) return outcome({ ...answer.reject, plugin: name });
    else {
      reached.add(name);
      restrictedBy.push(name);
      const before = nodeNames;
      nodeNames =
        before === undefined
          ? answer.nodeNames
          : new Set([...answer.nodeNames].filter((each) => before.has(each)));
      if (nodeNames.size === 0) return outcome(emptyRestriction(restrictedBy));
    }
  }
  return outcome();
}

function emptyRestriction(names: readonly string[]): PluginRejection {
  const reason =
    names.length === 1
      ? `node(s) didn't satisfy plugin ${names[0]}`
      : `node(s) didn't satisfy plugin(s) [${[...names].sort().join(" ")}] simultaneously`;
  return { code: "UnschedulableAndUnresolvable", reasons: [reason], plugin: "" };
}

/** A filter plugin ready for one shape of pod. */
export interface ReadyFilter {
  readonly plugin: Plugin;
  /** Position in the profile's order. */
  readonly order: number;
  readonly dependsOn: DependsOn;
  readonly node?: NodeFilter;
  readonly domain?: DomainFilter;
}

/** A score plugin ready for one shape of pod. */
export interface ReadyScore {
  readonly plugin: Plugin;
  readonly weight: number;
  readonly dependsOn: DependsOn;
  readonly node?: NodeScore;
  readonly domain?: DomainScore;
}

/**
 * Prepares the filters of a profile, without those of `skipped`; `keep` says which of those are kept all the same
 * because what they skipped for may come to be.
 */
export function readyFilters(
  profile: Profile,
  pod: PodInfo,
  snapshot: Snapshot,
  skipped: ReadonlySet<string>,
  keep?: DependsOn,
): readonly ReadyFilter[] {
  const ready: ReadyFilter[] = [];
  profile.filter.forEach((plugin, order) => {
    const point = plugin.filter;
    if (point === undefined) return;
    if (skipped.has(plugin.name) && point.dependsOn !== keep) return;
    const answer = guarded(plugin.name, podName(pod), () => point.filter(pod, snapshot));
    const base = { plugin, order, dependsOn: point.dependsOn };
    ready.push(
      typeof answer === "function" ? { ...base, node: answer } : { ...base, domain: answer },
    );
  });
  return ready;
}

/** Prepares the scores of a profile; plugins that skip the pod are named in `skipped`. */
export function readyScores(
  profile: Profile,
  pod: PodInfo,
  snapshot: Snapshot,
): { readonly scores: readonly ReadyScore[]; readonly skipped: readonly string[] } {
  const scores: ReadyScore[] = [];
  const skipped: string[] = [];
  for (const { plugin, weight } of profile.score) {
    const point = plugin.score;
    if (point === undefined) continue;
    const answer = guarded(plugin.name, podName(pod), () => point.score(pod, snapshot));
    if (answer === "skip") skipped.push(plugin.name);
    else {
      const base = { plugin, weight, dependsOn: point.dependsOn };
      scores.push(
        typeof answer === "function" ? { ...base, node: answer } : { ...base, domain: answer },
      );
    }
  }
  return { scores, skipped };
}

/** The first refusal of a node by the filters in order. */
export function firstRefusal(
  filters: readonly ReadyFilter[],
  node: NodeIndex,
  pod: PodInfo,
): { readonly filter: ReadyFilter; readonly rejection: Rejection } | undefined {
  let at = 0;
  try {
    for (; at < filters.length; at++) {
      const filter = filters[at] as ReadyFilter;
      const { domain, node: test } = filter;
      const rejection = test === undefined ? domain?.filter(domain.domain(node)) : test(node);
      if (rejection !== undefined) return { filter, rejection };
    }
    return undefined;
  } catch (cause) {
    return guarded(filters[at]?.plugin.name ?? "", podName(pod), () => {
      throw cause;
    });
  }
}

/** Moves a pod onto or off a node for a dry run, in the snapshot and in what the filters keep. */
export function simulateMove(
  filters: readonly ReadyFilter[],
  snapshot: Snapshot,
  pod: PodInfo,
  node: NodeIndex,
  sign: 1 | -1,
): void {
  snapshot.simulate(pod, node, sign);
  for (const { domain } of filters) domain?.simulate(node, pod, sign);
}

/**
 * All filters on one node, as upstream does where pods are nominated: first with those of the same or higher
 * priority in place, then without; both must pass.
 */
export function refusalWithNominated(
  filters: readonly ReadyFilter[],
  snapshot: Snapshot,
  pod: PodInfo,
  node: NodeIndex,
): PluginRejection | undefined {
  const promised = snapshot.nominations
    .to(snapshot.names[node] ?? "")
    .filter((other) => other.priority >= pod.priority && other.id !== pod.id);
  let refusal: ReturnType<typeof firstRefusal>;
  if (promised.length > 0) {
    const original = [...(snapshot.podsOn[node] ?? [])];
    for (const other of promised) simulateMove(filters, snapshot, other, node, 1);
    refusal = firstRefusal(filters, node, pod);
    for (const other of promised) simulateMove(filters, snapshot, other, node, -1);
    snapshot.restore(node, original);
  }
  refusal ??= firstRefusal(filters, node, pod);
  if (refusal === undefined) return undefined;
  return { ...refusal.rejection, plugin: refusal.filter.plugin.name };
}
