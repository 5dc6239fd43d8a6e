import type { KubeObject } from "../../api/object.ts";
import type { ContainerStatus, Event, Pod } from "../../api/types.gen.ts";
import { isReady } from "../expect/state-functions.ts";
import type { StateView } from "../expect/state-view.ts";
import type { Health } from "./health-rule.ts";

/** How a pod is doing. */
export function podHealth(object: KubeObject, view: StateView): Health {
  const pod = object as Pod;
  const phase = pod.status?.phase ?? "Pending";
  if (phase === "Succeeded") return { state: "fine", why: "Succeeded" };
  if (isReady(pod)) return { state: "fine", why: "Ready" };
  const why = podTrouble(pod, view);
  if (phase === "Failed") return { state: "failing", why };
  return { state: FAILING.test(why) || isUnschedulable(pod) ? "failing" : "waiting", why };
}

const FAILING = /BackOff|ErrImage|Error|exited|InvalidImageName|not found|unready/;

function isUnschedulable({ status }: Pod): boolean {
  return (
    status?.conditions?.some((one) => one.type === "PodScheduled" && one.status === "False") ===
    true
  );
}

/** What keeps a pod from being Ready, in one line. */
function podTrouble(pod: Pod, view: StateView): string {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False")
    return `not scheduled: ${scheduled.message ?? scheduled.reason ?? ""}`;
  if (pod.status?.phase === "Failed")
    return `Failed: ${pod.status.reason ?? ""} ${pod.status.message ?? ""}`.trim() + exits(pod);
  const statuses = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  for (const status of statuses) {
    const trouble = containerTrouble(status);
    if (trouble !== undefined) return trouble;
  }
  const warning = lastWarning(pod, view);
  if (warning !== undefined) return warning;
  return pod.spec?.nodeName ? "starting" : "waits for a node";
}

function exits(pod: Pod): string {
  const ended = pod.status?.containerStatuses?.find(
    ({ state }) => (state?.terminated?.exitCode ?? 0) !== 0,
  );
  return ended === undefined
    ? ""
    : ` container ${ended.name} exited with code ${ended.state?.terminated?.exitCode}`;
}

function containerTrouble({ name, state, lastState, ready }: ContainerStatus): string | undefined {
  const { reason, message } = state?.waiting ?? {};
  if (reason === "CrashLoopBackOff") {
    const code = lastState?.terminated?.exitCode;
    return `container ${name}: CrashLoopBackOff${code === undefined ? "" : `, it exited with code ${code}`}`;
  }
  if (reason !== undefined && reason !== "ContainerCreating" && reason !== "PodInitializing")
    return `container ${name}: ${reason}${message === undefined ? "" : `: ${message}`}`;
  const ended = state?.terminated;
  if (ended !== undefined && ended.exitCode !== 0)
    return `container ${name} exited with code ${ended.exitCode}`;
  return state?.running !== undefined && !ready
    ? `container ${name} runs but its readiness probe fails`
    : undefined;
}

function lastWarning({ metadata }: Pod, view: StateView): string | undefined {
  let found: string | undefined;
  for (const object of view.list("Event")) {
    const { involvedObject, type, message } = object as Event;
    if (type === "Warning" && involvedObject.uid === metadata.uid && message !== undefined)
      found = message;
  }
  return found;
}

/** The pods that a test picks, and the commonest trouble among those that are not well. */
export function troubleAmong(view: StateView, picks: (pod: Pod) => boolean): string | undefined {
  const counts = new Map<string, number>();
  for (const object of view.list("Pod")) {
    const pod = object as Pod;
    if (!picks(pod) || isReady(pod) || pod.status?.phase === "Succeeded") continue;
    const trouble = podTrouble(pod, view);
    counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most === undefined ? undefined : `${most[1] > 1 ? `${most[1]} pods: ` : ""}${most[0]}`;
}
