import type { ContainerStatus, Pod } from "../api/types.gen.ts";
import type { ChangeEntry } from "../engine/journal.ts";
import type { Remark, Tone } from "./remark.ts";

/** What a change of a pod is worth telling. */
export function podRemarks(entry: ChangeEntry<unknown>): readonly Remark[] {
  const before = entry.before as Pod | undefined;
  const after = entry.after as Pod | undefined;
  const name = entry.key.slice(entry.key.indexOf("/") + 1);
  const remarks: Remark[] = [];
  const tell = (tone: Tone, text: string): void => {
    remarks.push({ time: entry.time, seq: entry.seq, tone, subject: `pod/${name}`, text });
  };
  if (after === undefined) {
    tell("neutral", "is gone");
    return remarks;
  }
  if (before === undefined) tell("neutral", "created");
  const node = after.spec?.nodeName;
  if (node !== undefined && node !== "" && before?.spec?.nodeName !== node)
    tell("neutral", `bound to ${node}`);
  if (
    after.metadata.deletionTimestamp !== undefined &&
    before?.metadata.deletionTimestamp === undefined
  )
    tell("neutral", `is asked to stop${ENDED_FOR[entry.actor] ?? ""}`);
  tellScheduling(before, after, tell);
  tellReadiness(before, after, tell);
  tellContainers(before, after, tell);
  const phase = after.status?.phase;
  if (phase !== before?.status?.phase && (phase === "Succeeded" || phase === "Failed")) {
    const reason = after.status?.reason;
    tell(
      phase === "Failed" ? "bad" : "good",
      `${phase}${reason === undefined ? "" : ` (${reason})`}`,
    );
  }
  return remarks;
}

/** Why a pod is asked to stop, where who asks says it all. */
const ENDED_FOR: Readonly<Record<string, string>> = {
  "scheduler/preemption": " to make room for a pod of higher priority",
  "taint-eviction-controller": ", evicted from its tainted node",
};

type Tell = (tone: Tone, text: string) => void;

function condition(pod: Pod | undefined, type: string) {
  return pod?.status?.conditions?.find((one) => one.type === type);
}

function tellScheduling(before: Pod | undefined, after: Pod, tell: Tell): void {
  const now = condition(after, "PodScheduled");
  const past = condition(before, "PodScheduled");
  if (now?.status !== "False" || now.message === past?.message) return;
  tell("bad", `cannot be scheduled: ${now.message ?? now.reason ?? ""}`);
}

function tellReadiness(before: Pod | undefined, after: Pod, tell: Tell): void {
  const now = condition(after, "Ready")?.status;
  const past = condition(before, "Ready")?.status;
  if (now === past || now === undefined) return;
  if (now === "True") tell("good", "is Ready");
  else if (past === "True" && after.status?.phase !== "Succeeded")
    tell("bad", "is not Ready any more");
}

const TROUBLE = new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "CreateContainerConfigError",
  "InvalidImageName",
  "ErrImageNeverPull",
  "RunContainerError",
]);

function tellContainers(before: Pod | undefined, after: Pod, tell: Tell): void {
  const past = new Map<string, ContainerStatus>(
    (before?.status?.containerStatuses ?? []).map((status) => [status.name, status]),
  );
  for (const status of after.status?.containerStatuses ?? []) {
    const earlier = past.get(status.name);
    const reason = status.state?.waiting?.reason;
    if (reason !== undefined && TROUBLE.has(reason) && earlier?.state?.waiting?.reason !== reason)
      tell("bad", `container ${status.name}: ${reason}`);
    const ended = status.state?.terminated ?? status.lastState?.terminated;
    const known = earlier?.state?.terminated ?? earlier?.lastState?.terminated;
    if (
      ended !== undefined &&
      ended.containerID !== known?.containerID &&
      ended.exitCode !== 0 &&
      after.metadata.deletionTimestamp === undefined
    )
      tell(
        "bad",
        `container ${status.name} exited with code ${ended.exitCode}${ended.reason === undefined || ended.reason === "Error" ? "" : ` (${ended.reason})`}`,
      );
    if (status.restartCount > (earlier?.restartCount ?? 0) && earlier !== undefined)
      tell("neutral", `container ${status.name} restarted`);
  }
}
