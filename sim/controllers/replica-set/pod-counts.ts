import type { Client } from "../../api/client.ts";
import { type Labels, labelsInclude, matchesSelector } from "../../api/meta/selector.ts";
import type { KubeObject } from "../../api/object.ts";
import { Part } from "../../api/object-parts.ts";
import type { IndexRule } from "../../api/object-set.ts";
import type { LabelSelector, OwnerReference, Pod } from "../../api/types.gen.ts";
import { controllerOf } from "../runtime/owner.ts";
import { hasEnded, isActive, isReady, isTerminating } from "../runtime/pods.ts";

/** The pods of one owner, counted. */
export interface PodCounts {
  readonly active: number;
  /** Active pods that bear all labels of the template. */
  readonly labelled: number;
  readonly ready: number;
  readonly terminating: number;
  /** Active pods that the selector no longer matches. */
  readonly strays: number;
}

/** Index of pods by owner and state: the counts of a ReplicaSet of thousands cost a look, not a walk. */
export const POD_STATES = "owner-and-state";

const NONE: readonly string[] = [];
/** Labels that the API gives a pod when it is bound, whatever its template says. */
const NODE_LABELS = "topology.kubernetes.io/";

/** Under what the pods of one owner with the same labels are filed, by state. */
interface StateKeys {
  readonly terminating: readonly string[];
  readonly waiting: readonly string[];
  readonly ready: readonly string[];
}

/** Remembered per owner references and labels, which the pods of one template share. */
const remembered = new WeakMap<readonly OwnerReference[], Map<Labels | undefined, StateKeys>>();

/** The keys of a pod: the same array for the same state, so that a change within a state is known by identity. */
function stateKeysOf(object: KubeObject): readonly string[] {
  const pod = object as Pod;
  const { labels, ownerReferences } = pod.metadata;
  if (ownerReferences === undefined || hasEnded(pod)) return NONE;
  let byLabels = remembered.get(ownerReferences);
  if (byLabels === undefined) {
    byLabels = new Map();
    remembered.set(ownerReferences, byLabels);
  }
  let keys = byLabels.get(labels);
  if (keys === undefined) {
    keys = stateKeys(controllerOf(pod)?.uid, labels);
    byLabels.set(labels, keys);
  }
  if (isTerminating(pod)) return keys.terminating;
  return isReady(pod) ? keys.ready : keys.waiting;
}

function stateKeys(uid: string | undefined, labels: Labels | undefined): StateKeys {
  if (uid === undefined) return { terminating: NONE, waiting: NONE, ready: NONE };
  const waiting = [`${uid}/active`, `${uid}/${labelText(labels)}`];
  return { terminating: [`${uid}/terminating`], waiting, ready: [...waiting, `${uid}/ready`] };
}

/** Files pods by controlling owner and whether they are active, ready or terminating; active ones by their labels, too. */
export const byOwnerAndState: IndexRule = {
  keys: stateKeysOf,
  parts: Part.status | Part.labels | Part.owners | Part.deletion,
  counts: true,
};

const labelTexts = new WeakMap<Labels, string>();

function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return "";
  const known = labelTexts.get(labels);
  if (known !== undefined) return known;
  const pairs: string[] = [];
  for (const name in labels)
    if (!name.startsWith(NODE_LABELS)) pairs.push(`${name}=${labels[name]}`);
  const text = pairs.sort().join();
  labelTexts.set(labels, text);
  return text;
}

/** Counts of an owner's pods, as the cache shows them. */
export function podCounts(
  client: Client,
  owner: KubeObject,
  selector: LabelSelector | undefined,
  templateLabels: Labels | undefined,
): PodCounts {
  const { uid } = owner.metadata;
  const active = client.count("Pod", POD_STATES, `${uid}/active`);
  const ready = client.count("Pod", POD_STATES, `${uid}/ready`);
  const terminating = client.count("Pod", POD_STATES, `${uid}/terminating`);
  // Pods as the template made them bear its labels and match the selector; only others need a look at each.
  const asMade = client.count("Pod", POD_STATES, `${uid}/${labelText(templateLabels)}`);
  if (asMade === active && matchesSelector(selector)(templateLabels))
    return { active, ready, terminating, labelled: active, strays: 0 };
  return { ...countEach(client, uid, selector, templateLabels), terminating };
}

/** Counts with pods added that the cache does not show as the owner's yet. */
export function withPods(
  counts: PodCounts,
  pods: readonly Pod[],
  templateLabels: Labels = {},
): PodCounts {
  if (pods.length === 0) return counts;
  const labelled = pods.filter(({ metadata }) => labelsInclude(metadata.labels, templateLabels));
  return {
    ...counts,
    active: counts.active + pods.length,
    labelled: counts.labelled + labelled.length,
    ready: counts.ready + pods.filter(isReady).length,
  };
}

function countEach(
  client: Client,
  uid: string,
  selector: LabelSelector | undefined,
  templateLabels: Labels = {},
): Omit<PodCounts, "terminating"> {
  const matches = matchesSelector(selector);
  const counts = { active: 0, ready: 0, labelled: 0, strays: 0 };
  for (const pod of client.ownedBy("Pod", uid)) {
    if (!isActive(pod) || controllerOf(pod)?.uid !== uid) continue;
    const { labels } = pod.metadata;
    if (!matches(labels)) {
      counts.strays++;
      continue;
    }
    counts.active++;
    if (isReady(pod)) counts.ready++;
    if (labelsInclude(labels, templateLabels)) counts.labelled++;
  }
  return counts;
}
