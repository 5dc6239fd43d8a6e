import { matchesSelector } from "../../api/meta/selector.ts";
import { keyOf } from "../../api/object.ts";
import type { Pod, PodDisruptionBudget } from "../../api/types.gen.ts";
import { argsRecord, integerArg } from "../framework/args.ts";
import { SchedulerError } from "../framework/error.ts";
import { unavailableMessage } from "../framework/message.ts";
import type {
  Candidate,
  PluginFactory,
  PostFilterAnswer,
  PostFilterContext,
} from "../framework/plugin.ts";
import { type PluginRejection, unresolvable } from "../framework/status.ts";
import { unstableSort } from "../framework/unstable-sort.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import { byImportance, type PodInfo, startTime } from "../snapshot/pod-info.ts";

const NAME = "DefaultPreemption";
const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_VICTIMS: PluginRejection = {
  ...unresolvable("No preemption victims found for incoming pod"),
  plugin: "",
};

/** Limits on how many candidates are worked out. */
interface Limits {
  readonly percentage: number;
  readonly absolute: number;
}

/** A candidate with what candidates are compared by. */
interface RankedCandidate extends Candidate {
  readonly topPriority: number;
  readonly prioritySum: number;
  /** Earliest start among the victims of the highest priority. */
  readonly topStart: number;
}

type Trial = RankedCandidate | PluginRejection;

/** Why the pod may not preempt at all; `undefined` when it may. */
function ineligible({ pod, snapshot, rejectionOf }: PostFilterContext): string | undefined {
  if (pod.pod.spec.preemptionPolicy === "Never")
    return "not eligible due to preemptionPolicy=Never.";
  const nominated = snapshot.find(pod.pod.status?.nominatedNodeName ?? "");
  if (nominated === undefined) return undefined;
  if (rejectionOf(nominated)?.code === "UnschedulableAndUnresolvable") return undefined;
  const leaving = (snapshot.podsOn[nominated] ?? []).some(
    (other) => other.priority < pod.priority && isBeingPreempted(other),
  );
  return leaving ? "not eligible due to a terminating pod on the nominated node." : undefined;
}

function isBeingPreempted({ pod, terminating }: PodInfo): boolean {
  return (
    terminating &&
    (pod.status?.conditions ?? []).some(
      ({ type, status, reason }) =>
        type === "DisruptionTarget" && status === "True" && reason === "PreemptionByScheduler",
    )
  );
}

/** Parts pods into those whose eviction would break a budget and the others; the order decides who uses it up. */
export function splitByBudget(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): { readonly violating: readonly PodInfo[]; readonly others: readonly PodInfo[] } {
  if (budgets.length === 0) return { violating: [], others: pods };
  const left = budgets.map((budget) => budget.status?.disruptionsAllowed ?? 0);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const info of pods) {
    let violates = false;
    budgets.forEach((budget, at) => {
      if (!budgetCovers(budget, info.pod)) return;
      left[at] = (left[at] ?? 0) - 1;
      if ((left[at] ?? 0) < 0) violates = true;
    });
    (violates ? violating : others).push(info);
  }
  return { violating, others };
}

function budgetCovers(budget: PodDisruptionBudget, pod: Pod): boolean {
  const { labels, namespace, name = "" } = pod.metadata;
  if (labels === undefined || Object.keys(labels).length === 0) return false;
  if (budget.metadata.namespace !== namespace) return false;
  const selector = budget.spec?.selector;
  const empty =
    Object.keys(selector?.matchLabels ?? {}).length === 0 &&
    (selector?.matchExpressions ?? []).length === 0;
  if (empty || !matchesSelector(selector)(labels)) return false;
  return !(name in (budget.status?.disruptedPods ?? {}));
}

/**
 * Takes all less important pods off the node; if the pod then fits, gives back as many as possible, those first
 * whose eviction would break a budget, the most important first. The rest are the victims.
 */
function tryNode(
  context: PostFilterContext,
  node: NodeIndex,
  budgets: readonly PodDisruptionBudget[],
): Trial {
  const { pod, snapshot, simulate, runFilters } = context;
  const original = [...(snapshot.podsOn[node] ?? [])];
  const less = original.filter((other) => other.priority < pod.priority).sort(byKey);
  if (less.length === 0) return NO_VICTIMS;
  for (const other of less) simulate(other, node, -1);
  const refusal = runFilters(node);
  let victims: PodInfo[] = less;
  let violations = 0;
  if (refusal === undefined) {
    const { violating, others } = splitByBudget(mostImportantFirst(less), budgets);
    const keepsFitting = (other: PodInfo): boolean => {
      simulate(other, node, 1);
      if (runFilters(node) === undefined) return true;
      simulate(other, node, -1);
      return false;
    };
    victims = violating.filter((other) => !keepsFitting(other));
    violations = victims.length;
    victims.push(...others.filter((other) => !keepsFitting(other)));
    if (violating.length > 0 && others.length > 0) victims = mostImportantFirst(victims);
  }
  for (const other of victims) simulate(other, node, 1);
  snapshot.restore(node, original);
  return refusal ?? rank(snapshot.names[node] ?? "", victims, violations);
}

