import { keyOf } from "../../../api/object.ts";
import type { ResourceClaim } from "../../../api/types.gen.ts";
import { nodeSelectorTest } from "../../framework/node-selector.ts";
import type { PostFilterAnswer, PostFilterContext } from "../../framework/plugin.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { isUnused } from "./pending-claims.ts";

/**
 * PostFilter: of the pod's allocated claims one that nobody uses, and whose place keeps the pod off a node, is given
 * back (any of them, as upstream has no better rule); the pod is tried again when that is written.
 */
export function deallocation(
  allocated: readonly ResourceClaim[],
  { pod, snapshot, draw }: PostFilterContext,
): PostFilterAnswer {
  const free = allocated.filter(
    (claim) => isUnused(claim, pod.pod) && isElsewhere(claim, snapshot),
  );
  const chosen = free[free.length > 1 ? draw(free.length) : 0];
  return chosen === undefined
    ? { code: "Unschedulable", reasons: ["still not schedulable"] }
    : {
        code: "Unschedulable",
        reasons: ["deallocation of ResourceClaim completed"],
        deallocates: keyOf(chosen),
      };
}

/** Whether an allocated claim is out of reach of some node. */
function isElsewhere({ status }: ResourceClaim, snapshot: Snapshot): boolean {
  const selector = status?.allocation?.nodeSelector;
  if (selector === undefined) return false;
  const reaches = nodeSelectorTest(selector);
  return snapshot.order().some((index) => {
    const node = snapshot.nodes[index];
    return node !== undefined && !reaches(node);
  });
}
