import { type HostPort, hostPortsOf } from "../../api/kinds/pod/host-ports.ts";
import type { Labels } from "../../api/meta/selector.ts";
import { parseTimestamp } from "../../api/meta/time.ts";
import { keyOf } from "../../api/object.ts";
import type { Pod, PodSpec, Volume } from "../../api/types.gen.ts";
import { type AffinityTerm, affinityTermsOf } from "./affinity-term.ts";
import { heldResources } from "./relevance.ts";
import { CPU, MEMORY, nonzeroAmounts, podAmounts, type ResourceTable } from "./resources.ts";

/**
 * What the scheduler reads from a pod, worked out once for all pods of one template: equal namespace, labels,
 * owner and (but for the node's name) equal spec.
 */
export interface PodTraits {
  /** Interned: equal numbers mean equal traits. */
  readonly id: number;
  /** Number of the namespace and spec; absent where it names claims, which are looked up. */
  readonly specId: number | undefined;
  readonly namespace: string;
  readonly labels: Labels | undefined;
  /** Number of the pair (namespace, labels). */
  readonly labelClass: number;
  /** Request per resource column; absent columns are 0. */
  readonly resources: readonly number[];
  readonly amounts: readonly number[];
  readonly milliCpu: number;
  readonly memory: number;
  /** Requests with the assumed minimum per container, for scoring. */
  readonly nonzeroMilliCpu: number;
  readonly nonzeroMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly terms: readonly AffinityTerm[];
  /** Names of the persistent volume claims, ephemeral volumes excluded. */
  readonly hasVolumes: boolean;
}

/** A pod as the scheduler holds it. */
export interface PodInfo {
  /** The pod's newest version; only those come in place of another in which scheduling sees no difference. */
  pod: Pod;
  /** Identity while it lives: the uid, or namespace/name without one. */
  readonly id: string;
  readonly traits: PodTraits;
  readonly priority: number;
  /** Being deleted: still holds its resources, no longer counts for spreading. */
  readonly terminating: boolean;
}

/** Identity of a pod. */
export function podId(pod: Pod): string {
  return pod.metadata.uid ?? keyOf(pod);
}

/** Start of the pod in virtual microseconds; a pod that has not started yet counts as starting now, last of all. */
export function startTime(pod: Pod): number {
  return parseTimestamp(pod.status?.startTime) ?? Number.POSITIVE_INFINITY;
}

/** Orders pods so that the more important comes first: higher priority, then running for longer. */
export function byImportance(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  const first = startTime(a.pod);
  const second = startTime(b.pod);
  return first === second ? 0 : first < second ? -1 : 1;
}

/** Makes `PodInfo`s, sharing the traits of pods of one template. */
export class PodReader {
  private readonly bySpec = new WeakMap<PodSpec, Map<string, PodTraits>>();
  private readonly byKey = new Map<string, PodTraits>();
  private readonly labelClasses = new Map<string, number>();
  private readonly labelTexts = new WeakMap<Labels, string>();
  private readonly resources: ResourceTable;
  /** Namespace and labels of each label class. */
  readonly classes: { readonly namespace: string; readonly labels: Labels | undefined }[] = [];
  private count = 0;
  private readonly specIds = new Map<string, number>();
  private specCount = 0;
  /** The pod asked for last: a scheduling cycle asks for its pod several times. */
  private last: PodInfo | undefined;

  constructor(resources: ResourceTable) {
    this.resources = resources;
  }

  /** The pod as the scheduler holds it. */
  read(pod: Pod): PodInfo {
    if (this.last?.pod !== pod) this.last = this.readAnew(pod);
    return this.last;
  }

  private readAnew(pod: Pod): PodInfo {
    return {
      pod,
      id: podId(pod),
      traits: this.traits(pod),
      priority: pod.spec.priority ?? 0,
      terminating: pod.metadata.deletionTimestamp !== undefined,
    };
  }

  private traits(pod: Pod): PodTraits {
    const outer = this.outerKey(pod);
    const shared = this.bySpec.get(pod.spec);
    const known = shared?.get(outer);
    if (known !== undefined) return known;
    const { nodeName: _, ...spec } = pod.spec;
    const key = `${outer}\n${JSON.stringify(spec)}`;
    let traits = this.byKey.get(key);
    if (traits === undefined) {
      if (this.byKey.size > TRAITS_LIMIT) this.byKey.clear();
      traits = this.work(pod, this.specId(pod, spec));
      this.byKey.set(key, traits);
    }
    if (shared === undefined) this.bySpec.set(pod.spec, new Map([[outer, traits]]));
    else shared.set(outer, traits);
    return traits;
  }

