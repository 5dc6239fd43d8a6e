import type { Access } from "../../api/access.ts";
import type { KindRegistry } from "../../api/kinds/kind-registry.ts";
import type { NodeDevices, PossibleNode } from "../../api/node-devices.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import type { Pod, Taint } from "../../api/types.gen.ts";
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

/** Machines that a cloud gives and takes: a new one comes up, registers its node and runs pods. */
export interface Machines {
  add(machine: Machine): void;
  /** Takes a machine away for good, with its Node object. */
  remove(name: string): void;
}

/** A machine to be had. */
export interface Machine {
  readonly name: string;
  readonly capacity: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly zones?: readonly string[];
  readonly devices?: readonly NodeDevices[];
}

/** Asks the scheduler's filters without binding anything. */
export interface Placement {
  /** Names of the nodes that a pod could run on, given the pods there are. */
  feasible(pod: Pod, nodes: readonly PossibleNode[], pods: readonly Pod[]): readonly string[];
  /** Why a pod could not run on a node, in the filters' words; empty when it could. */
  reasons(pod: Pod, node: PossibleNode, pods: readonly Pod[]): readonly string[];
}

/** What a controller may know beside the API's objects. */
export interface ControllerServices {
  readonly heartbeats: HeartbeatReader;
  readonly virtual: VirtualObjects;
  /** Every kind served, custom ones included. */
  readonly kinds: KindRegistry;
  readonly machines: Machines;
  readonly placement: Placement;
  /** Who may do what by his roles: what a SubjectAccessReview answers. */
  readonly access: Access;
}
