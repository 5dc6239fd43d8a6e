import type { ApiServer } from "../../api/api-server.ts";
import type { EventRecorder } from "../../api/event-recorder.ts";
import type { Key } from "../../api/object.ts";
import type { Pod, PodStatus } from "../../api/types.gen.ts";
import type { Refusal } from "./admission.ts";

interface Outside {
  readonly api: ApiServer;
  readonly recorder: EventRecorder;
}

/** Says that the node refuses a pod, if the pod is still there and was to run. */
export function tellRefusal(
  { api, recorder }: Outside,
  host: string,
  key: Key,
  uid: string,
  refused: Refusal,
): void {
  const pod = api.store.get("Pod", key) as Pod | undefined;
  if (pod?.metadata.uid !== uid || pod.metadata.deletionTimestamp !== undefined) return;
  const { phase } = pod.status ?? {};
  if (phase === "Succeeded" || phase === "Failed") return;
  recorder.event(pod, "Warning", refused.reason, refused.message, { host });
  api.replace<Pod>("Pod", { ...pod, status: refuseStatus(pod, refused) });
}

/** Status of a pod that its kubelet refused: Failed, whatever it was to run. */
function refuseStatus(pod: Pod, { reason, message }: Refusal): PodStatus {
  const generation = pod.metadata.generation;
  return {
    ...pod.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase: "Failed",
    reason,
    message: `Pod was rejected: ${message}`,
  };
}
