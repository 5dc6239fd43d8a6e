import type { KindDescriptor } from "../../api/kinds/descriptor.ts";
import type { Key, Manifest } from "../../api/object.ts";
import type {
  PersistentVolumeClaim,
  Pod,
  PodExtendedResourceClaimStatus,
  ResourceClaim,
} from "../../api/types.gen.ts";
import type { Random } from "../../engine/random.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { ClusterEvent, HintedEvent } from "./cluster-event.ts";
import type { Rejection } from "./status.ts";

/**
 * What an answer about a node depends on; the framework caches accordingly.
 * - `node`: the node object alone (labels, taints, capacity).
 * - `node-pods`: the node and the pods on it.
 * - `cluster`: other nodes' pods too; such plugins answer per domain, see `DomainFilter`. One that answers per node
 *   all the same is asked about every node every time.
 */
export type DependsOn = "node" | "node-pods" | "cluster";

/** Answers per node; `undefined` lets the node pass. Must return shared objects, see `Rejection`. */
export type NodeFilter = (node: NodeIndex) => Rejection | undefined;

/**
 * The kept state of a `cluster` plugin for one shape of pod. Nodes of one domain get the same answer,
 * and which domain a node is in depends on the node and its own pods alone.
 */
export interface DomainState {
  /** Any integer; equal numbers mean equal answers. */
  domain(node: NodeIndex): number;
  /** The pods of this node changed: adjust what is counted. Called before any question. */
  nodeChanged(node: NodeIndex): void;
  /** True when there is nothing to ask: every node passes, or nothing is scored. Only `stale` is asked then. */
  readonly inert?: boolean;
  /** True when the state must be built anew (a topology key or a term appeared that it knows nothing of). */
  stale(): boolean;
}

/** Filter of a `cluster` plugin. */
export interface DomainFilter extends DomainState {
  filter(domain: number): Rejection | undefined;
  /** During a dry run: one pod comes to (+1) or leaves (-1) a node, without `nodeChanged`. */
  simulate(node: NodeIndex, pod: PodInfo, sign: 1 | -1): void;
}

/** Score of a `cluster` plugin. */
export interface DomainScore extends DomainState {
  /** The feasible nodes, as domains with the number of nodes in each. `"skip"`: nothing to score this time. */
  begin(domains: readonly number[], counts: readonly number[]): "skip" | undefined;
  /** Raw score, an integer. */
  score(domain: number): number;
  /** Turns the raw scores of the feasible domains into 0..100, in place. */
  normalize?(scores: number[], domains: readonly number[]): void;
}

/** Raw score of a node, an integer. */
export type NodeScore = (node: NodeIndex) => number;

/**
 * Turns raw scores into 0..100, in place. It is handed each distinct value of the feasible nodes at least once
 * and must depend on the values alone (as minimum and maximum do), not on how many nodes have one.
 */
export type Normalize = (scores: number[]) => void;

/** What PreFilter says before any node is asked; `undefined` is success. */
export type PreFilterAnswer =
  | undefined
  | "skip"
  | { readonly reject: Rejection }
  | { readonly nodeNames: ReadonlySet<string> };

/** PreFilter and Filter. `filter` is called once per shape of pod and returns the per-node test. */
export interface FilterPoint {
  readonly dependsOn: DependsOn;
  /** Nothing of the pod is read but its namespace and spec: pods that differ in labels get the same answers. */
  readonly readsSpecAlone?: boolean;
  filter(pod: PodInfo, snapshot: Snapshot): NodeFilter | DomainFilter;
}

/** PreScore and Score. `score` is called once per shape of pod. */
export interface ScorePoint {
  readonly dependsOn: DependsOn;
  /** As of a `FilterPoint`. */
  readonly readsSpecAlone?: boolean;
  score(pod: PodInfo, snapshot: Snapshot): NodeScore | DomainScore | "skip";
  readonly normalize?: Normalize;
}

/** What a PostFilter plugin may use of the cycle it runs in. */
export interface PostFilterContext {
  readonly pod: PodInfo;
  readonly snapshot: Snapshot;
  /** Nodes whose rejection is `Unschedulable`, in node order. */
  readonly potentialNodes: () => ArrayLike<NodeIndex>;
  readonly rejectionOf: (node: NodeIndex) => Rejection | undefined;
  /** All filters on one node, nominated pods included; `undefined` when the pod fits. */
  readonly runFilters: (node: NodeIndex) => (Rejection & { readonly plugin: string }) | undefined;
  /** Takes a pod off its node, or puts it back, for a dry run. Must be undone before returning. */
  readonly simulate: (pod: PodInfo, node: NodeIndex, sign: 1 | -1) => void;
  /** A number in 0..n-1 from the scheduler's random stream. */
  readonly draw: (n: number) => number;
  /** True when the plugin's own PreFilter was reached and did not fail. */
  readonly preFiltered: (plugin: string) => boolean;
  /** No answer of this shape depends on other nodes, so a dry run may be remembered per node. */
  readonly localOnly: boolean;
  /** Identifies the shape of the pod; equal shapes get equal answers. */
  readonly shape: object;
}

/** A node preemption could free, with the pods that would go, most important first. */
export interface Candidate {
  readonly node: string;
  readonly victims: readonly Pod[];
  readonly numPDBViolations: number;
}

