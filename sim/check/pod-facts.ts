import type { KubeObject } from "../api/object.ts";
import type { OwnerReference, Pod } from "../api/types.gen.ts";

/** Whether a pod is Ready. */
export function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(
    ({ type, status: value }) => type === "Ready" && value === "True",
  );
}

/** The controller of a kind that an object belongs to. */
export function ownerOf({ metadata }: KubeObject, kind: string): OwnerReference | undefined {
  return metadata.ownerReferences?.find(
    (owner) => owner.kind === kind && owner.controller === true,
  );
}
