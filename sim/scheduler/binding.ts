import { notFound } from "../api/api-error.ts";
import type { ApiServer } from "../api/api-server.ts";
import { apiCode } from "../api/client.ts";
import type { EventRecorder } from "../api/event-recorder.ts";
import { timestamp } from "../api/meta/time.ts";
import { type Key, keyOf } from "../api/object.ts";
import { bindPod } from "../api/pod-binding.ts";
import type { Pod, PodCondition, PodStatus, ResourceClaim } from "../api/types.gen.ts";
import type { Engine } from "../engine/engine.ts";
import type { Micros } from "../engine/time.ts";
import { PodWrites } from "./binding-writes.ts";
import type { PreBindAnswer, SchedulingCore } from "./cycle/scheduling-core.ts";
import { withoutProtection } from "./plugins/dynamic-resources/allocated-claim.ts";
import { isExtendedClaimOf } from "./plugins/dynamic-resources/extended-claim.ts";
import { isUnused } from "./plugins/dynamic-resources/pending-claims.ts";
import { PodGroupStatus } from "./pod-group-status.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";

/** How often a pod's status is tried when the server fails: within a third of a second (client-go `retry.DefaultBackoff`). */
const STATUS_TRIES = 4;

/** How a failed binding is told of (framework `RunBindPlugins`). */
export function bindFailure({ message }: Error): string {
  return `running Bind plugin "DefaultBinder": ${message}`;
}

/** What the scheduler writes: bindings, the PodScheduled condition, nominations, and victims' ends. */
export class Binder {
  readonly #engine: Engine;
  readonly #api: ApiServer;
  readonly #recorder: EventRecorder;
  readonly #groups: PodGroupStatus;
  /** Asked before every write; throws to inject a fault. */
  beforeWrite: () => void = () => {};
  /** Asked at every write how much longer than usual its answer takes. */
  delay: () => Micros = () => 0;

  constructor(engine: Engine, api: ApiServer, recorder: EventRecorder) {
    this.#engine = engine;
    this.#api = api;
    this.#recorder = recorder;
    this.#groups = new PodGroupStatus(api);
  }

  /** Binds a pod, or answers what PreBind has against it or waits for. Throws `ApiError` when it is gone or bound already. */
  bind(pod: Pod, node: string, core: SchedulingCore): PreBindAnswer {
    const key = keyOf(pod);
    const stored = this.#api.store.get("Pod", key) as Pod | undefined;
    if (stored === undefined || stored.metadata.uid !== pod.metadata.uid) {
      throw notFound({ group: "", plural: "pods" }, pod.metadata.name);
    }
    this.beforeWrite();
    const answer = core.preBind(pod, node, new PodWrites(this.#api, pod));
    if (answer !== undefined) return answer;
    bindPod(this.#api, key, node, pod.metadata.uid);
    core.postBind(pod, node);
    this.#groups.attempted(pod, false, core.snapshot);
    this.#recorder.event(pod, "Normal", "Scheduled", `Successfully assigned ${key} to ${node}`, {
      action: "Binding",
    });
    return undefined;
  }

  /** Binds as a process does that does not know that another one leads: what the API refuses is not tried again. */
  straggle(pod: Pod, node: string, core: SchedulingCore): void {
    try {
      this.bind(pod, node, core);
    } catch (error) {
      if (apiCode(error) === undefined) throw error;
    }
  }

  /** The pod could not be bound after all: event and condition; a nomination ends. */
  markFailed(pod: Pod, reason: string, message: string): void {
    this.tellFailed(pod, message);
    this.#setCondition(pod, reason, message, "");
  }

  /** The event of a pod that gets no node. */
  tellFailed(pod: Pod, message: string): void {
    this.#recorder.event(pod, "Warning", "FailedScheduling", message, { action: "Scheduling" });
  }

  /** The pod was refused: condition, nomination and FailedScheduling event. */
  markRefused(
    pod: Pod,
    result: {
      readonly reason?: string;
      readonly message?: string;
      readonly nominatedNode?: string;
      readonly deallocates?: string;
    },
    snapshot: Snapshot,
  ): void {
    const { deallocates } = result;
    if (deallocates !== undefined) this.discard(deallocates, pod);
    this.#came(1, () => this.#groups.attempted(pod, true, snapshot));
    const message = result.message ?? "";
    this.tellFailed(pod, message);
    this.#setCondition(pod, result.reason ?? "Unschedulable", message, result.nominatedNode);
  }

  /** Takes a claim away from a pod that is not bound after all. */
  discard(claim: Key, pod: Pod): void {
    this.#came(1, () => this.#discard(claim, pod));
  }

  /**
   * Deletes a claim for the pod's extended resources, or gives back the devices of one that nobody but the pod may use,
   * unless that has changed meanwhile.
   */
  #discard(key: Key, pod: Pod): void {
    const stored = this.#api.store.get("ResourceClaim", key) as ResourceClaim | undefined;
    if (stored !== undefined && isExtendedClaimOf(pod, stored)) {
      // Another binding of the same pod came through: it has its devices by this claim.
      const bound = this.#api.store.get("Pod", keyOf(pod)) as Pod | undefined;
      if (bound?.metadata.uid === pod.metadata.uid && bound.spec.nodeName) return;
      if (stored.metadata.finalizers !== undefined)
        this.#api.replace("ResourceClaim", withoutProtection(stored));
      this.#api.delete("ResourceClaim", key);
      return;
    }
    if (stored === undefined || !isUnused(stored, pod)) return;
    const { allocation: _, reservedFor: __, ...status } = stored.status ?? {};
    this.#api.writeStatus<ResourceClaim>("ResourceClaim", key, status);
  }

