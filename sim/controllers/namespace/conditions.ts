import { timestamp } from "../../api/meta/time.ts";
import type { NamespaceCondition } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";

/** What a look at a namespace's content found. */
export interface Findings {
  /** What could not be deleted and why. */
  readonly errors: readonly string[];
  /** `resource.group` → instances left; empty while it is not known. */
  readonly remaining: ReadonlyMap<string, number>;
  /** Finalizer → instances that it holds. */
  readonly finalizers: ReadonlyMap<string, number>;
}

/** Conditions of a namespace being deleted, in the order they are listed, with what they say when all is well. */
const WELL: readonly (readonly [type: string, reason: string, message: string])[] = [
  [
    "NamespaceDeletionDiscoveryFailure",
    "ResourcesDiscovered",
    "All resources successfully discovered",
  ],
  [
    "NamespaceDeletionGroupVersionParsingFailure",
    "ParsedGroupVersions",
    "All legacy kube types successfully parsed",
  ],
  [
    "NamespaceDeletionContentFailure",
    "ContentDeleted",
    "All content successfully deleted, may be waiting on finalization",
  ],
  ["NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"],
  [
    "NamespaceFinalizersRemaining",
    "ContentHasNoFinalizers",
    "All content-preserving finalizers finished",
  ],
];

/** Reason and message of the conditions that are not well. */
function troubles({
  errors,
  remaining,
  finalizers,
}: Findings): Map<string, readonly [string, string]> {
  const found = new Map<string, readonly [string, string]>();
  if (errors.length > 0) {
    const message = `Failed to delete all resource types, ${errors.length} remaining: ${[...errors].sort().join(", ")}`;
    found.set("NamespaceDeletionContentFailure", ["ContentDeletionFailed", message]);
  }
  const resources = [...remaining].map(
    ([resource, count]) => `${resource} has ${count} resource instances`,
  );
  if (resources.length > 0) {
    const message = `Some resources are remaining: ${resources.sort().join(", ")}`;
    found.set("NamespaceContentRemaining", ["SomeResourcesRemain", message]);
  }
  const held = [...finalizers].map(
    ([finalizer, count]) => `${finalizer} in ${count} resource instances`,
  );
  if (held.length > 0) {
    const message = `Some content in the namespace has finalizers remaining: ${held.sort().join(", ")}`;
    found.set("NamespaceFinalizersRemaining", ["SomeFinalizersRemain", message]);
  }
  return found;
}

/** The conditions after a look at the content; the same list when nothing changed. */
export function deletionConditions(
  before: readonly NamespaceCondition[],
  findings: Findings,
  now: Micros,
): readonly NamespaceCondition[] {
  const found = troubles(findings);
  let conditions = before;
  for (const [type, wellReason, wellMessage] of WELL) {
    const trouble = found.get(type);
    const status = trouble === undefined ? "False" : "True";
    const [reason, message] = trouble ?? [wellReason, wellMessage];
    const at = conditions.findIndex((condition) => condition.type === type);
    const old = conditions[at];
    if (old?.status === status && old.message === message) continue;
    const lastTransitionTime =
      old?.status === status && old.lastTransitionTime !== undefined
        ? old.lastTransitionTime
        : timestamp(now);
    const next = { type, status, lastTransitionTime, reason, message };
    conditions = old === undefined ? [...conditions, next] : conditions.with(at, next);
  }
  return conditions;
}
