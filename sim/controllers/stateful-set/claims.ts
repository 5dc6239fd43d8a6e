import { deepEqual } from "../../api/meta/equal.ts";
import { makeKey } from "../../api/object.ts";
import type {
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from "../../api/types.gen.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { controllerReference } from "../runtime/owner.ts";
import { claimName } from "./identity.ts";

const KIND = "PersistentVolumeClaim";

/** Names of the claims of an ordinal, with their templates. */
function claimsOf(
  set: StatefulSet,
  ordinal: number,
): readonly (readonly [name: string, template: PersistentVolumeClaim])[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => [
    claimName(set, template.metadata.name, ordinal),
    template,
  ]);
}

/** Makes the claims of an ordinal that are missing. */
export function createMissingClaims(
  set: StatefulSet,
  ordinal: number,
  podName: string,
  { client, record }: ReconcileContext,
): void {
  const { namespace, name: setName } = set.metadata;
  for (const [name, template] of claimsOf(set, ordinal)) {
    if (client.get(KIND, makeKey(namespace, name)) !== undefined) continue;
    if (client.live(KIND, makeKey(namespace, name)) !== undefined) continue;
    const { labels, annotations } = template.metadata;
    client.create(KIND, {
      apiVersion: "v1",
      kind: KIND,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...labels, ...set.spec.selector.matchLabels },
        ...(annotations === undefined ? {} : { annotations }),
      },
      spec: template.spec,
    });
    const message = `Create Claim ${name} Pod ${podName} in StatefulSet ${setName} success`;
    record.event(set, "Normal", "SuccessfulCreate", message);
  }
}

/** Whether a claim of an ordinal still belongs to a pod that is gone: it is about to be deleted, and must be first. */
export function hasStaleClaim(
  set: StatefulSet,
  ordinal: number,
  podName: string,
  { client }: ReconcileContext,
): boolean {
  return claimsOf(set, ordinal).some(([name]) => {
    const claim = client.get(KIND, makeKey(set.metadata.namespace, name));
    return claim?.metadata.ownerReferences?.some(
      (owner) => owner.kind === "Pod" && owner.name === podName,
    );
  });
}

/**
 * Owners of a pod's claims by the retention policy: what is to go on scale-down belongs to the condemned pod, what is to go
 * with the StatefulSet belongs to it, what is to stay to nobody.
 */
export function syncClaimOwners(
  set: StatefulSet,
  pod: Pod,
  ordinal: number,
  isCondemned: boolean,
  { client }: ReconcileContext,
): void {
  const policy = set.spec.persistentVolumeClaimRetentionPolicy;
  const onScale = policy?.whenScaled === "Delete";
  const onDelete = policy?.whenDeleted === "Delete";
  const owner = onScale && isCondemned ? pod : onDelete ? set : undefined;
  for (const [name] of claimsOf(set, ordinal)) {
    const claim = client.get(KIND, makeKey(set.metadata.namespace, name));
    if (claim === undefined) continue;
    const before = claim.metadata.ownerReferences ?? [];
    const others = before.filter(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid);
    const after: readonly OwnerReference[] =
      owner === undefined ? others : [...others, controllerReference(owner)];
    if (deepEqual(before, after)) continue;
    const { ownerReferences: _, ...metadata } = claim.metadata;
    client.update(KIND, {
      ...claim,
      metadata: after.length === 0 ? metadata : { ...metadata, ownerReferences: after },
    });
  }
}
