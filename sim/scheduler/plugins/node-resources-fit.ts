import { argsRecord, listArg, wordArg } from "../framework/args.ts";
import { SchedulerError } from "../framework/error.ts";
import type { NodeFilter, NodeScore, PluginFactory } from "../framework/plugin.ts";
import { type Rejection, unresolvable, unschedulable } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import { CPU, MEMORY, scoredAmounts } from "../snapshot/resources.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import {
  leastAllocated,
  mostAllocated,
  requestedToCapacityRatio,
  type ShapePoint,
  type WeightedResource,
  weightedResources,
} from "./resource-scoring.ts";

const NAME = "NodeResourcesFit";
const TOO_MANY_PODS = "Too many pods";

/** Shared refusals by their reasons, so that equal ones are one object. */
function refusals(): (reasons: readonly string[], resolvable: boolean) => Rejection {
  const known = new Map<string, Rejection>();
  return (reasons, resolvable) => {
    const key = `${resolvable} ${reasons.join("\n")}`;
    let rejection = known.get(key);
    if (rejection === undefined) {
      rejection = resolvable ? unschedulable(...reasons) : unresolvable(...reasons);
      known.set(key, rejection);
    }
    return rejection;
  };
}

function isExtended(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
}

interface Ignored {
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

function isIgnored(name: string, { names, groups }: Ignored): boolean {
  if (!isExtended(name)) return false;
  return names.includes(name) || groups.includes(name.slice(0, name.indexOf("/")));
}

/** Whether the pod's requests fit what the node has left; a request above allocatable is beyond preemption. */
function fitFilter({ traits }: PodInfo, snapshot: Snapshot, ignored: Ignored): NodeFilter {
  const { columns } = snapshot;
  const { podCount, allowedPods } = columns;
  const wanted = traits.resources
    .map((resource, at) => ({
      resource,
      amount: traits.amounts[at] ?? 0,
      name: snapshot.resources.names[resource] ?? "",
      allocatable: columns.allocatableOf(resource),
      requested: columns.requestedOf(resource),
    }))
    .filter(({ name }) => !isIgnored(name, ignored));
  const reject = refusals();
  const why = (node: number): Rejection => {
    const reasons: string[] = [];
    let resolvable = true;
    if ((podCount[node] as number) + 1 > (allowedPods[node] as number)) reasons.push(TOO_MANY_PODS);
    for (const { amount, name, allocatable, requested } of wanted) {
      const capacity = allocatable[node] as number;
      if (amount <= capacity - (requested[node] as number)) continue;
      reasons.push(`Insufficient ${name}`);
      if (amount > capacity) resolvable = false;
    }
    return reject(reasons, resolvable);
  };
  return (node) => {
    if ((podCount[node] as number) >= (allowedPods[node] as number)) return why(node);
    for (let at = 0; at < wanted.length; at++) {
      const { allocatable, requested, amount } = wanted[at] as (typeof wanted)[number];
      if (amount > (allocatable[node] as number) - (requested[node] as number)) return why(node);
    }
    return undefined;
  };
}

/** One resource of a score: what the node has, what is taken, what the pod adds. */
interface ScoredResource {
  readonly weight: number;
  readonly allocatable: Float64Array;
  readonly taken: Float64Array;
  readonly amount: number;
}

function scoredResources(
  { pod }: PodInfo,
  snapshot: Snapshot,
  resources: readonly WeightedResource[],
): readonly ScoredResource[] {
  const { columns } = snapshot;
  const amounts = scoredAmounts(pod);
  const scored: ScoredResource[] = [];
  for (const { name, weight } of resources) {
    const id = snapshot.resources.idOf(name);
    const allocatable = columns.allocatableOf(id);
    const amount = amounts.get(name) ?? 0;
    // A scalar resource the pod does not ask for says nothing about where it should go.
    if (amount === 0 && isScalar(name)) continue;
    const taken =
      id === CPU
        ? columns.nonzeroMilliCpu
        : id === MEMORY
          ? columns.nonzeroMemory
          : columns.requestedOf(id);
    scored.push({ weight, allocatable, taken, amount });
  }
  return scored;
}

/** Extended resources, huge pages and attachable volumes. */
export function isScalar(name: string): boolean {
  return name !== "cpu" && name !== "memory" && name !== "ephemeral-storage";
}

type ResourceScore = (requested: number, capacity: number) => number;

/** The weighted mean over the resources the node has, truncated. */
function meanScore(scored: readonly ScoredResource[], score: ResourceScore): NodeScore {
  return (node) => {
    let sum = 0;
    let weights = 0;
    for (let at = 0; at < scored.length; at++) {
      const { allocatable, taken, amount, weight } = scored[at] as ScoredResource;
      const capacity = allocatable[node] as number;
      if (capacity === 0) continue;
      sum += score((taken[node] as number) + amount, capacity) * weight;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.floor(sum / weights);
  };
}

/** As `meanScore`, but resources that score nothing do not count, and the mean is rounded. */
function ratioScore(scored: readonly ScoredResource[], score: ResourceScore): NodeScore {
  return (node) => {
    let sum = 0;
    let weights = 0;
    for (const { allocatable, taken, amount, weight } of scored) {
      const capacity = allocatable[node] as number;
      if (capacity === 0) continue;
      const one = score((taken[node] as number) + amount, capacity);
      if (one <= 0) continue;
      sum += one * weight;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.round(sum / weights);
  };
}

interface Strategy {
  readonly resources: readonly WeightedResource[];
  readonly mean: (scored: readonly ScoredResource[], score: ResourceScore) => NodeScore;
  readonly score: ResourceScore;
}

const TYPES = ["LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"] as const;

function strategyOf(value: unknown): Strategy {
  const args = argsRecord(value, NAME);
  const type = wordArg(args["type"], TYPES, "LeastAllocated", {
    plugin: NAME,
    field: "scoringStrategy.type",
  });
  const resources = weightedResources(args, NAME);
  if (type === "LeastAllocated") return { resources, mean: meanScore, score: leastAllocated };
  if (type === "MostAllocated") return { resources, mean: meanScore, score: mostAllocated };
  const ratio = argsRecord(args["requestedToCapacityRatio"], NAME);
  const shape = listArg<ShapePoint>(ratio["shape"], NAME, "requestedToCapacityRatio.shape") ?? [];
  if (shape.length === 0)
    throw new SchedulerError("args.scoringStrategy: expected at least one point in shape", {
      plugin: NAME,
    });
  // Configured scores are 0..10, node scores 0..100.
  const points = shape.map(({ utilization, score }) => ({ utilization, score: score * 10 }));
  return { resources, mean: ratioScore, score: requestedToCapacityRatio(points) };
}

/**
 * Filters out nodes that have not enough left of what the pod requests, and scores nodes by what would be left
 * (LeastAllocated, the default), used (MostAllocated) or by a function of the utilization.
 */
export const nodeResourcesFit: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const args = argsRecord(raw, NAME);
    const ignored: Ignored = {
      names: listArg<string>(args["ignoredResources"], NAME, "ignoredResources") ?? [],
      groups: listArg<string>(args["ignoredResourceGroups"], NAME, "ignoredResourceGroups") ?? [],
    };
    const strategy = strategyOf(args["scoringStrategy"]);
    return {
      name: NAME,
      wakesOn: [
        { resource: "AssignedPod", actions: ["delete", "update-scale-down"] },
        { resource: "TargetPod", actions: ["update-scale-down"] },
        { resource: "Node", actions: ["add", "update-allocatable"] },
      ],
      preFilter: () => undefined,
      filter: {
        dependsOn: "node-pods",
        filter: (pod, snapshot) => fitFilter(pod, snapshot, ignored),
      },
      score: {
        dependsOn: "node-pods",
        score: (pod, snapshot) =>
          strategy.mean(scoredResources(pod, snapshot, strategy.resources), strategy.score),
      },
    };
  },
};
