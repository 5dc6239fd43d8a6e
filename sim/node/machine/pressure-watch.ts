import type { ApiServer } from "../../api/api-server.ts";
import type { EventRecorder } from "../../api/event-recorder.ts";
import type { Node } from "../../api/types.gen.ts";
import type { Engine } from "../../engine/engine.ts";
import type { EntryId } from "../../engine/event-list.ts";
import type { Micros } from "../../engine/time.ts";
import type { Host } from "../pod/host.ts";
import type { PodRun } from "../pod/pod-run.ts";
import { containerImages, nodeConditions, PRESSURES, type PressureType } from "./node-status.ts";
import {
  evictionMessage,
  firstToEvict,
  MEMORY_THRESHOLD,
  memoryAbove,
  memoryAvailable,
  memoryInUse,
  memoryUsers,
} from "./pressure.ts";

/** A pressure that a fault declares. */
export interface DeclaredPressure {
  readonly type: PressureType;
  /** For memory: bytes that something outside Kubernetes took. */
  readonly taken: number;
}

interface WatchState {
  readonly declared: readonly DeclaredPressure[];
  readonly lastSeen: readonly (readonly [PressureType, Micros])[];
  readonly checkAt: Micros | undefined;
  readonly check: EntryId | undefined;
}

/** Words of node events, by kind of pressure: without and with it. */
const REASONS: Readonly<Record<PressureType, readonly [off: string, on: string]>> = {
  MemoryPressure: ["NodeHasSufficientMemory", "NodeHasInsufficientMemory"],
  DiskPressure: ["NodeHasNoDiskPressure", "NodeHasDiskPressure"],
  PIDPressure: ["NodeHasSufficientPID", "NodeHasInsufficientPID"],
};

/** What the eviction manager may use of its kubelet. */
interface PressedHost extends Pick<Host, "timing" | "behaviours" | "images" | "record"> {
  readonly name: string;
  readonly node: string;
  readonly connected: boolean;
  readonly pods: ReadonlyMap<string, PodRun>;
  /** The Node as the store has it. */
  nodeObject(): Node | undefined;
  /** Begins to stop a pod for a reason of the node's own. */
  end(run: PodRun, reason: string, message: string, graceSpan: Micros): void;
}

/**
 * A kubelet's eviction manager. It looks every ten seconds; here only at those instants at which declared usage says
 * that something will have changed.
 */
export class PressureWatch {
  readonly #kubelet: PressedHost;
  readonly #engine: Engine;
  readonly #api: ApiServer;
  readonly #recorder: EventRecorder;
  #declared: readonly DeclaredPressure[] = [];
  /** Conditions that are on, with the time pressure was last there. */
  #lastSeen = new Map<PressureType, Micros>();
  #checkAt: Micros | undefined;
  #check: EntryId | undefined;

  constructor(kubelet: PressedHost, engine: Engine, api: ApiServer, recorder: EventRecorder) {
    this.#kubelet = kubelet;
    this.#engine = engine;
    this.#api = api;
    this.#recorder = recorder;
  }

