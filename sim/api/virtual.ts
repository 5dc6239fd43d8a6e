import type { Engine } from "../engine/engine.ts";
import type { Micros } from "../engine/time.ts";
import { Heartbeats } from "./heartbeats.ts";
import { microTimestamp, timestamp } from "./meta/time.ts";
import type { Key, KubeObject } from "./object.ts";
import type { Lease, Node } from "./types.gen.ts";

/** Where the kubelets' Leases live. */
export const NODE_LEASE_NAMESPACE = "kube-node-lease";
/** Where the Leases of the control plane's leaders live. */
export const LEADER_LEASE_NAMESPACE = "kube-system";

/** Answers for a kind whose objects are computed when they are read, never stored. */
export interface VirtualProvider {
  /** The object, or `undefined` when there is none now. */
  get(key: Key): KubeObject | undefined;
  /** Objects of a namespace, or of all; the namespace of cluster-wide kinds is ignored. */
  list(namespace: string | undefined): readonly KubeObject[];
}

/** What readers see that no write ever stored: heartbeats on Leases and Nodes, and metrics. */
export interface VirtualReads {
  /** The object as a reader sees it now: the same one when nothing of it is computed. */
  transform<T extends KubeObject>(kind: string, object: T): T;
  /** Whether objects of this kind are computed. */
  has(kind: string): boolean;
  get(kind: string, key: Key): KubeObject | undefined;
  list(kind: string, namespace?: string): readonly KubeObject[];
}

/** The virtual reads of one cluster: heartbeats from their table, other kinds from the providers that were added. */
export class ComputedReads implements VirtualReads {
  readonly #engine: Engine;
  readonly #heartbeats: Heartbeats;
  readonly #leaders: Heartbeats;
  readonly #providers = new Map<string, VirtualProvider>();

  /** `leaders`: the renewals of the control plane's leaders, by component. */
  constructor(engine: Engine, heartbeats: Heartbeats, leaders: Heartbeats = new Heartbeats()) {
    this.#engine = engine;
    this.#heartbeats = heartbeats;
    this.#leaders = leaders;
  }

  /** Serves a kind from a provider. */
  provide(kind: string, provider: VirtualProvider): void {
    this.#providers.set(kind, provider);
  }

  transform<T extends KubeObject>(kind: string, object: T): T {
    if (kind === "Lease") return this.#lease(object as unknown as Lease) as unknown as T;
    if (kind === "Node") return this.#node(object as unknown as Node) as unknown as T;
    return object;
  }

  has(kind: string): boolean {
    return this.#providers.has(kind);
  }

  get(kind: string, key: Key): KubeObject | undefined {
    return this.#providers.get(kind)?.get(key);
  }

  list(kind: string, namespace?: string): readonly KubeObject[] {
    return this.#providers.get(kind)?.list(namespace) ?? [];
  }

  #lease(lease: Lease): Lease {
    const { name, namespace } = lease.metadata;
    const { now } = this.#engine;
    let renewed: Micros | undefined;
    if (namespace === LEADER_LEASE_NAMESPACE) renewed = this.#leaders.lastRenewal(name, now);
    else if (namespace === NODE_LEASE_NAMESPACE && lease.spec?.holderIdentity === name)
      renewed = this.#heartbeats.lastRenewal(name, now);
    if (renewed === undefined) return lease;
    return { ...lease, spec: { ...lease.spec, renewTime: microTimestamp(renewed) } };
  }

  #node(node: Node): Node {
    const reported = this.#heartbeats.lastStatus(node.metadata.name, this.#engine.now);
    const conditions = node.status?.conditions;
    if (reported === undefined || conditions === undefined) return node;
    const at = timestamp(reported);
    const fresh = conditions.map((condition) =>
      condition.status === "Unknown" || condition.lastHeartbeatTime === undefined
        ? condition
        : { ...condition, lastHeartbeatTime: at },
    );
    return { ...node, status: { ...node.status, conditions: fresh } };
  }
}