/** What a PostFilter plugin answers. */
export interface PostFilterAnswer {
  readonly code: "Success" | "Unschedulable" | "UnschedulableAndUnresolvable" | "Error";
  readonly reasons: readonly string[];
  /** Set when the pod's nominated node shall be overwritten; `""` clears it. */
  readonly nominatedNode?: string;
  readonly victims?: readonly Pod[];
  /** Names of the equally good candidates the nominated node was drawn from. */
  readonly ties?: readonly string[];
  readonly candidates?: readonly Candidate[];
  /** Key of a ResourceClaim that is in the way: see `Discard`. */
  readonly deallocates?: string;
  /** Nodes a dry run refused, with the refusal. */
  readonly dryRun?: () => ReadonlyMap<string, Rejection & { readonly plugin: string }>;
}

/** Answer of Permit: go on, wait (at most `timeout` microseconds), or refuse. */
export type PermitAnswer = undefined | { readonly wait: number } | { readonly reject: Rejection };

/** A Permit plugin that holds a pod back, and how long it is patient, in microseconds. */
export interface PermitWait {
  readonly wait: number;
  readonly plugin: string;
}

/** What an active queue orders by. */
export interface QueuedPod {
  readonly pod: Pod;
  /** Virtual time at which the pod entered the queue, in microseconds. */
  readonly enqueuedAt: number;
}

/**
 * What a plugin remembers beside the snapshot, for checkpoints: plain data, sharing only immutable objects. Most
 * plugins need none; a closure that changes and is not saved here breaks time travel.
 */
export interface PluginState {
  save(): unknown;
  load(saved: unknown): void;
}

/** What PreBind may write before the pod is bound. All throw `ApiError`, which sends the pod back to the queue. */
export interface BindingWrites {
  /** Adds annotations to the pod. */
  annotate(annotations: Readonly<Record<string, string>>): void;
  /** Changes a ResourceClaim as it is stored now; answers the written one. */
  writeClaim(key: string, change: (stored: ResourceClaim) => ResourceClaim): ResourceClaim;
  /** Makes a ResourceClaim; answers it with its name. */
  createClaim(claim: Manifest<ResourceClaim>): ResourceClaim;
  /** Writes into the pod's status which claim its extended resources come from. */
  tellClaim(status: PodExtendedResourceClaimStatus): void;
  /** Promises a volume to a claim, as the volume binder would have bound them; a conflict when another claim has it. */
  promiseVolume(volume: string, claim: PersistentVolumeClaim): void;
  /** Tells the provisioner of a claim for which node its volume is wanted. */
  selectNode(claim: Key, node: string): void;
}

/**
 * Takes a ResourceClaim, by its key, away from the pod that is not bound after all: the devices of one that nobody uses are
 * given back, one that was made for the pod's extended resources is deleted.
 */
export type Discard = (claim: Key) => void;

/** PreBind is not through: to be asked again after a while, in microseconds. The pod stays assumed. */
export interface BindLater {
  readonly retryAfter: number;
  /** How long after PreBind was asked first the pod still may wait, in microseconds. */
  readonly atMost: number;
  /** What has failed when it has waited longer. */
  readonly tooLate: string;
}

/**
 * A plugin: a name and the extension points it takes part in. Points are independent; a profile may enable
 * any subset of them.
 */
export interface Plugin {
  readonly name: string;
  /** Cluster events after which a pod this plugin refused is worth another try, with the queueing hint. */
  readonly wakesOn?: readonly (ClusterEvent | HintedEvent)[];
  /** Kinds that the API serves because the plugin is enabled: objects it reads that no default cluster has. */
  readonly brings?: readonly KindDescriptor[];
  /**
   * A number that changes when anything but nodes and pods changes the plugin's answers about this pod (volumes,
   * Services, images). Absent: nothing else does.
   */
  readonly version?: (pod: PodInfo, snapshot: Snapshot) => number;
  readonly preEnqueue?: (pod: Pod, snapshot: Snapshot) => Rejection | undefined;
  readonly queueSort?: (a: QueuedPod, b: QueuedPod, snapshot: Snapshot) => number;
  /** True when the order of waiting pods changes as others are placed: the queue then compares all of them each time. */
  readonly queueMoves?: boolean;
  readonly preFilter?: (pod: PodInfo, snapshot: Snapshot) => PreFilterAnswer;
  readonly filter?: FilterPoint;
  readonly postFilter?: (context: PostFilterContext) => PostFilterAnswer;
  readonly score?: ScorePoint;
  readonly reserve?: (pod: PodInfo, node: string, snapshot: Snapshot) => Rejection | undefined;
  readonly unreserve?: (pod: PodInfo, node: string, snapshot: Snapshot, discard: Discard) => void;
  readonly permit?: (pod: PodInfo, node: string, snapshot: Snapshot) => PermitAnswer;
  readonly preBind?: (
    pod: PodInfo,
    node: string,
    snapshot: Snapshot,
    writes: BindingWrites,
  ) => Rejection | BindLater | undefined;
  /** Returns true when it handled the binding itself. */
  readonly bind?: (pod: PodInfo, node: string, snapshot: Snapshot) => boolean;
  readonly postBind?: (pod: PodInfo, node: string, snapshot: Snapshot) => void;
  readonly state?: PluginState;
}

/** What a plugin may use while it lives. */
export interface PluginContext {
  /** A stream of its own; where it stands is part of every checkpoint. */
  readonly random: Random;
  /** What the plugins of one profile have in common under a name; made by the first that asks. */
  readonly shared: <T>(name: string, make: () => T) => T;
}

/** Makes a plugin from its `args`. One per file of `plugins/`, listed in `plugins/registry.ts`. */
export interface PluginFactory {
  readonly name: string;
  /** Throws `SchedulerError` when the arguments are malformed. */
  create(args: unknown, context: PluginContext): Plugin;
}
