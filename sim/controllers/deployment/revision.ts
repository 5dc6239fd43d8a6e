import { deepEqual } from "../../api/meta/equal.ts";
import { safeEncode } from "../../api/meta/generated-name.ts";
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../api/types.gen.ts";
import { hashLow, hashStart, hashValue } from "../../engine/hash.ts";

export const TEMPLATE_HASH = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** Longest text of earlier revisions that is kept (upstream `maxRevHistoryLengthInChars`). */
const LONGEST_HISTORY = 2000;

/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

type Annotations = Readonly<Record<string, string>>;

/** Hash of a pod template as `pod-template-hash` shows it; a collision count makes another one. */
export function templateHash(template: PodTemplateSpec, collisions: number | undefined): string {
  hashStart();
  hashValue(template);
  if (collisions !== undefined) hashValue(collisions);
  return safeEncode(String(hashLow()));
}

/** Templates found equal or not, by identity: every look at a Deployment holds the same ones against each other. */
const compared = new WeakMap<PodTemplateSpec, WeakMap<PodTemplateSpec, boolean>>();

/** Whether two templates are the same but for `pod-template-hash`. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  let withA = compared.get(a);
  if (withA === undefined) {
    withA = new WeakMap();
    compared.set(a, withA);
  }
  const known = withA.get(b);
  if (known !== undefined) return known;
  const same = equalTemplates(a, b);
  withA.set(b, same);
  return same;
}

function equalTemplates(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  if (!deepEqual(a.spec, b.spec)) return false;
  const { labels: left, ...restOfA } = a.metadata ?? {};
  const { labels: right, ...restOfB } = b.metadata ?? {};
  return deepEqual(withoutHash(left), withoutHash(right)) && deepEqual(restOfA, restOfB);
}

function withoutHash(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { [TEMPLATE_HASH]: _, ...rest } = labels;
  return rest;
}

/** Annotations that were found to need no change, for which Deployment's and which revision: every look asks again. */
const settled = new WeakMap<Annotations, { own: Annotations | undefined; revision: number }>();

/** Revisions read from annotations, which never change. */
const revisions = new WeakMap<Annotations, number>();

/** Revision number of a ReplicaSet or Deployment; zero when it has none. */
export function revisionOf({ metadata }: ReplicaSet | Deployment): number {
  const { annotations } = metadata;
  if (annotations === undefined) return 0;
  const known = revisions.get(annotations);
  if (known !== undefined) return known;
  const revision = Math.max(0, wholeNumber(annotations[REVISION]) ?? 0);
  revisions.set(annotations, revision);
  return revision;
}

/** An annotation that holds a whole number. */
export function numberAnnotation(set: ReplicaSet, name: string): number | undefined {
  const text = set.metadata.annotations?.[name];
  return wholeNumber(text);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * Annotations of the new ReplicaSet: the Deployment's own, and its revision where that went up. A revision it had
 * before goes to the history, because this is a rollback to it.
 */
export function newSetAnnotations(
  deployment: Deployment,
  present: Annotations | undefined,
  revision: number,
): Annotations {
  const own = deployment.metadata.annotations;
  const known = present === undefined ? undefined : settled.get(present);
  if (present !== undefined && known?.own === own && known?.revision === revision) return present;
  const next: Record<string, string> = { ...present };
  for (const [name, value] of Object.entries(own ?? {}))
    if (!OWN_ANNOTATIONS.has(name)) next[name] = value;
  const old = present?.[REVISION];
  const before = old === undefined ? 0 : Number(old);
  if (Number.isNaN(before) || before >= revision) {
    if (present === undefined || !deepEqual(next, present)) return next;
    settled.set(present, { own, revision });
    return present;
  }
  next[REVISION] = String(revision);
  if (old !== undefined) next[REVISION_HISTORY] = historyWith(present?.[REVISION_HISTORY], old);
  return next;
}

function historyWith(history: string | undefined, revision: string): string {
  if (history === undefined || history === "") return revision;
  const revisions = [...history.split(","), revision];
  while (revisions.length > 1 && revisions.join(",").length > LONGEST_HISTORY) revisions.shift();
  return revisions.join(",");
}

/** Annotations that tell the size a ReplicaSet was last scaled for. */
export function sizeAnnotations(wanted: number, surge: number): Annotations {
  return { [DESIRED_REPLICAS]: String(wanted), [MAX_REPLICAS]: String(wanted + surge) };
}
