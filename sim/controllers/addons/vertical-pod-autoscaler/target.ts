import { isApiError } from "../../../api/api-error.ts";
import type { Client } from "../../../api/client.ts";
import type { KindRegistry } from "../../../api/kinds/kind-registry.ts";
import { type Matches, matchesSelector } from "../../../api/meta/selector.ts";
import { type KubeObject, makeKey } from "../../../api/object.ts";
import type { CronJob, LabelSelector } from "../../../api/types.gen.ts";
import type { VerticalPodAutoscaler } from "../../../api/vertical-pod-autoscaler.ts";
import { controllerOf } from "../../runtime/owner.ts";
import { readScale, scalePaths, storedKind } from "../../runtime/scale.ts";

/** Kinds whose pods are found without the `scale` door, whatever group the reference names. */
const WELL_KNOWN: ReadonlySet<string> = new Set([
  "CronJob",
  "DaemonSet",
  "Deployment",
  "Job",
  "ReplicaSet",
  "ReplicationController",
  "StatefulSet",
]);

/** Which pods an autoscaler is for, or why that cannot be told. */
interface Target {
  readonly matches?: Matches;
  readonly refusal?: string;
}

/** Finds what `spec.targetRef` names: a workload that no other one controls. */
export function findTarget(
  { spec, metadata: { namespace } }: VerticalPodAutoscaler,
  client: Client,
  kinds: KindRegistry,
): Target {
  const reference = spec?.targetRef;
  if (reference === undefined)
    return unreadable("targetRef not defined. If this is a v1beta1 object, switch to v1.");
  const { apiVersion = "", kind, name } = reference;
  let object: KubeObject | undefined;
  let matches: Matches | undefined;
  if (WELL_KNOWN.has(kind)) {
    object = client.live(kind, makeKey(namespace, name));
    if (object === undefined) return unreadable(`${kind} ${namespace}/${name} does not exist`);
    matches = matchesSelector(selectorOf(kind, object));
  } else {
    try {
      ({ object, matches } = readScale(client, kinds, reference, namespace));
    } catch (error) {
      if (!isApiError(error)) throw error;
      const what = `${apiVersion} / ${kind} / ${name}`;
      return unreadable(`Unhandled targetRef ${what}, last error ${error.message}`);
    }
    if (matches === undefined) {
      const why = `Resource ${namespace}/${name} has an empty selector for scale sub-resource`;
      const what = `${apiVersion} / ${kind} / ${name}`;
      return unreadable(`Unhandled targetRef ${what}, last error ${why}`);
    }
  }
  if (isControlled(object, client, kinds)) {
    const what = `${apiVersion}.${kind}/${name}`;
    const refusal = `The target ${what} has a parent controller but it should point to a topmost well-known or scalable controller`;
    return { refusal };
  }
  return { matches };
}

function unreadable(why: string): Target {
  return { refusal: `Cannot read targetRef. Reason: ${why}` };
}

/** Whether something controls an object that could be a target itself. */
function isControlled(object: KubeObject, client: Client, kinds: KindRegistry): boolean {
  const owner = controllerOf(object);
  if (owner === undefined) return false;
  if (WELL_KNOWN.has(owner.kind)) return true;
  const kind = storedKind(kinds, owner);
  return kind !== undefined && scalePaths(client, kinds, kind) !== undefined;
}

function selectorOf(kind: string, object: KubeObject): LabelSelector | undefined {
  if (kind === "CronJob") {
    const { labels } = (object as CronJob).spec?.jobTemplate.spec?.template.metadata ?? {};
    return { matchLabels: labels ?? {} };
  }
  const { selector } = object.spec as { selector?: LabelSelector };
  return kind === "ReplicationController"
    ? { matchLabels: (selector ?? {}) as Record<string, string> }
    : selector;
}
