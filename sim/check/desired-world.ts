import type { KubeObject } from "../api/object.ts";
import type {
  DaemonSet,
  Deployment,
  Node,
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  ReplicaSet,
  StatefulSet,
} from "../api/types.gen.ts";
import type { RecordEntry } from "../engine/journal.ts";
import { nodeOfDaemon, nodeUse } from "./daemon-facts.ts";
import { isReady } from "./pod-facts.ts";

/** Kinds whose controller tells of the generation that it has seen. */
const OBSERVED: ReadonlySet<string> = new Set([
  "Deployment",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
  "DaemonSet",
]);

type Workload = Deployment | ReplicaSet | StatefulSet | DaemonSet;
type Taken = KubeObject | undefined;

/** Workloads by kind and key, what each owns, and what each still lacks. */
export class DesiredWorld {
  readonly workloads = new Map<string, Workload>();
  readonly #names = new Map<string, string>();
  readonly #livePods = new Map<string, number>();
  readonly #sets = new Map<string, Map<string, ReplicaSet>>();
  /** Pods of StatefulSets and DaemonSets, by their owner's uid and their key. */
  readonly #pods = new Map<string, Map<string, Pod>>();
  readonly #nodes = new Map<string, Node>();
  /** Claims on their way out, by namespace: pods of StatefulSets may wait for them. */
  readonly #endingClaims = new Map<string, Set<string>>();
  /** Namespaces on their way out, in which nothing can be made any more. */
  readonly #ending = new Set<string>();
  /** Workloads whose last creation or deletion was refused. */
  readonly #refused = new Set<string>();
  /** Keys of all pods: a StatefulSet's pod cannot be made while somebody else's has its name. */
  readonly #keys = new Set<string>();

  /** How many pods there are. */
  get pods(): number {
    return this.#keys.size;
  }

  /** Takes an object in; answers which workloads it may concern. */
  take(kind: string, key: string, before: Taken, after: Taken): readonly string[] {
    switch (kind) {
      case "Pod":
        if (after === undefined) this.#keys.delete(key);
        else this.#keys.add(key);
        return [
          this.#countPod(key, before, -1),
          this.#countPod(key, after, 1),
          this.#setNamedIn(key),
        ].flatMap((name) => name ?? []);
      case "Namespace":
        if (after?.metadata.deletionTimestamp === undefined) this.#ending.delete(key);
        else this.#ending.add(key);
        return [...this.workloads.keys()].filter((name) => name.includes(` ${key}/`));
      case "Node":
        if (after === undefined) this.#nodes.delete(key);
        else this.#nodes.set(key, after as Node);
        return this.#of("DaemonSet");
      case "PersistentVolumeClaim":
        return this.#takeClaim(key, (after ?? before) as PersistentVolumeClaim, after);
      default:
        return OBSERVED.has(kind) ? this.#takeWorkload(kind, key, before, after) : [];
    }
  }

  /** Heeds what a controller says of a workload that it could not serve. */
  hear({ subject, record }: RecordEntry): readonly string[] {
    const slash = subject.indexOf("/");
    const name = `${subject.slice(0, slash)} ${subject.slice(slash + 1)}`;
    if (!this.workloads.has(name)) return [];
    const { reason } = record as { readonly reason: string };
    if (reason === "FailedCreate" || reason === "FailedDelete") this.#refused.add(name);
    else if (reason === "SuccessfulCreate" || reason === "SuccessfulDelete")
      this.#refused.delete(name);
    else return [];
    return [name];
  }

  /** What a workload still lacks; `undefined` when it is as desired, or somebody else keeps it from being so. */
  lacks(name: string): string | undefined {
    const workload = this.workloads.get(name);
    if (workload === undefined || workload.metadata.deletionTimestamp !== undefined)
      return undefined;
    const { metadata, status } = workload;
    if (this.#ending.has(metadata.namespace ?? "")) return undefined;
    if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0))
      return `its generation ${metadata.generation} is not observed`;
    if (this.#refused.has(name)) return undefined;
    switch (name.slice(0, name.indexOf(" "))) {
      case "Deployment":
        return this.#lacksOfDeployment(workload as Deployment);
      case "StatefulSet":
        return this.#lacksOfStatefulSet(workload as StatefulSet);
      case "DaemonSet":
        return this.#lacksOfDaemonSet(workload as DaemonSet);
      default:
        return this.#lacksOfReplicas(workload as ReplicaSet);
    }
  }

