import { apiCode, type Client } from "../api/client.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { matchesSelector } from "../api/meta/selector.ts";
import { type Key, makeKey } from "../api/object.ts";
import { NO_PART, Part } from "../api/object-parts.ts";
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from "../api/types.gen.ts";
import { fencesOf, newSize, proportionalSizes, shrinkOld, sum } from "./deployment/arithmetic.ts";
import { createNewSet, syncNewSet } from "./deployment/new-set.ts";
import {
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  numberAnnotation,
  revisionOf,
  sameTemplate,
  sizeAnnotations,
} from "./deployment/revision.ts";
import {
  allOf,
  conditionOf,
  countedStatus,
  hasDeadline,
  historyLimit,
  isComplete,
  nextDeadlineCheck,
  rolloutStatus,
  type Sets,
  withCondition,
} from "./deployment/status.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "./runtime/controller.ts";
import {
  byOrphanNamespace,
  claim,
  controllerKeyOf,
  keysMatching,
  ORPHANS,
} from "./runtime/owner.ts";
import { hasEnded } from "./runtime/pods.ts";
import { DEFAULT_RETRY } from "./runtime/work-queue.ts";

/** Brings pods from one template to the next through ReplicaSets: one per template, scaled against each other. */
export const deploymentController: Controller = {
  name: "deployment-controller",
  for: "Deployment",
  retry: { ...DEFAULT_RETRY, most: 15 },
  owns: ["ReplicaSet"],
  watches: [
    {
      kind: "ReplicaSet",
      parts: Part.labels | Part.owners,
      keys: (after, _before, client) =>
        keysMatching(client, "Deployment", after, ({ spec }) => matchesSelector(spec?.selector)),
    },
    {
      kind: "Pod",
      parts: NO_PART,
      keys: (after, before, client) => recreatedWithout(after, before as Pod, client),
    },
  ],
  indexes: [{ kind: "ReplicaSet", name: ORPHANS, keys: byOrphanNamespace }],
  reconcile,
};

const NONE: readonly Key[] = [];

/** A Deployment that recreates waits for the last old pod to be gone. */
function recreatedWithout(after: unknown, before: Pod | undefined, client: Client): readonly Key[] {
  if (after !== undefined) return NONE;
  const setKey = controllerKeyOf(before, "ReplicaSet");
  const set = setKey === undefined ? undefined : client.get("ReplicaSet", setKey);
  const key = controllerKeyOf(set, "Deployment");
  if (key === undefined) return NONE;
  return client.get("Deployment", key)?.spec?.strategy?.type === "Recreate" ? [key] : NONE;
}

function reconcile(key: Key, context: ReconcileContext): ReconcileResult {
  const deployment = context.client.get("Deployment", key);
  if (deployment?.spec === undefined) return;
  if (selectsEverything(deployment)) return refuseToSelectAll(deployment, context);
  const owned = claimedSets(deployment, context.client);
  const rollout = new Rollout(deployment, owned, context);
  if (deployment.metadata.deletionTimestamp !== undefined) return rollout.writeCounts();
  rollout.notePause();
  if (deployment.spec.paused === true || rollout.wasScaled()) return rollout.scaleAll();
  return deployment.spec.strategy?.type === "Recreate" ? rollout.recreate() : rollout.roll();
}

function selectsEverything({ spec }: Deployment): boolean {
  const { matchLabels, matchExpressions = [] } = spec?.selector ?? {};
  for (const _ in matchLabels) return false;
  return matchExpressions.length === 0;
}

function refuseToSelectAll(deployment: Deployment, { client, record }: ReconcileContext): void {
  const message = "This deployment is selecting all pods. A non-empty selector is required.";
  record.event(deployment, "Warning", "SelectingAll", message);
  const { generation = 0 } = deployment.metadata;
  if ((deployment.status?.observedGeneration ?? 0) >= generation) return;
  client.updateStatus("Deployment", {
    ...deployment,
    status: { ...deployment.status, observedGeneration: generation },
  });
}

function claimedSets(deployment: Deployment, client: Client): readonly ReplicaSet[] {
  const matches = matchesSelector(deployment.spec?.selector);
  const sets = claim(client, "ReplicaSet", deployment, { matches });
  return sets.length < 2 ? sets : [...sets].sort(olderFirst);
}