/** By namespace and name, so that the order in which pods came to the node does not matter. */
function byKey(a: PodInfo, b: PodInfo): number {
  const sameNamespace = a.traits.namespace === b.traits.namespace;
  const first = sameNamespace ? a.pod.metadata.name : keyOf(a.pod);
  const second = sameNamespace ? b.pod.metadata.name : keyOf(b.pod);
  return first < second ? -1 : first > second ? 1 : 0;
}

function mostImportantFirst(pods: readonly PodInfo[]): PodInfo[] {
  const sorted = [...pods];
  unstableSort(sorted, (a, b) => byImportance(a, b) < 0);
  return sorted;
}

/** Upstream adds this to every priority, so that more victims weigh more even below zero. */
const PRIORITY_OFFSET = 2 ** 31;

function rank(node: string, victims: readonly PodInfo[], violations: number): RankedCandidate {
  const topPriority = victims[0]?.priority ?? Number.NEGATIVE_INFINITY;
  let prioritySum = 0;
  let topStart = Number.POSITIVE_INFINITY;
  for (const { pod, priority } of victims) {
    prioritySum += priority + PRIORITY_OFFSET;
    if (priority === topPriority) topStart = Math.min(topStart, startTime(pod));
  }
  return {
    node,
    victims: victims.map(({ pod }) => pod),
    numPDBViolations: violations,
    topPriority,
    prioritySum,
    topStart,
  };
}

/** Better candidates compare lower; 0 for equally good ones. */
function compare(a: RankedCandidate, b: RankedCandidate): number {
  return (
    a.numPDBViolations - b.numPDBViolations ||
    a.topPriority - b.topPriority ||
    a.prioritySum - b.prioritySum ||
    a.victims.length - b.victims.length ||
    (a.topStart === b.topStart ? 0 : a.topStart > b.topStart ? -1 : 1)
  );
}

/** The equally good best ones. */
function bestCandidates(candidates: readonly RankedCandidate[]): readonly RankedCandidate[] {
  let best: RankedCandidate[] = [];
  for (const candidate of candidates) {
    const first = best[0];
    const order = first === undefined ? -1 : compare(candidate, first);
    if (order < 0) best = [candidate];
    else if (order === 0) best.push(candidate);
  }
  return best;
}

/** A remembered trial, valid while neither the node's pods, nor when they started, nor the budgets change. */
interface KnownTrial {
  readonly touched: number;
  readonly starts: number;
  readonly trial: Trial;
}

/** Remembered trials of one shape and priority of pod. */
interface ShapeTrials {
  readonly budgets: number;
  readonly priority: number;
  readonly trials: (KnownTrial | undefined)[];
}

const remembered = new WeakMap<object, ShapeTrials>();

/**
 * Trials of pods whose fate on a node depends on that node alone are remembered; what a preemption changes is one
 * node, the others would be tried again for the same answer.
 */
function trialsOf({ shape, snapshot, pod, localOnly }: PostFilterContext): ShapeTrials | undefined {
  if (!localOnly) return undefined;
  const budgets = snapshot.objects.version("PodDisruptionBudget");
  const known = remembered.get(shape);
  if (known?.budgets === budgets && known.priority === pod.priority) return known;
  const fresh: ShapeTrials = { budgets, priority: pod.priority, trials: [] };
  remembered.set(shape, fresh);
  return fresh;
}

function tryNodeOnce(
  context: PostFilterContext,
  node: NodeIndex,
  budgets: readonly PodDisruptionBudget[],
  known: ShapeTrials | undefined,
): Trial {
  const { snapshot } = context;
  if (known === undefined || isPromised(context, node)) return tryNode(context, node, budgets);
  const { log } = snapshot;
  const [touched, starts] = [log.touched[node] ?? 0, log.starts[node] ?? 0];
  const before = known.trials[node];
  if (before?.touched === touched && before.starts === starts) return before.trial;
  const trial = tryNode(context, node, budgets);
  known.trials[node] = { touched, starts, trial };
  return trial;
}

function isPromised({ snapshot }: PostFilterContext, node: NodeIndex): boolean {
  return (
    !snapshot.nominations.none && snapshot.nominations.to(snapshot.names[node] ?? "").length > 0
  );
}

/** What the trials came to: nodes in their order from a random one on, and those that evictions do not help. */
interface Found {
  readonly candidates: RankedCandidate[];
  /** How many candidates stand behind the end of the order of nodes; the rest have gone round to its beginning. */
  readonly beforeWrap: number;
  readonly refused: readonly (readonly [node: NodeIndex, refusal: PluginRejection])[];
  /** Nodes without anybody less important. */
  readonly noVictims: readonly NodeIndex[];
}