  private outerKey(pod: Pod): string {
    const { namespace = "", labels, ownerReferences } = pod.metadata;
    let key = `${namespace}\n${labels === undefined ? "" : this.labelText(labels)}`;
    if (ownerReferences !== undefined) {
      const owner = ownerReferences.find((each) => each.controller === true);
      if (owner !== undefined) key += `\n${owner.apiVersion} ${owner.kind} ${owner.name}`;
    }
    const held = heldResources(pod);
    if (held !== undefined) key += `\n${JSON.stringify(held)}`;
    if (pod.spec.volumes?.some((volume) => volume.ephemeral !== undefined) === true)
      key += `\n${pod.metadata.name}`;
    return key;
  }

  private labelText(labels: Labels): string {
    const known = this.labelTexts.get(labels);
    if (known !== undefined) return known;
    const keys = Object.keys(labels).sort();
    const text = keys.map((key) => `${key}=${labels[key]}`).join(",");
    this.labelTexts.set(labels, text);
    return text;
  }

  private labelClass(namespace: string, labels: Labels | undefined): number {
    const key = `${namespace}\n${labels === undefined ? "" : this.labelText(labels)}`;
    const known = this.labelClasses.get(key);
    if (known !== undefined) return known;
    const id = this.classes.length;
    this.classes.push({ namespace, labels });
    this.labelClasses.set(key, id);
    return id;
  }

  private specId(pod: Pod, spec: Omit<PodSpec, "nodeName">): number | undefined {
    if (spec.volumes?.every(isOfPod) === false || (spec.resourceClaims ?? []).length > 0)
      return undefined;
    if (heldResources(pod) !== undefined) return undefined;
    const key = `${pod.metadata.namespace ?? ""}\n${JSON.stringify(spec)}`;
    const known = this.specIds.get(key);
    if (known !== undefined) return known;
    if (this.specIds.size > TRAITS_LIMIT) this.specIds.clear();
    const id = this.specCount++;
    this.specIds.set(key, id);
    return id;
  }

  private work(pod: Pod, specId: number | undefined): PodTraits {
    const requests = podAmounts(pod);
    const nonzero = nonzeroAmounts(pod, requests);
    const resources: number[] = [];
    const amounts: number[] = [];
    for (const name of [...requests.keys()].sort(byScalarName)) {
      const amount = requests.get(name) ?? 0;
      if (name === "pods" || amount === 0) continue;
      resources.push(this.resources.idOf(name));
      amounts.push(amount);
    }
    const namespace = pod.metadata.namespace ?? "";
    const labels = pod.metadata.labels;
    return {
      id: this.count++,
      specId,
      namespace,
      labels,
      labelClass: this.labelClass(namespace, labels),
      resources,
      amounts,
      milliCpu: requests.get("cpu") ?? 0,
      memory: requests.get("memory") ?? 0,
      nonzeroMilliCpu: nonzero.get("cpu") ?? 0,
      nonzeroMemory: nonzero.get("memory") ?? 0,
      hostPorts: hostPortsOf(pod.spec),
      terms: affinityTermsOf(pod),
      hasVolumes: (pod.spec.volumes ?? []).length > 0,
    };
  }
}

/** Volumes that come with the pod and that no plugin asks about. */
const OF_POD = ["projected", "configMap", "secret", "emptyDir", "downwardAPI", "hostPath"] as const;

function isOfPod(volume: Volume): boolean {
  return OF_POD.some((source) => volume[source] !== undefined);
}

/** Distinct templates remembered; a bound against endless streams of one-off pods. */
const TRAITS_LIMIT = 100_000;

const FIXED = ["cpu", "memory", "ephemeral-storage"];

/** CPU, memory and ephemeral storage first, then the rest by name: the order of NodeResourcesFit's reasons. */
function byScalarName(a: string, b: string): number {
  const first = FIXED.indexOf(a);
  const second = FIXED.indexOf(b);
  if (first >= 0 || second >= 0) return (first < 0 ? 9 : first) - (second < 0 ? 9 : second);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Amount of one resource column a pod asks for. */
export function requestOf(traits: PodTraits, resource: number): number {
  if (resource === CPU) return traits.milliCpu;
  if (resource === MEMORY) return traits.memory;
  const at = traits.resources.indexOf(resource);
  return at < 0 ? 0 : (traits.amounts[at] ?? 0);
}
