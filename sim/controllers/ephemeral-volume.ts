import { ApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import { type Key, type KubeObject, keyOf, makeKey } from "../api/object.ts";
import type { Pod, Volume } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";
import { controllerOf, controllerReference } from "./runtime/owner.ts";
import { isTerminating } from "./runtime/pods.ts";

/** Makes the claims of pods' generic ephemeral volumes: each belongs to its pod and goes with it. */
export function ephemeralVolumes(): Controller {
  return {
    name: "ephemeral-volume-controller",
    eventSource: "ephemeral_volume",
    for: "Pod",
    concerns: (after) => after !== undefined && needsClaims(after as Pod),
    watches: [
      // One that was deleted by accident is made anew.
      { kind: "PersistentVolumeClaim", keys: (after, before) => (after ? NONE : ownerOf(before)) },
    ],
    reconcile(key, { client, record }) {
      const pod = client.get("Pod", key);
      if (pod === undefined || !needsClaims(pod)) return;
      for (const volume of pod.spec.volumes ?? []) {
        try {
          if (volume.ephemeral !== undefined) ensureClaim(client, pod, volume);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          const text = `ephemeral volume ${volume.name}: ${error.message}`;
          record.event(pod, "Warning", "FailedBinding", text);
          throw error;
        }
      }
    },
  };
}

const NONE: readonly Key[] = [];

function needsClaims(pod: Pod): boolean {
  return (
    !isTerminating(pod) &&
    (pod.spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined) ?? false)
  );
}

function ownerOf(claim: KubeObject | undefined): Key[] {
  const owner = claim === undefined ? undefined : controllerOf(claim);
  return owner?.kind === "Pod" ? [makeKey(claim?.metadata.namespace, owner.name)] : [];
}

function ensureClaim(client: Client, pod: Pod, { name: volume, ephemeral }: Volume): void {
  const { namespace, name: podName, uid } = pod.metadata;
  const name = `${podName}-${volume}`;
  const claim = client.get("PersistentVolumeClaim", makeKey(namespace, name));
  if (claim !== undefined) {
    if (controllerOf(claim)?.uid === uid) return;
    const why = `PVC ${keyOf(claim)} was not created for pod ${keyOf(pod)} (pod is not owner)`;
    throw new ApiError(409, "Conflict", why);
  }
  const { metadata, spec } = ephemeral?.volumeClaimTemplate ?? { spec: {} };
  const { labels, annotations } = metadata ?? {};
  try {
    client.create("PersistentVolumeClaim", {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [controllerReference(pod)],
      },
      spec,
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(error.code, error.reason, `create PVC ${name}: ${error.message}`);
  }
}
