import { ApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import type { KindDescriptor } from "../api/kinds/descriptor.ts";
import { parseTimestamp } from "../api/meta/time.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import type { Namespace, Pod } from "../api/types.gen.ts";
import { MILLISECOND, MINUTE, type Micros, SECOND } from "../engine/time.ts";
import { deletionConditions, type Findings } from "./namespace/conditions.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { hasEnded } from "./runtime/pods.ts";
import type { ControllerServices } from "./runtime/services.ts";

/** Upstream `namespaceDeletionGracePeriod`: time for other API servers to see that the namespace is going. */
const GRACE: Micros = 5 * SECOND;
/** Upstream `finalizerEstimateSeconds`. */
const FINALIZER_ESTIMATE = 15;
const FINALIZER = "kubernetes";

/** When the content is looked at again: at `at`, and every `step` after it. */
interface Plan {
  readonly at: Micros;
  readonly step: Micros;
}

type Kinds = ControllerServices["kinds"];

/**
 * Empties namespaces that are being deleted, pods before everything else, says in conditions what is left, and lets
 * them go when nothing is. Upstream looks again every few seconds; here only when something of the namespace has gone or has other finalizers.
 */
export function namespaceDeletion({ kinds }: ControllerServices): Controller {
  return {
    name: "namespace-controller",
    for: "Namespace",
    concerns: () => false,
    // Tried at least every minute (upstream `nsControllerRateLimiter`).
    retry: { first: 5 * MILLISECOND, longest: MINUTE },
    watches: [
      {
        kind: "Namespace",
        delay: GRACE,
        keys: (after, before) => (isDeleted(after) && !isDeleted(before) ? [keyOf(after)] : []),
      },
    ],
    everyKind: {
      except: new Set(["Event", "Namespace"]),
      parts: Part.finalizers,
      keys: (_kind, after, before, client) => lessOf(after, before, client),
    },
    reconcile: (key, context) => reconcile(key, context, kinds),
  };
}

function isDeleted(object: KubeObject | undefined): object is KubeObject {
  return object?.metadata.deletionTimestamp !== undefined;
}

/** The namespace of an object that has gone or has other finalizers, if it is being deleted. */
function lessOf(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): Key[] {
  const namespace = before?.metadata.namespace;
  if (namespace === undefined) return [];
  if (after !== undefined && after.metadata.finalizers === before?.metadata.finalizers) return [];
  return isDeleted(client.get("Namespace", namespace)) ? [namespace] : [];
}

function reconcile(
  key: Key,
  context: ReconcileContext,
  kinds: Kinds,
): { requeueAfter: Micros } | undefined {
  const { client, memory, now } = context;
  const namespace = client.live("Namespace", key);
  if (namespace === undefined || !isDeleted(namespace)) {
    memory.delete(key);
    return undefined;
  }
  const plan = memory.get(key) as Plan | undefined;
  const due = plan === undefined ? now : nextOf(plan, now);
  if (now < due) return { requeueAfter: due - now };
  if ((namespace.spec?.finalizers ?? []).length === 0) return undefined;
  const content = deleteContent(client, kinds, namespace, now);
  const changed = writeConditions(client, namespace, content.findings, now);
  if (content.findings.errors.length > 0) {
    memory.delete(key);
    throw new ApiError(500, "", content.findings.errors.join(", "));
  }
  if (content.estimate === 0) {
    finalize(client, key);
    return undefined;
  }
  const step = (Math.floor(content.estimate / 2) + 1) * SECOND;
  // A change of the namespace asks for another look, too.
  memory.set(key, { at: now + (changed ? Math.min(GRACE, step) : step), step });
  return undefined;
}

function nextOf({ at, step }: Plan, now: Micros): Micros {
  return now <= at ? at : at + Math.ceil((now - at) / step) * step;
}

function writeConditions(
  client: Client,
  namespace: Namespace,
  findings: Findings,
  now: Micros,
): boolean {
  const before = namespace.status?.conditions ?? [];
  const conditions = deletionConditions(before, findings, now);
  if (conditions === before) return false;
  client.updateStatus("Namespace", { ...namespace, status: { ...namespace.status, conditions } });
  return true;
}

function finalize(client: Client, key: Key): void {
  const namespace = client.live("Namespace", key);
  const finalizers = namespace?.spec?.finalizers?.filter((finalizer) => finalizer !== FINALIZER);
  if (namespace === undefined || finalizers === undefined) return;
  client.finalize({ ...namespace, spec: { ...namespace.spec, finalizers } });
}

interface Content {
  readonly findings: Findings;
  /** Seconds until what is left may be gone; 0 when nothing is. */
  readonly estimate: number;
}

/** Deletes what a namespace holds: pods alone while there are any, then everything else. */
function deleteContent(client: Client, kinds: Kinds, namespace: Namespace, now: Micros): Content {
  const pods = deleteKind(client, kinds.get("Pod"), "Pod", namespace, now);
  if (pods.remaining > 0) {
    const errors = pods.error === undefined ? [] : [pods.error];
    const findings = { errors, remaining: new Map(), finalizers: new Map() };
    return { findings, estimate: pods.estimate };
  }
  const errors: string[] = [];
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();
  let estimate = 0;
  for (const descriptor of kinds.all()) {
    if (!descriptor.namespaced || descriptor.kind === "Pod" || !descriptor.verbs.includes("delete"))
      continue;
    const left = deleteKind(client, descriptor, kinds.nameOf(descriptor), namespace, now);
    if (left.error !== undefined) errors.push(left.error);
    if (left.remaining > 0)
      remaining.set(`${descriptor.plural}.${descriptor.group}`, left.remaining);
    for (const [finalizer, count] of left.finalizers)
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + count);
    estimate = Math.max(estimate, left.estimate);
  }
  return { findings: { errors, remaining, finalizers }, estimate };
}

