import { argsRecord, listArg, wordArg } from "../framework/args.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { NodeFilter, NodeScore, PluginFactory } from "../framework/plugin.ts";
import {
  MAX_NODE_SCORE,
  type Rejection,
  unresolvable,
  unschedulable,
} from "../framework/status.ts";
import { ALLOWED_PODS, POD_COUNT, type ResourceColumn, ROW } from "../snapshot/node-columns.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import { scoredAmounts } from "../snapshot/resources.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import {
  type DeviceTotals,
  deviceTotals,
  totalsVersion,
} from "./dynamic-resources/device-totals.ts";
import { classBehind, deviceNames, isExtended } from "./dynamic-resources/extended-resources.ts";
import { PendingClaims } from "./dynamic-resources/pending-claims.ts";
import { backsWanted, freesWanted, offersMore } from "./hints/resources.ts";
import {
  leastAllocated,
  mostAllocated,
  requestedToCapacityRatio,
  shapeArg,
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

interface Ignored {
  readonly names: readonly string[];
  readonly groups: readonly string[];
}

function isIgnored(name: string, { names, groups }: Ignored): boolean {
  if (!isExtended(name)) return false;
  return names.includes(name) || groups.includes(name.slice(0, name.indexOf("/")));
}

/** One resource the pod requests. */
interface Wanted {
  readonly name: string;
  readonly amount: number;
  readonly column: ResourceColumn;
  /** A device class is behind it: where the node offers none of it, devices are for DynamicResources to find. */
  readonly backed: boolean;
}

function isShort({ amount, column, backed }: Wanted, node: number): boolean {
  const { values, stride, allocatable, requested } = column;
  const row = node * stride;
  const offered = values[row + allocatable] as number;
  return amount > offered - (values[row + requested] as number) && !(backed && offered === 0);
}

/** Whether the pod's requests fit what the node has left; a request above allocatable is beyond preemption. */
function fitFilter({ traits }: PodInfo, snapshot: Snapshot, ignored: Ignored): NodeFilter {
  const { columns } = snapshot;
  const { rows } = columns;
  const wanted = traits.resources
    .map((resource, at) => {
      const name = snapshot.resources.names[resource] ?? "";
      const backed = classBehind(name, snapshot) !== undefined;
      return { amount: traits.amounts[at] ?? 0, name, column: columns.of(resource), backed };
    })
    .filter(({ name }) => !isIgnored(name, ignored));
  const reject = refusals();
  const isFull = (row: number) =>
    (rows[row + POD_COUNT] as number) >= (rows[row + ALLOWED_PODS] as number);
  const why = (node: number): Rejection => {
    const reasons: string[] = [];
    let resolvable = true;
    if (isFull(node * ROW)) reasons.push(TOO_MANY_PODS);
    for (const each of wanted) {
      if (!isShort(each, node)) continue;
      reasons.push(`Insufficient ${each.name}`);
      const { values, stride, allocatable } = each.column;
      if (each.amount > (values[node * stride + allocatable] as number)) resolvable = false;
    }
    return reject(reasons, resolvable);
  };
  const [first, second] = wanted;
  if (wanted.length === 2 && first?.name === "cpu" && second?.name === "memory") {
    const [cpu, memory] = [first.amount, second.amount];
    const [of, from] = [first.column, second.column];
    return (node) => {
      const row = node * ROW;
      const fits =
        !isFull(row) &&
        cpu <= (rows[row + of.allocatable] as number) - (rows[row + of.requested] as number) &&
        memory <= (rows[row + from.allocatable] as number) - (rows[row + from.requested] as number);
      return fits ? undefined : why(node);
    };
  }
  return (node) => {
    if (isFull(node * ROW)) return why(node);
    for (let at = 0; at < wanted.length; at++)
      if (isShort(wanted[at] as Wanted, node)) return why(node);
    return undefined;
  };
}

/** One resource of a score: what the node has, what is taken, what the pod adds. */
interface ScoredResource {
  readonly name: string;
  readonly weight: number;
  readonly column: ResourceColumn;
  readonly amount: number;
  /** What nodes that offer none of it have in devices. */
  readonly devices: ((node: NodeIndex) => DeviceTotals) | undefined;
}

function scoredResources(
  { pod }: PodInfo,
  snapshot: Snapshot,
  resources: readonly WeightedResource[],
  pending: PendingClaims,
): readonly ScoredResource[] {
  const amounts = scoredAmounts(pod);
  const scored: ScoredResource[] = [];
  for (const { name, weight } of resources) {
    const column = snapshot.columns.of(snapshot.resources.idOf(name));
    const amount = amounts.get(name) ?? 0;
    // A scalar resource the pod does not ask for says nothing about where it should go.
    if (amount === 0 && isScalar(name)) continue;
    const devices = deviceTotals(name, snapshot, pending);
    scored.push({ name, weight, column, amount, devices });
  }
  return scored;
}

/** Extended resources, huge pages and attachable volumes. */
export function isScalar(name: string): boolean {
  return name !== "cpu" && name !== "memory" && name !== "ephemeral-storage";
}

type ResourceScore = (requested: number, capacity: number) => number;

/** Score of one resource; `undefined` where the node has none of it. */
function scoreOf(
  { column, amount, devices }: ScoredResource,
  node: NodeIndex,
  score: ResourceScore,
): number | undefined {
  const { values, stride, allocatable, nonzero } = column;
  const row = node * stride;
  const offered = values[row + allocatable] as number;
  if (offered !== 0) return score((values[row + nonzero] as number) + amount, offered);
  const { capacity = 0, allocated = 0 } = devices?.(node) ?? {};
  return capacity === 0 ? undefined : score(allocated + amount, capacity);
}

/** The weighted mean over the resources the node has, truncated. */
function meanScore(scored: readonly ScoredResource[], score: ResourceScore): NodeScore {
  return (node) => {
    let sum = 0;
    let weights = 0;
    for (let at = 0; at < scored.length; at++) {
      const one = scoreOf(scored[at] as ScoredResource, node, score);
      if (one === undefined) continue;
      const { weight } = scored[at] as ScoredResource;
      sum += one * weight;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.floor(sum / weights);
  };
}

/** `meanScore` of LeastAllocated, written out for CPU and memory of equal weight: the default, and the hottest path. */
function leastAllocatedScore(scored: readonly ScoredResource[]): NodeScore {
  const general = meanScore(scored, leastAllocated);
  const [first, second] = scored;
  const usual =
    scored.length === 2 &&
    first?.name === "cpu" &&
    second?.name === "memory" &&
    first.weight === second.weight;
  if (!usual) return general;
  const { values: rows, allocatable: cpuAt, nonzero: cpuTaken } = first.column;
  const { allocatable: memoryAt, nonzero: memoryTaken } = second.column;
  const [cpu, memory] = [first.amount, second.amount];
  return (node) => {
    const row = node * ROW;
    const milliCpu = rows[row + cpuAt] as number;
    const bytes = rows[row + memoryAt] as number;
    if (milliCpu === 0 || bytes === 0) return general(node);
    const cpuLeft = milliCpu - (rows[row + cpuTaken] as number) - cpu;
    const memoryLeft = bytes - (rows[row + memoryTaken] as number) - memory;
    const ofCpu = cpuLeft < 0 ? 0 : Math.floor((cpuLeft * MAX_NODE_SCORE) / milliCpu);
    const ofMemory = memoryLeft < 0 ? 0 : Math.floor((memoryLeft * MAX_NODE_SCORE) / bytes);
    return (ofCpu + ofMemory) >> 1;
  };
}

/** As `meanScore`, but resources that score nothing do not count, and the mean is rounded. */
function ratioScore(scored: readonly ScoredResource[], score: ResourceScore): NodeScore {
  return (node) => {
    let sum = 0;
    let weights = 0;
    for (const each of scored) {
      const one = scoreOf(each, node, score) ?? 0;
      if (one <= 0) continue;
      sum += one * each.weight;
      weights += each.weight;
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
  const known = ["type", "resources", "requestedToCapacityRatio"];
  const args = argsRecord(value, NAME, known, "scoringStrategy");
  const type = wordArg(args["type"], TYPES, "LeastAllocated", {
    plugin: NAME,
    field: "scoringStrategy.type",
  });
  const resources = weightedResources(args, NAME);
  if (type === "LeastAllocated")
    return { resources, mean: leastAllocatedScore, score: leastAllocated };
  if (type === "MostAllocated") return { resources, mean: meanScore, score: mostAllocated };
  const shape = shapeArg(args["requestedToCapacityRatio"], NAME);
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
  create: (raw, context) => {
    const known = ["ignoredResources", "ignoredResourceGroups", "scoringStrategy"];
    const args = argsRecord(raw, NAME, known);
    const ignored: Ignored = {
      names: listArg<string>(args["ignoredResources"], NAME, "ignoredResources") ?? [],
      groups: listArg<string>(args["ignoredResourceGroups"], NAME, "ignoredResourceGroups") ?? [],
    };
    const strategy = strategyOf(args["scoringStrategy"]);
    const pending = PendingClaims.shared(context);
    const scoresScalars = strategy.resources.some(({ name }) => isScalar(name));
    return {
      name: NAME,
      version: ({ traits }, snapshot) => {
        if (deviceNames(traits, snapshot).length === 0) return 0;
        return scoresScalars
          ? totalsVersion(snapshot, pending)
          : snapshot.objects.version("DeviceClass");
      },
      wakesOn: [
        { resource: "AssignedPod", actions: ["delete"] },
        hinted("AssignedPod", ["update-scale-down"], freesWanted),
        hinted(
          "TargetPod",
          ["update-scale-down"],
          (_, before, after, snapshot) =>
            before === undefined || freesWanted(before, before, after, snapshot),
        ),
        hinted("Node", ["add", "update-allocatable"], (pod, before, after, snapshot) =>
          offersMore(pod, before, after, snapshot, (name) => isIgnored(name, ignored)),
        ),
        hinted("DeviceClass", ["add", "update"], backsWanted),
      ],
      preFilter: () => undefined,
      filter: {
        dependsOn: "node-pods",
        readsSpecAlone: true,
        filter: (pod, snapshot) => fitFilter(pod, snapshot, ignored),
      },
      score: {
        dependsOn: "node-pods",
        readsSpecAlone: true,
        score: (pod, snapshot) =>
          strategy.mean(
            scoredResources(pod, snapshot, strategy.resources, pending),
            strategy.score,
          ),
      },
    };
  },
};