  #of(kind: string): readonly string[] {
    return [...this.workloads.keys()].filter((name) => name.startsWith(`${kind} `));
  }

  #takeWorkload(kind: string, key: string, before: Taken, after: Taken): readonly string[] {
    const name = `${kind} ${key}`;
    if (after === undefined) {
      this.workloads.delete(name);
      this.#refused.delete(name);
    } else {
      this.workloads.set(name, after as Workload);
      this.#names.set(after.metadata.uid as string, name);
    }
    if (kind !== "ReplicaSet") return [name];
    return [name, ...[before, after].flatMap((one) => this.#placeSet(key, one, one === after))];
  }

  #takeClaim(key: string, { metadata }: PersistentVolumeClaim, after: Taken): readonly string[] {
    const ending = this.#endingClaims.get(metadata.namespace ?? "") ?? new Set<string>();
    this.#endingClaims.set(metadata.namespace ?? "", ending);
    if (after?.metadata.deletionTimestamp === undefined) ending.delete(key);
    else ending.add(key);
    return this.#of("StatefulSet");
  }

  #countPod(key: string, object: Taken, by: 1 | -1): string | undefined {
    if (object === undefined) return undefined;
    const owner = ownerOf(object);
    if (owner === undefined) return undefined;
    if (owner.kind === "StatefulSet" || owner.kind === "DaemonSet")
      placed(this.#pods, owner.uid, key, by > 0 ? (object as Pod) : undefined);
    else if (isLive(object as Pod))
      this.#livePods.set(owner.uid, (this.#livePods.get(owner.uid) ?? 0) + by);
    else return undefined;
    return this.#names.get(owner.uid);
  }

  #placeSet(key: string, set: Taken, present: boolean): readonly string[] {
    const owner = ownerOf(set)?.uid;
    if (owner === undefined) return [];
    placed(this.#sets, owner, key, present ? (set as ReplicaSet) : undefined);
    const name = this.#names.get(owner);
    return name === undefined ? [] : [name];
  }

  #podsOf({ metadata }: Workload): readonly Pod[] {
    return [...(this.#pods.get(metadata.uid as string)?.values() ?? [])];
  }

  #lacksOfDeployment({ metadata, spec }: Deployment): string | undefined {
    const wanted = spec?.replicas ?? 1;
    const [only, ...others] = this.#sets.get(metadata.uid as string)?.values() ?? [];
    const have = only?.spec?.replicas ?? 1;
    if (only === undefined || others.length > 0 || have === wanted) return undefined;
    return `its only ReplicaSet is for ${have} pods, not ${wanted}`;
  }

  #lacksOfReplicas(set: ReplicaSet): string | undefined {
    if (isHindered(set)) return undefined;
    const wanted = set.spec?.replicas ?? 1;
    const have = this.#livePods.get(set.metadata.uid as string) ?? 0;
    return have === wanted ? undefined : `it has ${have} pods, not ${wanted}`;
  }

  /** One after the other: a pod that is not ready holds up those after it, one on its way out its successor. */
  #lacksOfStatefulSet(set: StatefulSet): string | undefined {
    const pods = this.#podsOf(set);
    const ordered = set.spec.podManagementPolicy !== "Parallel";
    const waits = pods.some(
      (pod) =>
        pod.metadata.deletionTimestamp !== undefined || (ordered && isLive(pod) && !isReady(pod)),
    );
    if (waits || (this.#endingClaims.get(set.metadata.namespace ?? "")?.size ?? 0) > 0)
      return undefined;
    const wanted = set.spec.replicas ?? 1;
    if (this.#lacksName(set, wanted)) return undefined;
    const have = pods.filter(isLive).length;
    return have === wanted ? undefined : `it has ${have} pods, not ${wanted}`;
  }

  /** The StatefulSet that would give a pod this name. */
  #setNamedIn(key: string): string | undefined {
    const name = `StatefulSet ${key.replace(/-\d+$/, "")}`;
    return this.workloads.has(name) ? name : undefined;
  }

  /** Whether a pod that was let go, or never was the StatefulSet's, has the name of one that is wanted. */
  #lacksName({ metadata, spec }: StatefulSet, wanted: number): boolean {
    const own = this.#pods.get(metadata.uid);
    const start = spec.ordinals?.start ?? 0;
    for (let ordinal = start; ordinal < start + wanted; ordinal++) {
      const key = `${metadata.namespace ?? ""}/${metadata.name}-${ordinal}`;
      if (own?.has(key) !== true && this.#keys.has(key)) return true;
    }
    return false;
  }

  /** A pod that ended may wait for its back-off, and one on its way out keeps its place. */
  #lacksOfDaemonSet(set: DaemonSet): string | undefined {
    const pods = this.#podsOf(set);
    const served = new Set(pods.map(nodeOfDaemon));
    for (const [name, node] of this.#nodes)
      if (!served.has(name) && nodeUse(set, node) === "needs") return `it has no pod for ${name}`;
    for (const pod of pods) {
      const node = this.#nodes.get(pod.spec?.nodeName ?? "");
      if (node !== undefined && isLive(pod) && nodeUse(set, node) === "refuses")
        return `it has a pod on ${node.metadata.name}, which refuses it`;
    }
    return undefined;
  }
}

function ownerOf(object: Taken): OwnerReference | undefined {
  return object?.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

function isLive({ metadata, status }: Pod): boolean {
  const over = status?.phase === "Succeeded" || status?.phase === "Failed";
  return !over && metadata.deletionTimestamp === undefined;
}

function placed<T>(
  all: Map<string, Map<string, T>>,
  owner: string,
  key: string,
  object: T | undefined,
): void {
  const own = all.get(owner) ?? new Map<string, T>();
  all.set(owner, own);
  if (object === undefined) own.delete(key);
  else own.set(key, object);
}

/** Quotas and admission keep a controller from its pods, which says so. */
function isHindered({ status }: ReplicaSet): boolean {
  const conditions: readonly { type: string; status: string }[] = status?.conditions ?? [];
  return conditions.some(({ type, status: is }) => type === "ReplicaFailure" && is === "True");
}
