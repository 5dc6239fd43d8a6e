import { ApiError } from "../api/api-error.ts";
import { apiCode } from "../api/client.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { matchesSelector } from "../api/meta/selector.ts";
import { type Key, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { ControllerRevision, Pod, StatefulSet, StatefulSetStatus } from "../api/types.gen.ts";
import { newestRevision, revisionsOf, truncateHistory } from "./controller-history/revisions.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "./runtime/controller.ts";
import {
  creationObserved,
  deletionObserved,
  expectationsMet,
  expectCreations,
  expectDeletions,
  forgetExpectations,
  unexpect,
} from "./runtime/expectations.ts";
import {
  byOrphanNamespace,
  claim,
  controllerKeyOf,
  keysMatching,
  ORPHANS,
} from "./runtime/owner.ts";
import { hasEnded, isTerminating } from "./runtime/pods.ts";
import { slowStart } from "./runtime/slow-start.ts";
import { createMissingClaims, hasStaleClaim, syncClaimOwners } from "./stateful-set/claims.ts";
import {
  identityLabels,
  ordinalOf,
  POD_NAME,
  revisionNameOf,
  startOf,
  statefulPod,
} from "./stateful-set/identity.ts";
import {
  finished,
  isRunningAndAvailable,
  nextAvailable,
  type Revisions,
  statefulStatus,
} from "./stateful-set/status.ts";

/** Keeps pods with an identity: one per ordinal, made, updated and removed in order. */
export const statefulSetController: Controller = {
  name: "statefulset-controller",
  for: "StatefulSet",
  owns: ["Pod"],
  watches: [
    {
      kind: "Pod",
      parts: Part.labels | Part.owners,
      keys: (after, _before, client) =>
        keysMatching(client, "StatefulSet", after, ({ spec }) => matchesSelector(spec.selector)),
    },
  ],
  reads: ["PersistentVolumeClaim", "ControllerRevision"],
  indexes: [
    { kind: "Pod", name: ORPHANS, keys: byOrphanNamespace },
    { kind: "ControllerRevision", name: ORPHANS, keys: byOrphanNamespace },
  ],
  observedParts: Part.deletion,
  observe: (kind, after, before, memory) => {
    const key = kind === "Pod" ? controllerKeyOf(after ?? before, "StatefulSet") : undefined;
    if (key === undefined) return;
    if (before === undefined) creationObserved(memory, key);
    else if (after === undefined || isTerminating(after as Pod))
      deletionObserved(memory, key, keyOf(before));
  },
  writeFailed: unexpect("Pod"),
  reconcile,
};

function reconcile(key: Key, context: ReconcileContext): ReconcileResult {
  const { client, memory, now } = context;
  const set = client.get("StatefulSet", key);
  if (set === undefined) return forgetExpectations(memory, key);
  if (!expectationsMet(memory, key, now)) return;
  const revisions = revisionsOf(set, context);
  const newest = newestRevision(set, revisions, set.status?.collisionCount ?? 0, context);
  const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision);
  const matches = matchesSelector(set.spec.selector);
  const concerns = (pod: Pod) => ordinalOf(set, pod) !== undefined;
  const pods = claim(client, "Pod", set, { matches, concerns });
  const sync = new Sync(
    set,
    { current: current ?? newest.revision, update: newest.revision, collisions: newest.collisions },
    pods,
    context,
  );
  const error = sync.run();
  sync.writeStatus();
  truncateHistory(set, revisions, sync.liveRevisions(), context);
  if (error !== undefined) throw error;
  const next = nextAvailable(set, pods, now);
  return next === undefined ? undefined : { requeueAfter: next - now };
}

/** Whether the work of a sync ends here, to go on when something changed. */
type Stop = boolean;

/** One look at a StatefulSet and its pods. */
class Sync {
  readonly #set: StatefulSet;
  readonly #revisions: Revisions;
  readonly #context: ReconcileContext;
  readonly #pods: readonly Pod[];
  /** Pods by place; a missing one is to be made. */
  readonly #replicas: (Pod | undefined)[];
  /** Pods out of range, highest ordinal first. */
  readonly #condemned: Pod[];
  readonly #ordered: boolean;
  #status: StatefulSetStatus;