  /** Ends a victim: DisruptionTarget, deletion with its own grace, Preempted event. Answers whether it ends. */
  preempt(victim: Pod, by: Pod, node: string): boolean {
    const key = keyOf(victim);
    const stored = this.#api.store.get("Pod", key) as Pod | undefined;
    if (stored === undefined || stored.metadata.deletionTimestamp !== undefined) return true;
    const marked = this.#writeCondition(
      stored,
      {
        type: "DisruptionTarget",
        status: "True",
        observedGeneration: stored.metadata.generation ?? 0,
        reason: "PreemptionByScheduler",
        message: `${by.spec.schedulerName ?? "default-scheduler"}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: timestamp(this.#engine.now),
      },
      stored.status?.nominatedNodeName,
    );
    if (!marked || !this.#came(1, () => this.#api.delete("Pod", key))) return false;
    this.tellPreempted(stored, by, node);
    return true;
  }

  /** The event of a victim. */
  tellPreempted(victim: Pod, by: Pod, node: string): void {
    this.#recorder.event(
      victim,
      "Normal",
      "Preempted",
      `Preempted by pod ${by.metadata.uid} on node ${node}`,
      {
        action: "Preempting",
        related: {
          apiVersion: "v1",
          kind: "Pod",
          namespace: by.metadata.namespace ?? "",
          name: by.metadata.name,
          uid: by.metadata.uid,
        },
      },
    );
  }

  /** Takes back what a pod's status says of a node it was promised. */
  clearNomination(pod: Pod): void {
    const key = keyOf(pod);
    const stored = this.#api.store.get("Pod", key) as Pod | undefined;
    if (stored?.metadata.uid !== pod.metadata.uid || !stored.status?.nominatedNodeName) return;
    const { nominatedNodeName: _, ...status } = stored.status;
    this.#came(STATUS_TRIES, () => this.#api.writeStatus<Pod>("Pod", key, status));
  }

  #setCondition(
    pod: Pod,
    reason: string,
    message: string,
    nominatedNode: string | undefined,
  ): void {
    const stored = this.#api.store.get("Pod", keyOf(pod)) as Pod | undefined;
    if (stored === undefined || stored.metadata.uid !== pod.metadata.uid || stored.spec.nodeName)
      return;
    const condition: PodCondition = {
      type: "PodScheduled",
      status: "False",
      observedGeneration: stored.metadata.generation ?? 0,
      lastProbeTime: null as unknown as string,
      lastTransitionTime: timestamp(this.#engine.now),
      reason,
      message,
    };
    const nominated =
      nominatedNode === undefined ? stored.status?.nominatedNodeName : nominatedNode || undefined;
    this.#writeCondition(stored, condition, nominated);
  }

  /** Writes what is new of a condition and a nomination: nothing, perhaps. The time of its last transition stays while its status does. */
  #writeCondition(
    { metadata, status = {} }: Pod,
    condition: PodCondition,
    nominatedNodeName: string | undefined,
  ): boolean {
    const { conditions = [], nominatedNodeName: promised, ...rest } = status;
    const at = conditions.findIndex(({ type }) => type === condition.type);
    const before = conditions[at];
    const stays = before?.status === condition.status;
    const same =
      stays && before.reason === condition.reason && before.message === condition.message;
    if (same && nominatedNodeName === promised) return true;
    const since = stays ? before.lastTransitionTime : undefined;
    const next = since === undefined ? condition : { ...condition, lastTransitionTime: since };
    const written: PodStatus = {
      ...rest,
      conditions: before === undefined ? [...conditions, next] : conditions.with(at, next),
      ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    };
    return this.#came(STATUS_TRIES, () =>
      this.#api.writeStatus<Pod>("Pod", keyOf({ metadata }), written),
    );
  }

  /** Whether a write came through, under what the API suffers. Its failure is nobody's but the write's own, as upstream. */
  #came(tries: number, write: () => void): boolean {
    try {
      this.beforeWrite();
      write();
      return true;
    } catch (error) {
      const code = apiCode(error);
      if (code === undefined) throw error;
      return (code === 500 || code === 503) && tries > 1 && this.#came(tries - 1, write);
    }
  }
}
