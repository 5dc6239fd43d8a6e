import { guarded } from "../framework/error.ts";
import { unschedulableMessage } from "../framework/message.ts";
import type { PostFilterContext } from "../framework/plugin.ts";
import type { Profile } from "../framework/profile.ts";
import type {
  DecisionRecord,
  NodeRecord,
  PreFilterRecord,
  ScoreTriple,
} from "../framework/record.ts";
import type { PluginRejection } from "../framework/status.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type PostFilterOutcome, recordPostFilter, runPostFilters } from "./post-filter.ts";
import {
  type PreFilterOutcome,
  podName,
  type ReadyFilter,
  type ReadyScore,
  readyFilters,
  readyScores,
  refusalWithNominated,
  runPreFilters,
  simulateMove,
} from "./prepared.ts";

/** A number in 0..n-1, each equally likely. */
export type Draw = (n: number) => number;

/** A decision worked out from scratch, with everything there is to say about it. */
export interface Explained {
  readonly record: DecisionRecord;
  readonly postFilter?: PostFilterOutcome;
}

/** Runs PreEnqueue; the refusal keeps the pod out of the queue. */
export function runPreEnqueue(
  profile: Profile,
  pod: PodInfo,
  snapshot: Snapshot,
): PluginRejection | undefined {
  for (const { name, preEnqueue } of profile.preEnqueue) {
    const refusal = guarded(name, podName(pod), () => preEnqueue?.(pod.pod, snapshot));
    if (refusal !== undefined) return { ...refusal, plugin: name };
  }
  return undefined;
}

/** One pod against one profile, from scratch. */
class Explanation {
  private readonly profile: Profile;
  private readonly pod: PodInfo;
  private readonly snapshot: Snapshot;
  private readonly draw: Draw;
  private readonly short: boolean;
  private filters: readonly ReadyFilter[] = [];
  private readonly refusals = new Map<NodeIndex, PluginRejection>();

  constructor(profile: Profile, pod: PodInfo, snapshot: Snapshot, draw: Draw, short: boolean) {
    this.short = short;
    this.profile = profile;
    this.pod = pod;
    this.snapshot = snapshot;
    this.draw = draw;
  }

  run(): Explained {
    if (this.snapshot.nodeCount === 0) return { record: NO_NODES };
    const outcome = runPreFilters(this.profile, this.pod, this.snapshot);
    const preFilter = recordPreFilter(outcome);
    const absent = absentNodes(outcome);
    if (outcome.reject === undefined) {
      const { profile, pod, snapshot } = this;
      this.filters = readyFilters(profile, pod, snapshot, outcome.skipped);
    }
    const feasible: NodeIndex[] = [];
    const nodes: Record<string, NodeRecord> = {};
    for (const node of this.nodesToAsk(outcome)) {
      const name = this.snapshot.names[node] ?? "";
      if (absent !== undefined && !isAsked(name, outcome)) {
        nodes[name] = { feasible: false, ...recordRefusal(absent), absent: true };
        continue;
      }
      const refusal = refusalWithNominated(this.filters, this.snapshot, this.pod, node);
      if (refusal === undefined) feasible.push(node);
      else {
        this.refusals.set(node, refusal);
        nodes[name] = { feasible: false, ...recordRefusal(refusal) };
      }
    }
    return feasible.length === 0
      ? this.failed(outcome, preFilter, nodes, absent)
      : this.scored(feasible, preFilter, nodes);
  }

  /** All nodes for a full record; only those PreFilter left when the record may be short. */
  private nodesToAsk({ reject, nodeNames }: PreFilterOutcome): readonly NodeIndex[] {
    if (!this.short || (reject === undefined && nodeNames === undefined))
      return this.snapshot.order();
    if (reject !== undefined || nodeNames === undefined) return [];
    return [...nodeNames]
      .sort()
      .map((name) => this.snapshot.find(name))
      .filter((node) => node !== undefined);
  }