  constructor(
    set: StatefulSet,
    revisions: Revisions,
    pods: readonly Pod[],
    context: ReconcileContext,
  ) {
    this.#set = set;
    this.#revisions = revisions;
    this.#context = context;
    this.#pods = pods;
    this.#ordered = set.spec.podManagementPolicy !== "Parallel";
    this.#replicas = Array.from({ length: set.spec.replicas ?? 1 });
    this.#condemned = [];
    for (const pod of pods) {
      const at = this.#ordinal(pod) - startOf(set);
      if (at >= 0 && at < this.#replicas.length) this.#replicas[at] = pod;
      else this.#condemned.push(pod);
    }
    this.#condemned.sort((a, b) => this.#ordinal(b) - this.#ordinal(a));
    this.#status = statefulStatus(set, revisions, pods, context.now);
  }

  /** Does what can be done now; answers what went wrong. */
  run(): ApiError | undefined {
    if (this.#set.metadata.deletionTimestamp !== undefined) return undefined;
    try {
      if (this.#forAll(this.#replicas, (at) => this.#processReplica(at))) return undefined;
      for (const pod of this.#condemned) this.#syncClaims(pod, true);
      if (this.#forAll(this.#condemned, (at) => this.#processCondemned(at))) return undefined;
      this.#updateOne();
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
    return undefined;
  }

  writeStatus(): void {
    const status = finished(this.#set, this.#status);
    if (deepEqual(status, this.#set.status)) return;
    const { client } = this.#context;
    try {
      client.updateStatus("StatefulSet", { ...this.#set, status });
    } catch (error) {
      if (apiCode(error) !== 409) throw error;
      const fresh = client.live("StatefulSet", keyOf(this.#set));
      if (fresh !== undefined) client.updateStatus("StatefulSet", { ...fresh, status });
    }
  }

  /** Revisions that a pod or the rollout needs. */
  liveRevisions(): ReadonlySet<string> {
    const { current, update } = this.#revisions;
    const names = this.#pods.map(revisionNameOf);
    return new Set([current.metadata.name, update.metadata.name, ...names]);
  }

  /** In order one after the other, until one stops the rest; otherwise all, in slow-start batches. */
  #forAll(items: readonly unknown[], process: (at: number) => Stop): Stop {
    if (this.#ordered) {
      for (let at = 0; at < items.length; at++) if (process(at)) return true;
      return false;
    }
    const { error } = slowStart(items.length, process);
    if (error !== undefined) throw error;
    return false;
  }

  #processReplica(at: number): Stop {
    const pod = this.#replicas[at];
    if (pod === undefined) return this.#create(at) || this.#ordered;
    if (hasEnded(pod)) {
      if (!isTerminating(pod)) this.#delete(pod);
      return true;
    }
    if (pod.status?.phase === "Pending") {
      createMissingClaims(this.#set, this.#ordinal(pod), pod.metadata.name, this.#context);
      this.#syncClaims(pod, false);
    }
    if (this.#ordered && (isTerminating(pod) || !this.#isAvailable(pod))) return true;
    const mended = this.#syncClaims(pod, false);
    if (this.#keepIdentity(pod) || mended)
      this.#tell("Normal", "SuccessfulUpdate", this.#says("Update", pod.metadata.name));
    return false;
  }

  #processCondemned(at: number): Stop {
    const pod = this.#condemned[at];
    if (pod === undefined) return false;
    if (isTerminating(pod)) return this.#ordered;
    const blocked = this.#ordered && !this.#isAvailable(pod) && pod !== this.#firstUnhealthy();
    if (!blocked) this.#delete(pod);
    return true;
  }

  /** Deletes the highest pod of an old revision above the partition, once all above it are available. */
  #updateOne(): void {
    const { updateStrategy } = this.#set.spec;
    if (updateStrategy?.type === "OnDelete") return;
    const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
    const newest = this.#revisions.update.metadata.name;
    for (let at = this.#replicas.length - 1; at >= partition; at--) {
      const pod = this.#replicas[at];
      if (pod === undefined) return;
      if (revisionNameOf(pod) !== newest && !isTerminating(pod)) {
        this.#delete(pod);
        const { currentReplicas = 0 } = this.#status;
        this.#status = { ...this.#status, currentReplicas: Math.max(0, currentReplicas - 1) };
        return;
      }
      if (isTerminating(pod) || !this.#isAvailable(pod)) return;
    }
  }

  #create(at: number): Stop {
    const { client, memory, now } = this.#context;
    const ordinal = startOf(this.#set) + at;
    const name = `${this.#set.metadata.name}-${ordinal}`;
    if (hasStaleClaim(this.#set, ordinal, name, this.#context)) return true;
    const key = keyOf(this.#set);
    try {
      createMissingClaims(this.#set, ordinal, name, this.#context);
      client.create("Pod", statefulPod(this.#set, this.#revisionFor(ordinal), ordinal));
    } catch (error) {
      if (error instanceof ApiError && error.reason !== "AlreadyExists")
        this.#tell("Warning", "FailedCreate", this.#says("Create", name, error));
      throw error;
    }
    expectCreations(memory, key, 1, now);
    this.#tell("Normal", "SuccessfulCreate", this.#says("Create", name));
    return false;
  }

  #delete(pod: Pod): void {
    const { client, memory, now } = this.#context;
    const { name } = pod.metadata;
    try {
      client.delete("Pod", keyOf(pod));
    } catch (error) {
      if (apiCode(error) === 404) return;
      if (error instanceof ApiError)
        this.#tell("Warning", "FailedDelete", this.#says("Delete", name, error));
      throw error;
    }
    expectDeletions(memory, keyOf(this.#set), [keyOf(pod)], now);
    this.#tell("Normal", "SuccessfulDelete", this.#says("Delete", name));
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.record.event(this.#set, type, reason, message);
  }

  #says(verb: string, pod: string, error?: ApiError): string {
    const subject = `${verb} Pod ${pod} in StatefulSet ${this.#set.metadata.name}`;
    return error === undefined
      ? `${subject} successful`
      : `${subject} failed error: ${error.message}`;
  }

  /** Pods below the partition are made from the current revision, even while an update is under way. */
  #revisionFor(ordinal: number): ControllerRevision {
    const { spec, status } = this.#set;
    const { current, update } = this.#revisions;
    const { type, rollingUpdate } = spec.updateStrategy ?? {};
    if (type === "OnDelete") return update;
    const kept = rollingUpdate?.partition ?? status?.currentReplicas ?? 0;
    return ordinal < startOf(this.#set) + kept ? current : update;
  }

  /** Gives a pod that was adopted the labels of its identity; answers whether it lacked them. */
  #keepIdentity(pod: Pod): boolean {
    const { labels, name } = pod.metadata;
    if (labels?.[POD_NAME] === name) return false;
    const identity = identityLabels(name, this.#ordinal(pod));
    const metadata = { ...pod.metadata, labels: { ...labels, ...identity } };
    this.#context.client.update("Pod", { ...pod, metadata });
    return true;
  }

  #syncClaims(pod: Pod, isCondemned: boolean): boolean {
    return syncClaimOwners(this.#set, pod, this.#ordinal(pod), isCondemned, this.#context);
  }

  #firstUnhealthy(): Pod | undefined {
    const isUnhealthy = (pod: Pod | undefined) =>
      pod !== undefined && (isTerminating(pod) || !this.#isAvailable(pod));
    return this.#replicas.find(isUnhealthy) ?? [...this.#condemned].reverse().find(isUnhealthy);
  }

  #isAvailable(pod: Pod): boolean {
    return isRunningAndAvailable(pod, this.#set.spec.minReadySeconds ?? 0, this.#context.now);
  }

  #ordinal(pod: Pod): number {
    return ordinalOf(this.#set, pod) ?? -1;
  }
}
