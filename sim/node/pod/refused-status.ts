import type { Pod, PodStatus } from "../../api/types.gen.ts";
import type { Refusal } from "./admission.ts";

/** Status of a pod that its kubelet refused: Failed, whatever it was to run. */
export function refuseStatus(pod: Pod, { reason, message }: Refusal): PodStatus {
  const generation = pod.metadata.generation;
  return {
    ...pod.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase: "Failed",
    reason,
    message: `Pod was rejected: ${message}`,
  };
}