  private scored(
    feasible: readonly NodeIndex[],
    preFilter: PreFilterRecord,
    nodes: Record<string, NodeRecord>,
  ): Explained {
    const { profile, pod, snapshot } = this;
    const { scores, skipped } = readyScores(profile, pod, snapshot);
    const skippedScore = [...skipped, ...unscoredSkips(profile, pod, snapshot)];
    const own = feasible.map((): Record<string, ScoreTriple> => ({}));
    const totals = feasible.map(() => 0);
    for (const score of scores) {
      const answer = scoreNodes(score, feasible, podName(pod));
      if (answer === undefined) skippedScore.push(score.plugin.name);
      else
        answer.forEach((triple, at) => {
          (own[at] as Record<string, ScoreTriple>)[score.plugin.name] = triple;
          totals[at] = (totals[at] ?? 0) + triple[2];
        });
    }
    let maxTotal = Number.NEGATIVE_INFINITY;
    feasible.forEach((node, at) => {
      const total = totals[at] ?? 0;
      if (total > maxTotal) maxTotal = total;
      nodes[snapshot.names[node] ?? ""] = { feasible: true, scores: own[at] ?? {}, total };
    });
    const winners = feasible
      .filter((_, at) => totals[at] === maxTotal)
      .map((node) => snapshot.names[node] ?? "");
    return {
      record: {
        result: "scheduled",
        preFilter,
        nodes,
        feasible: feasible.length,
        weights: Object.fromEntries(
          profile.score.map(({ plugin, weight }) => [plugin.name, weight]),
        ),
        skippedScore: skippedScore.sort(),
        maxTotal,
        winners,
        ...this.choose(feasible, winners),
      },
    };
  }

  /** The node a pod was promised if it is feasible, else one of the winners. */
  private choose(
    feasible: readonly NodeIndex[],
    winners: readonly string[],
  ): Pick<DecisionRecord, "host" | "draw"> {
    const promised = this.pod.pod.status?.nominatedNodeName ?? "";
    const node = this.snapshot.find(promised);
    if (node !== undefined && feasible.includes(node)) return { host: promised };
    if (winners.length === 1) return { host: winners[0] as string };
    const drawn = this.draw(winners.length);
    return { host: winners[drawn] as string, draw: { among: winners.length, drawn } };
  }

  private failed(
    outcome: PreFilterOutcome,
    preFilter: PreFilterRecord,
    nodes: Record<string, NodeRecord>,
    absent: PluginRejection | undefined,
  ): Explained {
    const { snapshot } = this;
    const counts = new Map<string, number>();
    // A plugin's own refusal stands alone; one that nobody spoke came from the restrictions together.
    const alone = outcome.reject !== undefined && outcome.reject.plugin !== "";
    const plugins = new Set<string>(alone ? [] : outcome.restrictedBy);
    const count = ({ reasons, plugin }: PluginRejection, by: number) => {
      if (plugin !== "") plugins.add(plugin);
      for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + by);
    };
    for (const refusal of this.refusals.values()) count(refusal, 1);
    const missing = snapshot.nodeCount - this.refusals.size;
    if (absent !== undefined && missing > 0) count(absent, missing);
    const post = runPostFilters(this.profile, this.context(outcome));
    const message = unschedulableMessage(
      snapshot.nodeCount,
      counts,
      outcome.reject?.reasons.join(", ") ?? "",
      post?.reasons.join(", ") ?? "",
    );
    return {
      record: {
        result: "unschedulable",
        preFilter,
        nodes,
        feasible: 0,
        reason: "Unschedulable",
        message,
        unschedulablePlugins: [...plugins].sort(),
        ...(post === undefined ? {} : { postFilter: recordPostFilter(post) }),
      },
      ...(post === undefined ? {} : { postFilter: post }),
    };
  }

  private context(outcome: PreFilterOutcome): PostFilterContext {
    const { pod, snapshot, profile, refusals, draw } = this;
    // A pod that PreFilter refused has no filters yet; a PostFilter plugin may still want to try nodes.
    let asked = outcome.reject === undefined ? this.filters : undefined;
    const filters = () => {
      asked ??= readyFilters(profile, pod, snapshot, outcome.skipped);
      return asked;
    };
    return {
      pod,
      snapshot,
      potentialNodes: () =>
        snapshot.order().filter((node) => refusals.get(node)?.code === "Unschedulable"),
      rejectionOf: (node) => refusals.get(node) ?? absentNodes(outcome),
      runFilters: (node) => refusalWithNominated(filters(), snapshot, pod, node),
      simulate: (other, node, sign) => simulateMove(filters(), snapshot, other, node, sign),
      draw,
      preFiltered: (plugin) => outcome.reached.has(plugin),
      localOnly: false,
      shape: this,
    };
  }
}

