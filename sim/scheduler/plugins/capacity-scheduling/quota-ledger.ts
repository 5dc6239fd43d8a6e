import type { NodeIndex } from "../../snapshot/node-index.ts";
import type { PodInfo } from "../../snapshot/pod-info.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import type { ElasticQuota } from "./elastic-quota.ts";

type Amounts = Map<string, number>;

/** What namespaces with a quota use, brought up to date from the change log. */
export class QuotaLedger {
  private readonly quotas: ReadonlyMap<string, ElasticQuota>;
  private readonly snapshot: Snapshot;
  private readonly used = new Map<string, Amounts>();
  private readonly counted = new Map<NodeIndex, readonly PodInfo[]>();
  private structure = -1;
  private position = 0;

  constructor(quotas: readonly ElasticQuota[], snapshot: Snapshot) {
    this.quotas = new Map(quotas.map((quota) => [quota.namespace, quota]));
    this.snapshot = snapshot;
  }

  /** Takes in what changed since the last time. */
  sync(): void {
    const { log, structure } = this.snapshot;
    if (structure === this.structure && log.position === this.position) return;
    const changed = new Set<NodeIndex>();
    const known =
      structure === this.structure && log.since(this.position, (node) => changed.add(node));
    this.structure = structure;
    this.position = log.position;
    if (!known) {
      this.used.clear();
      this.counted.clear();
    }
    for (const node of known ? changed : this.snapshot.order()) {
      for (const pod of this.counted.get(node) ?? []) this.move(pod, -1);
      const pods = [...(this.snapshot.podsOn[node] ?? [])];
      for (const pod of pods) this.move(pod, 1);
      this.counted.set(node, pods);
    }
  }

  /** Whether the namespace has a quota. */
  has(namespace: string): boolean {
    return this.quotas.has(namespace);
  }

  /** A pod comes (+1) or goes (-1), also for a dry run. */
  move({ traits }: PodInfo, sign: 1 | -1): void {
    if (!this.quotas.has(traits.namespace)) return;
    let used = this.used.get(traits.namespace);
    if (used === undefined) {
      used = new Map();
      this.used.set(traits.namespace, used);
    }
    for (const [name, amount] of this.requestsOf(traits))
      used.set(name, (used.get(name) ?? 0) + sign * amount);
  }

  /** With the pod its namespace would use more than its `max`. */
  exceedsMax({ traits }: PodInfo): boolean {
    const max = this.quotas.get(traits.namespace)?.max ?? new Map<string, number>();
    return this.requestsOf(traits).some(
      ([name, amount]) =>
        this.usedOf(traits.namespace, name) + amount > (max.get(name) ?? Number.POSITIVE_INFINITY),
    );
  }

  /** With the pod its namespace would use more than its `min`. */
  exceedsMin({ traits }: PodInfo): boolean {
    const min = this.quotas.get(traits.namespace)?.min ?? new Map<string, number>();
    return this.requestsOf(traits).some(
      ([name, amount]) => this.usedOf(traits.namespace, name) + amount > (min.get(name) ?? 0),
    );
  }

  /** With the pod all namespaces together would use more than all their `min`. */
  exceedsAllMins({ traits }: PodInfo): boolean {
    return this.requestsOf(traits).some(([name, amount]) => {
      let used = amount;
      let granted = 0;
      for (const { namespace, min } of this.quotas.values()) {
        used += this.usedOf(namespace, name);
        granted += min.get(name) ?? 0;
      }
      return used > granted;
    });
  }

  /** The namespace uses more than its `min` of something. */
  borrows(namespace: string): boolean {
    const min = this.quotas.get(namespace)?.min;
    if (min === undefined) return false;
    return [...(this.used.get(namespace) ?? [])].some(
      ([name, amount]) => amount > (min.get(name) ?? 0),
    );
  }

  private usedOf(namespace: string, resource: string): number {
    return this.used.get(namespace)?.get(resource) ?? 0;
  }

  /** Requests that some quota speaks of. */
  private requestsOf({ resources, amounts }: PodInfo["traits"]): readonly [string, number][] {
    const requests: [string, number][] = [];
    resources.forEach((resource, at) => {
      const name = this.snapshot.resources.names[resource] ?? "";
      if (this.isGoverned(name)) requests.push([name, amounts[at] ?? 0]);
    });
    return requests;
  }

  private isGoverned(resource: string): boolean {
    for (const { min, max } of this.quotas.values())
      if (min.has(resource) || max.has(resource)) return true;
    return false;
  }
}
