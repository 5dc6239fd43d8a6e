import type { KindRegistry } from "../../api/kinds/kind-registry.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import type { Micros } from "../../engine/time.ts";

/** What the node lifecycle controller asks of heartbeats: computed on reading, announced when one stops or starts. */
export interface HeartbeatReader {
  /**
   * When the node last renewed its lease, as known at `now`; `undefined` for a node that has no agent. For a node whose
   * heart beats, a later `now` gives the renewals to come.
   */
  lastRenewal(node: string, now: Micros): Micros | undefined;
  /** Calls back when a node's heartbeat stops or starts again. */
  onChange(listener: (node: string) => void): void;
}

/** Objects that are computed when they are read and never stored: metrics.k8s.io, custom and external metrics. */
export interface VirtualObjects {
  /** Whether anybody answers for a kind. */
  has(kind: string): boolean;
  get(kind: string, key: Key): KubeObject | undefined;
  list(kind: string, namespace?: string): Iterable<KubeObject>;
}

/** What a controller may know beside the API's objects. */
export interface ControllerServices {
  readonly heartbeats: HeartbeatReader;
  readonly virtual: VirtualObjects;
  /** Every kind served, custom ones included. */
  readonly kinds: KindRegistry;
}