/** Plugins whose PreScore skips the pod although their Score is switched off: upstream still lists them. */
function unscoredSkips(profile: Profile, pod: PodInfo, snapshot: Snapshot): readonly string[] {
  const scored = new Set(profile.score.map(({ plugin }) => plugin.name));
  return profile.preScore
    .filter(({ name, score }) => !scored.has(name) && score?.score(pod, snapshot) === "skip")
    .map(({ name }) => name);
}

/** What happens to a pod when there is no node at all. */
export const NO_NODES: DecisionRecord = {
  result: "unschedulable",
  feasible: 0,
  reason: "Unschedulable",
  message: "no nodes available to schedule pods",
};

/** Whether filters look at a node: at none once PreFilter refused, whatever it had left before. */
function isAsked(name: string, { reject, nodeNames }: PreFilterOutcome): boolean {
  return reject === undefined && nodeNames?.has(name) !== false;
}

/** The refusal that holds for nodes no filter looked at; `undefined` when all are looked at. */
function absentNodes(outcome: PreFilterOutcome): PluginRejection | undefined {
  if (outcome.reject !== undefined) return outcome.reject;
  if (outcome.nodeNames === undefined) return undefined;
  return {
    code: "UnschedulableAndUnresolvable",
    reasons: [`node(s) didn't satisfy plugin(s) [${outcome.restrictedBy.join(" ")}]`],
    plugin: "",
  };
}

function recordRefusal({ code, plugin, reasons }: PluginRejection) {
  return { ...(plugin === "" ? {} : { plugin }), code, reasons };
}

function recordPreFilter(outcome: PreFilterOutcome): PreFilterRecord {
  const { reject, nodeNames, skipped } = outcome;
  return {
    ...(reject === undefined ? { code: "Success" as const } : recordRefusal(reject)),
    ...(nodeNames === undefined || reject !== undefined
      ? {}
      : { restricts: true, nodeNames: [...nodeNames].sort() }),
    skipped: [...skipped].sort(),
  };
}

/** Scores of one plugin on the feasible nodes; `undefined` when it has nothing to score. */
function scoreNodes(
  { plugin, weight, node: nodeScore, domain }: ReadyScore,
  nodes: readonly NodeIndex[],
  pod: string,
): readonly ScoreTriple[] | undefined {
  return guarded(plugin.name, pod, () => {
    const domains = domain === undefined ? [] : nodes.map((node) => domain.domain(node));
    if (
      domain?.begin(
        domains,
        nodes.map(() => 1),
      ) === "skip"
    )
      return undefined;
    const raw = nodes.map((node, at) =>
      Math.trunc(domain === undefined ? (nodeScore?.(node) ?? 0) : domain.score(domains[at] ?? 0)),
    );
    const normalized = [...raw];
    if (domain?.normalize !== undefined) domain.normalize(normalized, domains);
    else plugin.score?.normalize?.(normalized);
    return raw.map((score, at): ScoreTriple => {
      const value = Math.trunc(normalized[at] ?? 0);
      return [score, value, value * weight];
    });
  });
}

/**
 * Works a decision out from scratch; the pod has passed PreEnqueue. A `short` record leaves out the nodes that
 * PreFilter excluded.
 */
export function explain(
  profile: Profile,
  pod: PodInfo,
  snapshot: Snapshot,
  draw: Draw,
  short = false,
): Explained {
  return new Explanation(profile, pod, snapshot, draw, short).run();
}