function findCandidates(
  context: PostFilterContext,
  nodes: ArrayLike<NodeIndex>,
  limits: Limits,
): Found {
  const share = Math.trunc((nodes.length * limits.percentage) / 100);
  const wanted = Math.min(nodes.length, Math.max(share, limits.absolute));
  const offset = context.draw(nodes.length);
  const budgets = context.snapshot.objects.list("PodDisruptionBudget");
  const candidates: RankedCandidate[] = [];
  const refused: [NodeIndex, PluginRejection][] = [];
  const noVictims: NodeIndex[] = [];
  const known = trialsOf(context);
  let beforeWrap = 0;
  let harmless = 0;
  for (let at = 0; at < nodes.length; at++) {
    if (harmless > 0 && candidates.length >= wanted) break;
    const place = offset + at;
    const node = nodes[place < nodes.length ? place : place - nodes.length] as NodeIndex;
    const trial = tryNodeOnce(context, node, budgets, known);
    if (trial === NO_VICTIMS) noVictims.push(node);
    else if ("code" in trial) refused.push([node, trial]);
    else {
      candidates.push(trial);
      if (place < nodes.length) beforeWrap++;
      if (trial.numPDBViolations === 0) harmless++;
    }
  }
  return { candidates, beforeWrap, refused, noVictims };
}

const NOTHING_TRIED: Found = { candidates: [], beforeWrap: 0, refused: [], noVictims: [] };

/** Refusals by the names of nodes. */
function dryRunOf(
  { refused, noVictims }: Found,
  names: readonly string[],
): ReadonlyMap<string, PluginRejection> {
  return new Map([
    ...refused.map(([node, refusal]) => [names[node] ?? "", refusal] as const),
    ...noVictims.map((node) => [names[node] ?? "", NO_VICTIMS] as const),
  ]);
}

function preempt(context: PostFilterContext, limits: Limits): PostFilterAnswer {
  const refusal = ineligible(context);
  if (refusal !== undefined) return { code: "Unschedulable", reasons: [`preemption: ${refusal}`] };
  const nodes = context.potentialNodes();
  const found = nodes.length === 0 ? NOTHING_TRIED : findCandidates(context, nodes, limits);
  const { candidates, beforeWrap } = found;
  const { names, nodeCount } = context.snapshot;
  const dryRun = () => dryRunOf(found, names);
  if (candidates.length === 0)
    return {
      code: "Unschedulable",
      reasons: [`preemption: ${unavailableMessage(nodeCount, countReasons(found, nodeCount))}`],
      nominatedNode: "",
      dryRun,
    };
  // In the order of names: those behind the wrap come first.
  const ordered = [...candidates.slice(beforeWrap), ...candidates.slice(0, beforeWrap)];
  const best = bestCandidates(ordered);
  const chosen = best[best.length > 1 ? context.draw(best.length) : 0] as RankedCandidate;
  return {
    code: "Success",
    reasons: [],
    nominatedNode: chosen.node,
    victims: chosen.victims,
    ties: best.map(({ node }) => node),
    candidates,
    dryRun,
  };
}

/** How often each reason was given; nodes that were not tried count as not helpful. */
function countReasons({ refused, noVictims }: Found, total: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (reason: string, by: number) => {
    if (by > 0) counts.set(reason, (counts.get(reason) ?? 0) + by);
  };
  for (const [, { reasons }] of refused) for (const reason of reasons) count(reason, 1);
  for (const reason of NO_VICTIMS.reasons) count(reason, noVictims.length);
  count(NOT_HELPFUL, total - refused.length - noVictims.length);
  return counts;
}

/** Makes room for a pod by evicting less important ones: the fewest broken budgets, then the least harm. */
export const defaultPreemption: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const known = ["minCandidateNodesPercentage", "minCandidateNodesAbsolute"];
    const args = argsRecord(raw, NAME, known);
    const argument = (field: string, fallback: number, max: number) =>
      integerArg(args[field], fallback, { min: 0, max }, { plugin: NAME, field });
    const limits: Limits = {
      percentage: argument("minCandidateNodesPercentage", 10, 100),
      absolute: argument("minCandidateNodesAbsolute", 100, 2 ** 31 - 1),
    };
    if (limits.percentage === 0 && limits.absolute === 0)
      throw new SchedulerError(
        "args: expected minCandidateNodesPercentage or minCandidateNodesAbsolute above 0",
        { plugin: NAME },
      );
    return {
      name: NAME,
      wakesOn: [{ resource: "AssignedPod", actions: ["delete"] }],
      postFilter: (context) => preempt(context, limits),
    };
  },
};
