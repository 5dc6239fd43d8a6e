import { matchesSelector } from "../api/meta/selector.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { Job, Pod } from "../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../engine/time.ts";
import { isFinished } from "./job/conditions.ts";
import { forgetRemovals, removalObserved, removeFinalizers } from "./job/finalizers.ts";
import { isTracked, untracked, withTracking } from "./job/pods.ts";
import { JobSync } from "./job/sync.ts";
import type { Controller, ReconcileContext, ReconcileResult } from "./runtime/controller.ts";
import {
  creationObserved,
  deletionObserved,
  forgetExpectations,
  unexpect,
} from "./runtime/expectations.ts";
import {
  byOrphanNamespace,
  claim,
  controllerKeyOf,
  controllerOf,
  keysMatching,
  ORPHANS,
} from "./runtime/owner.ts";
import { isTerminating } from "./runtime/pods.ts";

/** Changes of pods and of the Job's own status are gathered for this long (upstream `SyncJobBatchPeriod`). */
const BATCH: Micros = SECOND;
const NONE: readonly Key[] = [];
/** A sync that failed is tried again after a second, and after a minute at most (upstream `DefaultJobApiBackOff`, `MaxJobApiBackOff`). */
const RETRY = { first: SECOND, longest: MINUTE };
/** Keys of pods that a Job tracked and that nobody owns any more. */
const ORPHAN = "orphan:";
/** The controller that keeps a Job unless it names another. */
const THIS_CONTROLLER = "kubernetes.io/job-controller";
/** Index of pods that a Job tracks, by the key of the Job. */
const TRACKED = "job-tracking";

/** Runs pods to their end as often as a Job wants, and counts how they ended. */
export const jobController: Controller = {
  name: "job-controller",
  for: "Job",
  readsOwnWrites: true,
  retry: RETRY,
  concerns: (after, before) => after?.metadata.generation !== before?.metadata.generation,
  watches: [
    {
      kind: "Job",
      keys: (after, before) => (after === undefined || before === undefined ? [] : [keyOf(after)]),
      delay: BATCH,
    },
    {
      kind: "Pod",
      keys: (after) =>
        after !== undefined && isTracked(after as Pod) && controllerOf(after) === undefined
          ? [ORPHAN + keyOf(after)]
          : NONE,
    },
    {
      kind: "Pod",
      keys: (after, before, client) =>
        controllerOf(after) === undefined
          ? [
              ...ownersOf(after, before),
              ...keysMatching(client, "Job", after, ({ spec }) => matchesSelector(spec.selector)),
            ]
          : ownersOf(after, before),
      delay: BATCH,
    },
  ],
  indexes: [
    { kind: "Pod", name: ORPHANS, keys: byOrphanNamespace },
    {
      kind: "Pod",
      name: TRACKED,
      keys: {
        keys: (pod) => (isTracked(pod as Pod) ? [controllerKeyOf(pod, "Job") ?? ""] : []),
        parts: Part.finalizers | Part.owners,
      },
    },
  ],
  observedParts: Part.deletion | Part.finalizers,
  observe,
  writeFailed: (write, memory) => {
    unexpect("Pod")(write, memory);
    // A finalizer that stayed will be taken off again.
    if (write.kind === "Pod" && write.uid !== undefined)
      removalObserved(memory, write.owner, write.uid);
  },
  reconcile,
};

function ownersOf(after: KubeObject | undefined, before: KubeObject | undefined): readonly Key[] {
  const now = controllerKeyOf(after, "Job");
  const then = controllerKeyOf(before, "Job");
  if (now === undefined) return then === undefined ? NONE : [then];
  return then === undefined || then === now ? [now] : [now, then];
}

function observe(
  kind: string,
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  memory: Map<string, unknown>,
): void {
  const pod = after ?? before;
  const key = kind === "Pod" ? controllerKeyOf(pod, "Job") : undefined;
  if (key === undefined || pod === undefined) return;
  if (before === undefined) creationObserved(memory, key);
  else if (after === undefined || isTerminating(after as Pod))
    deletionObserved(memory, key, keyOf(before));
  if (after === undefined || !isTracked(after as Pod))
    removalObserved(memory, key, pod.metadata.uid);
}

function reconcile(key: Key, context: ReconcileContext): ReconcileResult {
  if (key.startsWith(ORPHAN)) return letGo(key.slice(ORPHAN.length), context);
  const { client, memory } = context;
  const job = client.get("Job", key);
  if (job === undefined) {
    forgetExpectations(memory, key);
    forgetRemovals(memory, key);
    memory.delete(`back-off/${key}`);
    return releaseOrphans(key, undefined, context);
  }
  const { managedBy, selector } = job.spec;
  if (managedBy !== undefined && managedBy !== THIS_CONTROLLER) return;
  if (isFinished(job)) {
    memory.delete(`back-off/${key}`);
    return releaseOrphans(key, job, context);
  }
  const matches = matchesSelector(selector);
  const rule = { matches, adopted: withTracking, released: untracked };
  const pods = claim(client, "Pod", job, rule);
  return new JobSync(job, pods, context).run();
}

/** Takes the finalizer off a pod that its Job, or the garbage collector for it, gave up (upstream `syncOrphanPod`). */
function letGo(key: Key, { client }: ReconcileContext): void {
  const pod = client.get("Pod", key);
  if (pod === undefined || controllerOf(pod) !== undefined || !isTracked(pod)) return;
  client.update("Pod", untracked(pod));
}

/** Pods must not wait for a Job that will never count them. */
function releaseOrphans(key: Key, job: Job | undefined, context: ReconcileContext): void {
  const { client } = context;
  const pods = [...client.indexed("Pod", TRACKED, key)];
  if (job !== undefined) {
    removeFinalizers(
      job,
      pods.filter((pod) => controllerOf(pod)?.uid === job.metadata.uid),
      context,
    );
    return;
  }
  for (const pod of pods) client.update("Pod", untracked(pod));
}
