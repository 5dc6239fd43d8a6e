import { isApiError } from "../../api/api-error.ts";
import { deepEqual } from "../../api/meta/equal.ts";
import { safeEncode } from "../../api/meta/generated-name.ts";
import { matchesSelector } from "../../api/meta/selector.ts";
import { type KubeObject, keyOf, makeKey } from "../../api/object.ts";
import type { ControllerRevision, LabelSelector, PodTemplateSpec } from "../../api/types.gen.ts";
import { hashLow, hashStart, hashValue } from "../../engine/hash.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { claim, controllerReference } from "../runtime/owner.ts";

/** Label of a pod with the revision it was made from. */
export const REVISION_HASH = "controller-revision-hash";
/** Label of a ControllerRevision with the hash of its data; DaemonSets use that of their pods. */
const HASH_LABEL = "controller.kubernetes.io/hash";
/** A name leaves room for the hash (upstream `ControllerRevisionName`). */
const LONGEST_PREFIX = 223;

/** An object whose pod templates are kept as ControllerRevisions. */
export interface RevisionedOwner extends KubeObject {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly revisionHistoryLimit?: number;
  };
  readonly status?: unknown;
}

/** Revisions of an owner, oldest first, after adoption of what its selector matches. */
export function revisionsOf(
  owner: RevisionedOwner,
  { client }: ReconcileContext,
): readonly ControllerRevision[] {
  const matches = matchesSelector(owner.spec.selector);
  const own = claim(client, "ControllerRevision", owner, { matches });
  return [...own].sort(byRevision);
}

function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  const [first, second] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** What a revision holds of a template: a patch that replaces it. */
function dataOf(template: PodTemplateSpec): ControllerRevision["data"] {
  return { spec: { template: { ...template, $patch: "replace" } } } as ControllerRevision["data"];
}

/** The pod template that a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { spec } = revision.data as { readonly spec: { readonly template: PodTemplateSpec } };
  return spec.template;
}

function holds(revision: ControllerRevision, template: PodTemplateSpec): boolean {
  const { $patch: _, ...kept } = templateOf(revision) as PodTemplateSpec & { $patch?: string };
  return deepEqual(kept, template);
}

/** The revision of the owner's template, and how often its hash collided. */
export interface Newest {
  readonly revision: ControllerRevision;
  readonly collisions: number;
}

/**
 * Finds the revision of the owner's template, gives an old one a new number when the owner went back to it, or makes
 * a new one, labelled with its hash.
 */
export function newestRevision(
  owner: RevisionedOwner,
  revisions: readonly ControllerRevision[],
  collisions: number,
  context: ReconcileContext,
  hashLabel: string = HASH_LABEL,
): Newest {
  const { template } = owner.spec;
  const last = revisions.at(-1);
  const next = (last?.revision ?? 0) + 1;
  const equal = revisions.filter((revision) => holds(revision, template)).at(-1);
  if (equal === undefined) return createRevision(owner, next, collisions, hashLabel, context);
  if (equal === last) return { revision: equal, collisions };
  const renewed = context.client.update("ControllerRevision", { ...equal, revision: next });
  return { revision: renewed, collisions };
}

function createRevision(
  owner: RevisionedOwner,
  number: number,
  collisions: number,
  hashLabel: string,
  { client }: ReconcileContext,
): Newest {
  const { metadata, spec } = owner;
  const data = dataOf(spec.template);
  for (let count = collisions; ; count++) {
    hashStart();
    hashValue(data);
    if (count > 0) hashValue(count);
    const hash = safeEncode(String(hashLow()));
    const name = `${metadata.name.slice(0, LONGEST_PREFIX)}-${hash}`;
    try {
      const revision = client.create("ControllerRevision", {
        apiVersion: "apps/v1",
        kind: "ControllerRevision",
        metadata: {
          name,
          ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
          labels: { ...spec.template.metadata?.labels, [hashLabel]: hash },
          ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
          ownerReferences: [controllerReference(owner)],
        },
        data,
        revision: number,
      });
      return { revision, collisions: count };
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) throw error;
      const other = client.live("ControllerRevision", makeKey(metadata.namespace, name));
      if (other !== undefined && holds(other, spec.template))
        return { revision: other, collisions: count };
    }
  }
}

/**
 * Deletes the oldest revisions beyond the owner's limit that neither a pod nor the rollout needs. `counted`: how many of
 * those that are needed count towards the limit.
 */
export function truncateHistory(
  owner: RevisionedOwner,
  revisions: readonly ControllerRevision[],
  live: ReadonlySet<string>,
  { client }: ReconcileContext,
  counted = 0,
): void {
  const limit = (owner.spec.revisionHistoryLimit ?? 10) - counted;
  const unused = revisions.filter(({ metadata }) => !live.has(metadata.name));
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit)))
    client.delete("ControllerRevision", keyOf(revision));
}