/** By time of creation, then by name. */
function olderFirst({ metadata: a }: ReplicaSet, { metadata: b }: ReplicaSet): number {
  if (a.creationTimestamp !== b.creationTimestamp)
    return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

const sizeOf = (set: ReplicaSet) => set.spec?.replicas ?? 0;
const availableOf = (set: ReplicaSet) => set.status?.availableReplicas ?? 0;
const isScaledUp = (set: ReplicaSet) => sizeOf(set) > 0;

/** A ReplicaSet of another size; the parts that stay are shared, so that nobody compares them. */
function resized(
  set: ReplicaSet,
  annotations: Readonly<Record<string, string>>,
  replicas: number,
): ReplicaSet {
  const sized = sizeOf(set) === replicas ? set.spec : { ...set.spec, replicas };
  const noted = deepEqual(annotations, set.metadata.annotations)
    ? set.metadata
    : { ...set.metadata, annotations };
  return { ...set, metadata: noted, spec: sized };
}

/** One look at a Deployment and its ReplicaSets; what is written here is seen by the steps that follow. */
class Rollout {
  deployment: Deployment;
  sets: Sets;
  readonly #context: ReconcileContext;
  readonly #wanted: number;
  /** Found to be in step in this look: nothing that follows puts it out. */
  #inStep = false;

  constructor(deployment: Deployment, owned: readonly ReplicaSet[], context: ReconcileContext) {
    const template = deployment.spec?.template ?? {};
    const current = owned.find((set) => sameTemplate(template, set.spec?.template ?? {}));
    this.deployment = deployment;
    this.sets = { current, old: owned.filter((set) => set !== current) };
    this.#context = context;
    this.#wanted = deployment.spec?.replicas ?? 1;
  }

  /** Tells by a condition of unknown progress that a pause began or ended, so that no deadline passes meanwhile. */
  notePause(): void {
    const { spec, status } = this.deployment;
    const progressing = conditionOf(status, "Progressing");
    if (!hasDeadline(this.deployment) || progressing?.reason === "ProgressDeadlineExceeded") return;
    const paused = spec?.paused === true;
    if (paused === (progressing?.reason === "DeploymentPaused")) return;
    const [reason, message] = paused
      ? ["DeploymentPaused", "Deployment is paused"]
      : ["DeploymentResumed", "Deployment is resumed"];
    const { now } = this.#context;
    const before = status?.conditions ?? [];
    const conditions = withCondition(before, "Progressing", "Unknown", reason, message, now);
    this.#writeStatus({ ...status, conditions });
  }

  /** Whether the wanted size changed since a ReplicaSet with pods was last scaled. */
  wasScaled(): boolean {
    this.#syncRevision();
    for (const set of allOf(this.sets)) {
      if (!isScaledUp(set)) continue;
      const desired = numberAnnotation(set, DESIRED_REPLICAS);
      if (desired !== undefined && desired !== this.#wanted) return true;
    }
    return false;
  }

  /** Brings all ReplicaSets to the wanted size without moving the rollout on. */
  scaleAll(): void {
    this.#syncRevision();
    this.#scaleInProportion();
    if (this.deployment.spec?.paused === true) this.#deleteHistory();
    this.writeCounts();
  }

  writeCounts(): void {
    const status = countedStatus(this.deployment, this.sets, this.#context.now);
    if (!deepEqual(status, this.deployment.status ?? {})) this.#writeStatus(status);
  }

  roll(): ReconcileResult {
    const current = this.#newSet();
    const { unavailable } = fencesOf(this.deployment);
    const size = this.#sizeOfNew(current);
    if (size !== sizeOf(current)) {
      this.#scale(current, size);
      return this.#writeProgress();
    }
    const active = this.sets.old.filter(isScaledUp);
    const ofNew = { replicas: sizeOf(current), available: availableOf(current) };
    const steps = shrinkOld(
      this.#wanted,
      Math.min(unavailable, this.#wanted),
      ofNew,
      active.map((set) => ({ replicas: sizeOf(set), available: availableOf(set) })),
    );
    // The ReplicaSet's next status brings this Deployment here again.
    if (steps === undefined) return undefined;
    for (const { at, to } of steps) {
      const set = active[at];
      if (set !== undefined) active[at] = this.#scale(set, to);
    }
    if (steps.length === 0 && isComplete(this.deployment, this.deployment.status))
      this.#deleteHistory();
    return this.#writeProgress();
  }

  recreate(): ReconcileResult {
    this.#syncRevision();
    const active = this.sets.old.filter(isScaledUp);
    for (const set of active) this.#scale(set, 0);
    if (active.length > 0 || this.#oldPodsRun()) return this.#writeProgress();
    const current = this.#newSet();
    if (sizeOf(current) !== this.#wanted) this.#scale(current, this.#wanted);
    if (isComplete(this.deployment, this.deployment.status)) this.#deleteHistory();
    return this.#writeProgress();
  }

  #sizeOfNew(current: ReplicaSet): number {
    const size = sizeOf(current);
    if (size >= this.#wanted) return this.#wanted;
    return newSize(
      this.#wanted,
      fencesOf(this.deployment).surge,
      size,
      sum(allOf(this.sets), sizeOf),
    );
  }

  #oldPodsRun(): boolean {
    const { client } = this.#context;
    return this.sets.old.some((set) => {
      if ((set.status?.replicas ?? 0) > 0) return true;
      for (const pod of client.ownedBy("Pod", set.metadata.uid)) if (!hasEnded(pod)) return true;
      return false;
    });
  }

  /** The ReplicaSet of the newest template, made when there is none. */
  #newSet(): ReplicaSet {
    this.#syncRevision();
    const known = this.sets.current;
    if (known !== undefined) return known;
    const size =
      this.deployment.spec?.strategy?.type === "Recreate"
        ? this.#wanted
        : newSize(this.#wanted, fencesOf(this.deployment).surge, 0, sum(this.sets.old, sizeOf));
    const made = createNewSet(this.deployment, this.#nextRevision(), size, this.#context);
    this.deployment = made.deployment;
    this.sets = { current: made.set, old: this.sets.old };
    return made.set;
  }

  /** Keeps annotations of the newest ReplicaSet and the Deployment's revision in step. */
  #syncRevision(): void {
    const { deployment } = this;
    const { current, old } = this.sets;
    if (current === undefined || this.#inStep) return;
    const synced = syncNewSet(deployment, current, this.#nextRevision(), this.#context);
    this.#inStep = synced.set === current && synced.deployment === deployment;
    if (this.#inStep) return;
    this.deployment = synced.deployment;
    this.sets = { current: synced.set, old };
  }

  #nextRevision(): number {
    let highest = 0;
    for (const set of this.sets.old) highest = Math.max(highest, revisionOf(set));
    return highest + 1;
  }

  #scaleInProportion(): void {
    const one = this.#onlyActiveOrLatest();
    if (one !== undefined) {
      if (sizeOf(one) !== this.#wanted) this.#scale(one, this.#wanted);
      return;
    }
    const active = this.sets.old.filter(isScaledUp);
    if (this.#isSaturated()) {
      for (const set of active) this.#scale(set, 0);
      return;
    }
    if (this.deployment.spec?.strategy?.type === "Recreate") return;
    const { surge } = fencesOf(this.deployment);
    const all = allOf(this.sets).filter(isScaledUp);
    const grows = (this.#wanted > 0 ? this.#wanted + surge : 0) > sum(all, sizeOf);
    all.sort((a, b) => sizeOf(b) - sizeOf(a) || (grows ? olderFirst(b, a) : olderFirst(a, b)));
    const shares = all.map((set) => ({
      replicas: sizeOf(set),
      maxBefore: numberAnnotation(set, MAX_REPLICAS) || (this.deployment.status?.replicas ?? 0),
    }));
    const sizes = proportionalSizes(this.#wanted, surge, shares);
    all.forEach((set, at) => {
      this.#scale(set, sizes[at] ?? 0);
    });
  }

  /** The one ReplicaSet with pods, or the newest when none has any; `undefined` when several have. */
  #onlyActiveOrLatest(): ReplicaSet | undefined {
    const active = allOf(this.sets).filter(isScaledUp);
    if (active.length > 1) return undefined;
    return active[0] ?? this.sets.current ?? this.sets.old.at(-1);
  }

  #isSaturated(): boolean {
    const { current } = this.sets;
    return (
      current !== undefined &&
      sizeOf(current) === this.#wanted &&
      numberAnnotation(current, DESIRED_REPLICAS) === this.#wanted &&
      availableOf(current) === this.#wanted
    );
  }

  /** Scales a ReplicaSet and notes for which size of the Deployment that was. */
  #scale(set: ReplicaSet, to: number): ReplicaSet {
    const from = sizeOf(set);
    const notes = sizeAnnotations(this.#wanted, fencesOf(this.deployment).surge);
    const annotations = { ...set.metadata.annotations, ...notes };
    if (from === to && deepEqual(annotations, set.metadata.annotations)) return set;
    const { client, record } = this.#context;
    const scaled = client.update("ReplicaSet", resized(set, annotations, to));
    if (from !== to) {
      const message = `Scaled ${from < to ? "up" : "down"} replica set ${set.metadata.name} from ${from} to ${to}`;
      record.event(this.deployment, "Normal", "ScalingReplicaSet", message);
    }
    const { current, old } = this.sets;
    this.sets =
      current === set
        ? { current: scaled, old }
        : { current, old: old.map((other) => (other === set ? scaled : other)) };
    return scaled;
  }

  /** Deletes the oldest ReplicaSets beyond the history limit that are out of use. */
  #deleteHistory(): void {
    const limit = historyLimit(this.deployment);
    if (limit === undefined) return;
    const alive = this.sets.old.filter((set) => set.metadata.deletionTimestamp === undefined);
    const oldest = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b) || olderFirst(a, b));
    for (const set of oldest.slice(0, Math.max(0, oldest.length - limit))) {
      const { generation = 0, namespace, name } = set.metadata;
      if ((set.status?.replicas ?? 0) > 0 || isScaledUp(set)) continue;
      if (generation > (set.status?.observedGeneration ?? 0)) continue;
      try {
        this.#context.client.delete("ReplicaSet", makeKey(namespace, name));
      } catch (error) {
        if (apiCode(error) !== 404) throw error;
      }
    }
  }

  #writeProgress(): ReconcileResult {
    const { now } = this.#context;
    const status = rolloutStatus(this.deployment, this.sets, now);
    if (!deepEqual(status, this.deployment.status ?? {})) {
      this.#writeStatus(status);
      return undefined;
    }
    const requeueAfter = nextDeadlineCheck(this.deployment, status, now);
    return requeueAfter === undefined ? undefined : { requeueAfter };
  }

  #writeStatus(status: DeploymentStatus): void {
    this.deployment = this.#context.client.updateStatus("Deployment", {
      ...this.deployment,
      status,
    });
  }
}
