import { ApiError } from "../../api/api-error.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { type Manifest, makeKey } from "../../api/object.ts";
import type { Deployment, DeploymentStatus, ReplicaSet } from "../../api/types.gen.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { controllerOf, controllerReference } from "../runtime/owner.ts";
import { isNamespaceEnding } from "../runtime/slow-start.ts";
import { fencesOf } from "./arithmetic.ts";
import {
  newSetAnnotations,
  REVISION,
  sameTemplate,
  sizeAnnotations,
  TEMPLATE_HASH,
  templateHash,
} from "./revision.ts";
import { conditionOf, hasDeadline, withCondition } from "./status.ts";

/** The newest ReplicaSet with the Deployment, both as last written. */
export interface NewSet {
  readonly set: ReplicaSet;
  readonly deployment: Deployment;
}

/** A ReplicaSet's name has at most 253 characters: the Deployment's name gives way to the hash. */
const LONGEST_NAME = 253;

/** Makes the ReplicaSet of the newest template, with its size, and notes the revision. */
export function createNewSet(
  deployment: Deployment,
  revision: number,
  replicas: number,
  context: ReconcileContext,
): NewSet {
  const manifest = newSetManifest(deployment, revision, replicas);
  let set: ReplicaSet;
  let isNew = true;
  try {
    set = context.client.create("ReplicaSet", manifest);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const existing = existingOrFail(error, deployment, manifest, context);
    set = existing;
    isNew = false;
  }
  const { name } = set.metadata;
  if (isNew && replicas > 0) {
    const message = `Scaled up replica set ${name} from 0 to ${replicas}`;
    context.record.event(deployment, "Normal", "ScalingReplicaSet", message);
  }
  const noted =
    isNew && hasDeadline(deployment)
      ? withProgress(
          deployment,
          "True",
          "NewReplicaSetCreated",
          `Created new replica set "${name}"`,
          context,
        )
      : deployment.status;
  return { set, deployment: writeRevision(deployment, String(revision), noted, context) };
}

/** Gives the newest ReplicaSet the Deployment's annotations and revision, and the Deployment its ReplicaSet's revision. */
export function syncNewSet(
  deployment: Deployment,
  set: ReplicaSet,
  revision: number,
  context: ReconcileContext,
): NewSet {
  const annotations = newSetAnnotations(deployment, set.metadata.annotations, revision);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const sameDelay = (set.spec?.minReadySeconds ?? 0) === minReadySeconds;
  if (!sameDelay || !deepEqual(annotations, set.metadata.annotations ?? {})) {
    const updated = context.client.update("ReplicaSet", {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: sameDelay ? set.spec : { ...set.spec, minReadySeconds },
    });
    return { set: updated, deployment };
  }
  const unknownProgress =
    hasDeadline(deployment) && conditionOf(deployment.status, "Progressing") === undefined;
  const noted = unknownProgress
    ? withProgress(
        deployment,
        "True",
        "FoundNewReplicaSet",
        `Found new replica set "${set.metadata.name}"`,
        context,
      )
    : deployment.status;
  const own = set.metadata.annotations?.[REVISION] ?? "";
  return { set, deployment: writeRevision(deployment, own, noted, context) };
}

function newSetManifest(
  deployment: Deployment,
  revision: number,
  replicas: number,
): Manifest<ReplicaSet> {
  const { metadata, spec, status } = deployment;
  const template = spec?.template ?? {};
  const hash = templateHash(template, status?.collisionCount);
  const labels = { ...template.metadata?.labels, [TEMPLATE_HASH]: hash };
  const { matchLabels, ...selector } = spec?.selector ?? {};
  const wanted = spec?.replicas ?? 1;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${metadata.name.slice(0, LONGEST_NAME - 1 - hash.length)}-${hash}`,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels,
      annotations: {
        ...newSetAnnotations(deployment, undefined, revision),
        ...sizeAnnotations(wanted, fencesOf(deployment).surge),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(spec?.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...selector, matchLabels: { ...matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** The ReplicaSet that took the name already when it is this Deployment's own; counts a collision when it is not. */
function existingOrFail(
  error: ApiError,
  deployment: Deployment,
  manifest: Manifest<ReplicaSet>,
  context: ReconcileContext,
): ReplicaSet {
  const { client, record } = context;
  const name = manifest.metadata.name ?? "";
  if (error.reason === "AlreadyExists") {
    const existing = client.get("ReplicaSet", makeKey(deployment.metadata.namespace, name));
    if (existing === undefined) throw error;
    const own = controllerOf(existing)?.uid === deployment.metadata.uid;
    if (own && sameTemplate(deployment.spec?.template ?? {}, existing.spec?.template ?? {}))
      return existing;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    client.updateStatus("Deployment", {
      ...deployment,
      status: { ...deployment.status, collisionCount },
    });
    throw error;
  }
  if (isNamespaceEnding(error)) throw error;
  const message = `Failed to create new replica set "${name}": ${error.message}`;
  if (hasDeadline(deployment)) {
    const status = withProgress(deployment, "False", "ReplicaSetCreateError", message, context);
    client.updateStatus("Deployment", { ...deployment, status });
  }
  record.event(deployment, "Warning", "ReplicaSetCreateError", message);
  throw error;
}

function withProgress(
  deployment: Deployment,
  status: string,
  reason: string,
  message: string,
  { now }: ReconcileContext,
): DeploymentStatus {
  const before = deployment.status?.conditions ?? [];
  const conditions = withCondition(before, "Progressing", status, reason, message, now);
  return { ...deployment.status, conditions };
}

function writeRevision(
  deployment: Deployment,
  revision: string,
  status: DeploymentStatus | undefined,
  { client }: ReconcileContext,
): Deployment {
  const { annotations } = deployment.metadata;
  if (annotations?.[REVISION] === revision && status === deployment.status) return deployment;
  return client.updateStatus("Deployment", {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: { ...annotations, [REVISION]: revision } },
    ...(status === undefined ? {} : { status }),
  });
}
