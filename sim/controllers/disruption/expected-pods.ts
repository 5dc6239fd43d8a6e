import type { Client } from "../../api/client.ts";
import type { KindRegistry } from "../../api/kinds/kind-registry.ts";
import { type KubeObject, makeKey } from "../../api/object.ts";
import type { OwnerReference, Pod, PodDisruptionBudget, ReplicaSet } from "../../api/types.gen.ts";
import { countOf } from "../runtime/int-or-percent.ts";
import { controllerOf } from "../runtime/owner.ts";
import { groupVersion, scalePaths, storedKind } from "../runtime/scale.ts";

/** How many pods there should be, and how many of them must be healthy. */
export interface Expectation {
  readonly expected: number;
  readonly desired: number;
  /** Pods that nobody manages: they cannot be counted. */
  readonly unmanaged: readonly string[];
}

/** Why the number of pods cannot be known. */
export class UncountableError extends Error {}

/** Upstream `getExpectedPodCount`: percentages and maxUnavailable are of the scale of the pods' controllers. */
export function expectedPods(
  client: Client,
  kinds: KindRegistry,
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
): Expectation {
  const { maxUnavailable, minAvailable } = spec ?? {};
  if (maxUnavailable !== undefined) {
    const { expected, unmanaged } = expectedScale(client, kinds, pods);
    const unavailable = countOf(maxUnavailable, expected, "up");
    return { expected, unmanaged, desired: Math.max(0, expected - unavailable) };
  }
  if (typeof minAvailable === "string") {
    const { expected, unmanaged } = expectedScale(client, kinds, pods);
    return { expected, unmanaged, desired: countOf(minAvailable, expected, "up") };
  }
  return { expected: pods.length, desired: minAvailable ?? 0, unmanaged: [] };
}

/** Sum of the scales of all controllers that manage one of the pods. */
function expectedScale(
  client: Client,
  kinds: KindRegistry,
  pods: readonly Pod[],
): { expected: number; unmanaged: readonly string[] } {
  const scales = new Map<string, number>();
  const seen = new Set<string>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      unmanaged.push(pod.metadata.name);
      continue;
    }
    if (seen.has(owner.uid)) continue;
    seen.add(owner.uid);
    const [uid, scale] = scaleOf(client, kinds, pod, owner);
    scales.set(uid, scale);
  }
  let expected = 0;
  for (const scale of scales.values()) expected += scale;
  return { expected, unmanaged };
}

/** Scale of a pod's controller: of the Deployment behind its ReplicaSet, or of anything that can be scaled. */
function scaleOf(
  client: Client,
  kinds: KindRegistry,
  pod: Pod,
  owner: OwnerReference,
): readonly [uid: string, scale: number] {
  const { namespace, name } = pod.metadata;
  const kind = storedKind(kinds, owner);
  const object: KubeObject | undefined =
    kind === undefined ? undefined : client.get(kind, makeKey(namespace, owner.name));
  if (kind === undefined || object?.metadata.uid !== owner.uid)
    throw new UncountableError(`found no controllers for pod ${JSON.stringify(name)}`);
  if (kind === "ReplicaSet") {
    const deployment = deploymentOf(client, object as ReplicaSet);
    if (deployment !== undefined) return [deployment.metadata.uid, replicasOf(deployment, SPEC)];
  }
  const paths = scalePaths(client, kinds, kind);
  if (paths === undefined) {
    const { plural } = kinds.get(kind);
    const [group] = groupVersion(owner.apiVersion);
    const resource = group === "" ? plural : `${plural}.${group}`;
    throw new UncountableError(`${resource} does not implement the scale subresource`);
  }
  return [object.metadata.uid, replicasOf(object, paths.replicas)];
}

const SPEC = ["spec", "replicas"];

function deploymentOf(client: Client, replicaSet: ReplicaSet): KubeObject | undefined {
  const owner = controllerOf(replicaSet);
  if (owner === undefined || owner.kind !== "Deployment") return undefined;
  const found = client.get("Deployment", makeKey(replicaSet.metadata.namespace, owner.name));
  return found?.metadata.uid === owner.uid ? found : undefined;
}

function replicasOf(object: KubeObject, path: readonly string[]): number {
  let value: unknown = object;
  for (const step of path) value = (value as Readonly<Record<string, unknown>> | undefined)?.[step];
  return typeof value === "number" ? value : 0;
}
