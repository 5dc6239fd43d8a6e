import type { DaemonSetStatus } from "../../api/types.gen.ts";
import { isAvailable, isReady } from "../runtime/pods.ts";
import type { DaemonNode, DaemonView } from "./plan.ts";
import { byAge, isUpdated } from "./pod.ts";

/** Status of a DaemonSet over all nodes; on each the oldest pod counts. */
export function daemonStatus(
  nodes: readonly DaemonNode[],
  view: DaemonView,
  observedGeneration: number | undefined,
  collisions: number,
): DaemonSetStatus {
  const { set, hash, now } = view;
  const counts = { desired: 0, current: 0, ready: 0, available: 0, updated: 0, misplaced: 0 };
  for (const { fit, pods } of nodes) {
    if (!fit.shouldRun) {
      if (pods.length > 0) counts.misplaced++;
      continue;
    }
    counts.desired++;
    const pod = pods.length > 1 ? [...pods].sort(byAge)[0] : pods[0];
    if (pod === undefined) continue;
    counts.current++;
    if (isReady(pod)) counts.ready++;
    if (isAvailable(pod, set.spec.minReadySeconds ?? 0, now)) counts.available++;
    if (isUpdated(pod, set, hash)) counts.updated++;
  }
  const { conditions } = set.status ?? {};
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misplaced,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...positive("updatedNumberScheduled", counts.updated),
    ...positive("numberAvailable", counts.available),
    ...positive("numberUnavailable", counts.desired - counts.available),
    ...positive("collisionCount", collisions),
    ...(conditions === undefined ? {} : { conditions }),
  };
}

/** Zeros are left out, as Go leaves them out. */
function positive<K extends string>(name: K, value: number): { readonly [name in K]?: number } {
  return (value === 0 ? {} : { [name]: value }) as { readonly [name in K]?: number };
}