interface Left {
  readonly remaining: number;
  readonly finalizers: ReadonlyMap<string, number>;
  readonly estimate: number;
  readonly error: string | undefined;
}

const NOTHING: Left = { remaining: 0, finalizers: new Map(), estimate: 0, error: undefined };

function deleteKind(
  client: Client,
  descriptor: KindDescriptor,
  kind: string,
  { metadata }: Namespace,
  now: Micros,
): Left {
  const { name } = metadata;
  const objects = [...client.liveList(kind, name)] as KubeObject[];
  if (objects.length === 0) return NOTHING;
  const grace = kind === "Pod" ? gracePeriod(objects as Pod[]) : 0;
  const deletedAt = parseTimestamp(metadata.deletionTimestamp) ?? 0;
  const estimate = now - deletedAt >= grace * SECOND ? 0 : grace;
  if (objects.some((object) => !isDeleted(object)))
    client.deleteCollection(kind, name, { propagationPolicy: "Background" });
  const left = [...client.liveList(kind, name)] as KubeObject[];
  const finalizers = new Map<string, number>();
  for (const object of left)
    for (const finalizer of object.metadata.finalizers ?? [])
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  if (left.length === 0) return NOTHING;
  const remaining = left.length;
  if (estimate > 0) return { remaining, finalizers, estimate, error: undefined };
  if (finalizers.size > 0)
    return { remaining, finalizers, estimate: FINALIZER_ESTIMATE, error: undefined };
  const { group, version, plural } = descriptor;
  const error = `unexpected items still remain in namespace: ${name} for gvr: ${group}/${version}, Resource=${plural}`;
  return { remaining, finalizers, estimate: 0, error };
}

/** Longest grace period of pods that have not ended, in seconds. */
function gracePeriod(pods: readonly Pod[]): number {
  let longest = 0;
  for (const pod of pods)
    if (!hasEnded(pod)) longest = Math.max(longest, pod.spec?.terminationGracePeriodSeconds ?? 0);
  return longest;
}
