import type { ApiServer } from "../api/api-server.ts";
import type { Absence } from "../api/leader-election.ts";
import type { Engine } from "../engine/engine.ts";
import type { Random } from "../engine/random.ts";
import type { Micros } from "../engine/time.ts";
import type { ApiTrouble } from "./api-trouble.ts";
import type { Holds } from "./holds.ts";

/** What a probe asks. */
export type ProbedKind = "startup" | "liveness" | "readiness";

/** What of the nodes faults may do; unknown nodes and pods are passed over. */
export interface NodeFaults {
  nodeNames(): readonly string[];
  crash(node: string): void;
  recover(node: string): void;
  pause(node: string): void;
  resume(node: string): void;
  partition(node: string): void;
  heal(node: string): void;
  killContainer(podKey: string, container?: string, exitCode?: number, reason?: string): boolean;
  breakPulls(image: string, node?: string): void;
  mendPulls(image: string, node?: string): void;
  failProbes(podKey: string, kind: ProbedKind, container?: string): void;
  mendProbes(podKey: string, kind: ProbedKind, container?: string): void;
  press(
    node: string,
    type: "MemoryPressure" | "DiskPressure" | "PIDPressure",
    bytes?: number,
  ): void;
  relieve(
    node: string,
    type: "MemoryPressure" | "DiskPressure" | "PIDPressure",
    bytes?: number,
  ): void;
}

/** Components of which one replica leads. */
export type LedComponent = "controller-manager" | "scheduler";

/** The rooms that faults reach into, as the cluster wires them. */
export interface FaultPorts {
  readonly engine: Engine;
  readonly api: ApiServer;
  readonly nodes: NodeFaults;
  readonly controllers: {
    /** Ends a controller's process; it starts again after the span, if one is given. */
    crash(name: string, restartAfter: Micros | undefined): void;
    /** Ends a controller's process right behind its n-th write from here; it starts again at once. */
    crashAfterWrites(name: string, writes: number): void;
    names(): readonly string[];
  };
  /** The election of a component's leader. */
  leader(component: LedComponent): {
    /** The leader is away; answers its number, `undefined` when there is none. It is back after the span, if one is given. */
    lose(how: Absence, span?: Micros): number | undefined;
    return(replica: number): void;
    /** How long a crash now would leave the component without a leader. */
    readonly gap: Micros;
  };
  readonly informers: {
    /** Keeps all changes from a component's informers until a time, or until that is taken back. */
    freeze(component: string, until: Micros): void;
    thaw(component: string, until: Micros): void;
  };
}

/** What a fault works with: the ports, a stream of its own, and the API's troubles. */
export interface FaultContext extends FaultPorts {
  readonly random: Random;
  readonly trouble: ApiTrouble;
  readonly holds: Holds;
}

/** A fault as a scenario writes it: a type, whom it hits, how long, and the type's own parameters. */
export interface FaultSpec {
  readonly type: string;
  /** A name, or an object: `{node}`, `{zone}`, `{pod}`, `{selector}`, `{image}`, `{controller}`, with `{namespace}`. */
  readonly target?: unknown;
  /** How long; as long as its type says when absent, or until it is ended. */
  readonly for?: Micros;
  readonly [parameter: string]: unknown;
}

/** A parameter of a fault type, for documentation and schemas. */
export interface FaultParameter {
  readonly type: "string" | "number" | "integer" | "boolean" | "duration" | "quantity";
  readonly description: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
}

/** One sort of fault. `begin` answers what `end` must know: plain data, part of checkpoints. */
export interface FaultType<M = unknown> {
  readonly name: string;
  readonly description: string;
  /** How long it lasts when nobody says; until it is ended when absent. */
  readonly lasts?: Micros;
  /** Keys that its target may have, the one that a bare name means first. */
  readonly targets: readonly string[];
  readonly parameters: Readonly<Record<string, FaultParameter>>;
  /** Throws `RangeError` for a target or parameter that makes no sense. */
  begin(context: FaultContext, fault: FaultSpec): M;
  end?(context: FaultContext, fault: FaultSpec, memory: M): void;
}

/** Lets the compiler see a fault type's memory while the registry holds them all alike. */
export function defineFault<M>(type: FaultType<M>): FaultType {
  return type as FaultType;
}
