import { hasFinalizer, withFinalizer, withoutFinalizer } from "../../api/meta/finalizers.ts";
import { parseTimestamp } from "../../api/meta/time.ts";
import type { Manifest } from "../../api/object.ts";
import type { Container, Job, Pod, PodSpec, PodTemplateSpec } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { isTerminating, podCondition, podFromTemplate } from "../runtime/pods.ts";

/** Finalizer that keeps a pod until its Job counted it. */
const TRACKING = "batch.kubernetes.io/job-tracking";
const INDEX = "batch.kubernetes.io/job-completion-index";
const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === "Indexed";
}

export function isTracked(pod: Pod): boolean {
  return hasFinalizer(pod, TRACKING);
}

/** Completion index of a pod; `undefined` when it has none that is valid for its Job. */
export function indexOf(pod: Pod, { spec }: Job): number | undefined {
  const text = pod.metadata.annotations?.[INDEX];
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const index = Number(text);
  return index < (spec.completions ?? 0) ? index : undefined;
}

/** Whether only pods that really failed are replaced, not those still on their way out. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === "Failed" || spec.podFailurePolicy !== undefined;
}

/** Whether a pod counts as failed; one being deleted does, unless its end is waited for. */
export function countsAsFailed(pod: Pod, job: Job): boolean {
  const phase = pod.status?.phase;
  if (phase === "Failed") return true;
  return !replacesOnlyFailed(job) && isTerminating(pod) && phase !== "Succeeded";
}

/** Failures of a pod's index before it; ignored ones apart. */
export function indexFailures({ metadata }: Pod): {
  readonly counted: number;
  readonly ignored: number;
} {
  const read = (name: string) => Number(metadata.annotations?.[name] ?? 0) || 0;
  return { counted: read(FAILURES), ignored: read(IGNORED_FAILURES) };
}

/** When a pod ended: its last container, or else its readiness or its deletion tell. */
export function finishedAt(pod: Pod, now: Micros): Micros {
  const statuses = pod.status?.containerStatuses ?? [];
  let latest: Micros | undefined;
  for (const { state } of statuses) {
    const ended = parseTimestamp(state?.terminated?.finishedAt);
    if (ended === undefined) {
      latest = undefined;
      break;
    }
    if (latest === undefined || ended > latest) latest = ended;
  }
  if (latest !== undefined) return latest;
  const ready = podCondition(pod, "Ready");
  const unready = ready?.status === "False" ? parseTimestamp(ready.lastTransitionTime) : undefined;
  if (unready !== undefined) return unready;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const deleted = parseTimestamp(deletionTimestamp);
  return deleted === undefined ? now : deleted - deletionGracePeriodSeconds * SECOND;
}

/** What a new pod of an index takes over from the failed one it replaces. */
export interface IndexHistory {
  readonly counted: number;
  readonly ignored: number;
}

/** Pod of a Job without indexes. */
export function jobPod(job: Job): Manifest<Pod> {
  return withTracking(podFromTemplate(job.spec.template, job));
}

const indexedSpecs = new WeakMap<PodTemplateSpec, PodSpec>();

/** Pod of a completion index: it learns the index from a label, an annotation, its host name and its environment. */
export function indexedPod(
  job: Job,
  index: number,
  history: IndexHistory | undefined,
): Manifest<Pod> {
  const { template } = job.spec;
  const name = `${job.metadata.name}-${index}`;
  const pod = withTracking(podFromTemplate(template, job, `${name}-`));
  const { labels, annotations } = pod.metadata;
  let spec = indexedSpecs.get(template);
  if (spec === undefined) {
    spec = withIndexVariable(pod.spec);
    indexedSpecs.set(template, spec);
  }
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...labels, [INDEX]: String(index) },
      annotations: {
        ...annotations,
        [INDEX]: String(index),
        ...(history === undefined ? {} : { [FAILURES]: String(history.counted) }),
        ...(history === undefined || history.ignored === 0
          ? {}
          : { [IGNORED_FAILURES]: String(history.ignored) }),
      },
    },
    spec: { ...spec, hostname: name },
  };
}

function withIndexVariable(spec: PodSpec): PodSpec {
  const add = (container: Container): Container =>
    container.env?.some(({ name }) => name === "JOB_COMPLETION_INDEX")
      ? container
      : {
          ...container,
          env: [
            ...(container.env ?? []),
            {
              name: "JOB_COMPLETION_INDEX",
              valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } },
            },
          ],
        };
  return {
    ...spec,
    containers: spec.containers.map(add),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(add) }),
  };
}

/** The pod with the tracking finalizer, which keeps it until it is counted. */
export function withTracking<T extends Pod | Manifest<Pod>>(pod: T): T {
  return withFinalizer(pod, TRACKING);
}

/** The pod without the tracking finalizer. */
export function untracked(pod: Pod): Pod {
  return withoutFinalizer(pod, TRACKING);
}