  /** The pressures that the node reports. */
  get conditions(): ReadonlySet<PressureType> {
    return new Set(this.#lastSeen.keys());
  }

  /** Declares a pressure, as a fault does. */
  declare(pressure: DeclaredPressure): void {
    this.#declared = [...this.#declared, pressure];
    this.plan();
  }

  /** Takes one such pressure back. */
  retract({ type, taken }: DeclaredPressure): void {
    const at = this.#declared.findIndex((one) => one.type === type && one.taken === taken);
    this.#declared = this.#declared.filter((_, index) => index !== at);
    this.plan();
  }

  /** Looks ahead: when is there something to see? To be called whenever a container that declares memory starts or ends. */
  plan(): void {
    const { now } = this.#engine;
    const at = this.#nextCheck(now);
    if (at === this.#checkAt) return;
    if (this.#check !== undefined) this.#engine.cancel(this.#check);
    this.#checkAt = at;
    this.#check =
      at === undefined
        ? undefined
        : this.#engine.at(at, this.#kubelet.name, { type: "pressure-check", key: "", uid: "" });
  }

  /** The look itself: sets and clears conditions, and evicts one pod when memory is short. */
  look(): void {
    this.#check = undefined;
    this.#checkAt = undefined;
    if (!this.#kubelet.connected) return;
    const { now } = this.#engine;
    const transition = this.#kubelet.timing.pressureTransition;
    let changed = false;
    for (const type of PRESSURES) {
      if (this.#isPressed(type)) {
        if (!this.#lastSeen.has(type)) changed = this.#announce(type, true);
        this.#lastSeen.set(type, now);
      } else if (now - (this.#lastSeen.get(type) ?? now) >= transition) {
        this.#lastSeen.delete(type);
        changed = this.#announce(type, false);
      }
    }
    if (changed) this.writeNode();
    if (this.#isPressed("MemoryPressure")) this.#evict();
    this.plan();
  }

  /** Writes the node's conditions and images as they are now. */
  writeNode(): void {
    const { node: name, images } = this.#kubelet;
    const node = this.#api.store.get("Node", name) as Node | undefined;
    if (node === undefined) return;
    const conditions = nodeConditions(node.status?.conditions, this.conditions, this.#engine.now);
    const present = images.present(this.#engine.now);
    this.#api.writeStatus<Node>("Node", name, {
      ...node.status,
      conditions,
      ...(present.length === 0 ? {} : { images: containerImages(present) }),
    });
  }

  save(): WatchState {
    return {
      declared: this.#declared,
      lastSeen: [...this.#lastSeen],
      checkAt: this.#checkAt,
      check: this.#check,
    };
  }

  load(state: unknown): void {
    const saved = state as WatchState;
    this.#declared = saved.declared;
    this.#lastSeen = new Map(saved.lastSeen);
    this.#checkAt = saved.checkAt;
    this.#check = saved.check;
  }

  #nextCheck(now: Micros): Micros | undefined {
    const period = this.#kubelet.timing.pressureCheck;
    let soonest: Micros | undefined;
    const consider = (at: Micros | undefined): void => {
      if (at !== undefined && (soonest === undefined || at < soonest)) soonest = at;
    };
    for (const type of PRESSURES) {
      const pressed = this.#isPressed(type);
      const seen = this.#lastSeen.get(type);
      if (pressed && (seen === undefined || (type === "MemoryPressure" && this.#canEvict())))
        consider(now + 1);
      else if (!pressed && seen !== undefined)
        consider(seen + this.#kubelet.timing.pressureTransition);
    }
    if (!this.#isPressed("MemoryPressure")) consider(this.#memoryRunsOut(now));
    return soonest === undefined ? undefined : Math.ceil(soonest / period) * period;
  }

  #canEvict(): boolean {
    const { pods, behaviours } = this.#kubelet;
    return firstToEvict(pods.values(), behaviours, this.#engine.now) !== undefined;
  }

  #memoryRunsOut(now: Micros): Micros | undefined {
    const node = this.#kubelet.nodeObject();
    if (node === undefined) return undefined;
    const users = memoryUsers(this.#kubelet.pods.values(), this.#kubelet.behaviours);
    if (users.length === 0) return undefined;
    return memoryAbove(users, memoryAvailable(node, 0, this.#taken()) - MEMORY_THRESHOLD, now);
  }

  #isPressed(type: PressureType): boolean {
    if (type !== "MemoryPressure") return this.#declared.some((pressure) => pressure.type === type);
    return this.#available() < MEMORY_THRESHOLD;
  }

  #available(): number {
    const node = this.#kubelet.nodeObject();
    if (node === undefined) return Number.POSITIVE_INFINITY;
    const users = memoryUsers(this.#kubelet.pods.values(), this.#kubelet.behaviours);
    return memoryAvailable(node, memoryInUse(users, this.#engine.now), this.#taken());
  }

  #taken(): number {
    let taken = 0;
    for (const pressure of this.#declared)
      if (pressure.type === "MemoryPressure") taken += pressure.taken;
    return taken;
  }

  #announce(type: PressureType, on: boolean): boolean {
    const node = this.#kubelet.nodeObject();
    if (node === undefined) return true;
    const host = { host: this.#kubelet.node };
    if (on && type === "MemoryPressure")
      this.#recorder.event(
        node,
        "Warning",
        "EvictionThresholdMet",
        "Attempting to reclaim memory",
        host,
      );
    const reason = REASONS[type][on ? 1 : 0];
    this.#recorder.event(
      node,
      "Normal",
      reason,
      `Node ${this.#kubelet.node} status is now: ${reason}`,
      host,
    );
    return true;
  }

  /** Hard eviction: no grace beyond the least, budgets not asked. */
  #evict(): void {
    const { now } = this.#engine;
    const { behaviours, pods } = this.#kubelet;
    const victim = firstToEvict(pods.values(), behaviours, now);
    if (victim === undefined) return;
    const message = evictionMessage(victim, behaviours, this.#available(), now);
    this.#kubelet.record(victim, undefined, "Warning", "Evicted", message);
    this.#kubelet.end(victim, "Evicted", message, 0);
  }
}
