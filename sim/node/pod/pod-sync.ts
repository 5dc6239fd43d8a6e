import { type Micros, SECOND } from "../../engine/time.ts";
import { shortenStop, startAgain, stopContainer } from "./container-end.ts";
import { beginContainer } from "./container-start.ts";
import { type Due, nextDue, stepContainer } from "./container-steps.ts";
import type { Host } from "./host.ts";
import { type ContainerRun, isAlive, type PodRun, type PodStop } from "./pod-run.ts";

/** Why a pod that outlived its activeDeadlineSeconds was ended. */
const DEADLINE = "Pod was active on the node longer than the specified deadline";

/**
 * Brings a pod up to now: takes every step whose time has come, starts what may start, ends what must end. Level-triggered:
 * calling it more often changes nothing.
 */
export function syncPod(host: Host, run: PodRun): void {
  if (run.finished) return;
  checkDeadline(host, run);
  while (!run.finished) {
    let stepped = false;
    for (const container of run.containers) {
      for (
        let due = nextDue(container);
        due !== undefined && due.at <= host.now;
        due = nextDue(container)
      ) {
        stepContainer(host, run, container);
        stepped = true;
      }
    }
    if (startReady(host, run)) stepped = true;
    if (closeDown(host, run)) stepped = true;
    if (!stepped) break;
  }
}

/** When the pod needs its kubelet next, and why; `undefined` when nothing is ahead. */
export function nextPodDue(host: Host, run: PodRun): Due | undefined {
  if (run.finished) return undefined;
  let soonest: Due | undefined;
  if (host.now < run.sandboxAt && run.stop === undefined)
    soonest = { at: run.sandboxAt, type: "sandbox-ready" };
  for (const container of run.containers) {
    const due = nextDue(container);
    if (due !== undefined && (soonest === undefined || due.at < soonest.at)) soonest = due;
  }
  const deadline = deadlineOf(run);
  if (
    deadline !== undefined &&
    run.stop === undefined &&
    (soonest === undefined || deadline < soonest.at)
  )
    soonest = { at: deadline, type: "active-deadline" };
  return soonest;
}

/** What a node says of a pod that it ends. */
interface StopReason {
  readonly reason: string;
  readonly message: string;
}

/** Stops a pod within a grace span: because it was deleted, or for a reason of the node's own. A stop that is under way may only become shorter, or a deletion. */
export function stopPod(host: Host, run: PodRun, graceSpan: Micros, why?: StopReason): void {
  const stop: PodStop = {
    since: host.now,
    graceEnd: host.now + graceSpan,
    deleted: why === undefined,
    reason: why?.reason,
    message: why?.message,
  };
  if (run.finished) {
    run.stop = { ...stop, reason: run.stop?.reason, message: run.stop?.message };
    return;
  }
  const before = run.stop;
  if (before === undefined) {
    run.stop = stop;
    stopMains(host, run, stop);
    return;
  }
  const graceEnd = Math.min(before.graceEnd, stop.graceEnd);
  run.stop = { ...before, deleted: before.deleted || stop.deleted, graceEnd };
  for (const container of run.containers) {
    if (container.progress === "running" && container.role !== "sidecar")
      stopContainer(host, run, container, graceEnd, stopText(container));
    else shortenStop(host, container, graceEnd);
  }
}

function stopMains(host: Host, run: PodRun, stop: PodStop): void {
  for (const container of run.containers) {
    if (container.progress === "running") {
      if (container.role !== "sidecar")
        stopContainer(host, run, container, stop.graceEnd, stopText(container));
    } else if (container.progress === "stopping") shortenStop(host, container, stop.graceEnd);
    else {
      container.progress = container.progress === "waiting" ? "waiting" : "ended";
      container.until = undefined;
    }
  }
}

function stopText(container: ContainerRun): string {
  return `Stopping container ${container.name}`;
}

/** Starts the containers whose turn it is: init containers one by one, sidecars once started, then all the others. */
function startReady(host: Host, run: PodRun): boolean {
  if (run.stop !== undefined || host.now < run.sandboxAt || run.mountError !== undefined)
    return false;
  let began = false;
  for (const container of run.containers) {
    if (container.progress === "waiting") {
      beginOrBeginAgain(host, run, container);
      began = true;
    }
    if (container.role === "init" && !(isOver(container) && container.exit?.exitCode === 0))
      return began;
    if (container.role === "sidecar" && !container.started && container.runs < 2) return began;
  }
  return began;
}

/** A container that ran before its machine went down is restarted: its kubelet sees the end, and the next start waits. */
function beginOrBeginAgain(host: Host, run: PodRun, container: ContainerRun): void {
  if (container.runs > 0 && container.backOff === undefined) startAgain(host, run, container);
  else beginContainer(host, run, container);
}

/** Ends sidecars after the last container, in reverse order, and finishes the pod when nothing is left. */
function closeDown(host: Host, run: PodRun): boolean {
  if (run.stop === undefined) {
    if (!isComplete(run)) return false;
    const grace = (run.pod.spec?.terminationGracePeriodSeconds ?? 30) * SECOND;
    run.stop = {
      since: host.now,
      graceEnd: host.now + grace,
      deleted: false,
      reason: undefined,
      message: undefined,
    };
  }
  for (let at = run.containers.length - 1; at >= 0; at--) {
    const container = run.containers[at] as ContainerRun;
    if (!isAlive(container)) {
      if (container.progress !== "waiting") container.progress = "ended";
      container.until = undefined;
      continue;
    }
    if (container.role !== "sidecar") {
      if (run.containers.slice(at + 1).every((later) => later.role === "main")) continue;
      return false;
    }
    return stopSidecar(host, run, container, at);
  }
  if (run.containers.some(isAlive)) return false;
  run.finished = true;
  return true;
}

/** A sidecar's turn comes when every container after it is gone. */
function stopSidecar(host: Host, run: PodRun, container: ContainerRun, at: number): boolean {
  if (run.containers.slice(at + 1).some(isAlive) || container.progress === "stopping") return false;
  const graceEnd = run.stop?.graceEnd ?? host.now;
  stopContainer(host, run, container, graceEnd, stopText(container));
  return true;
}

/** All main containers are over for good, or an init container failed for good. */
function isComplete(run: PodRun): boolean {
  let mains = 0;
  for (const container of run.containers) {
    if (container.role === "init" && isOver(container) && container.exit?.exitCode !== 0)
      return true;
    if (container.role !== "main") continue;
    if (!isOver(container)) return false;
    mains++;
  }
  return mains > 0;
}

function isOver(container: ContainerRun): boolean {
  return container.progress === "ended";
}

function deadlineOf(run: PodRun): Micros | undefined {
  const seconds = run.pod.spec?.activeDeadlineSeconds;
  return seconds === undefined ? undefined : run.startTime + seconds * SECOND;
}

function checkDeadline(host: Host, run: PodRun): void {
  const deadline = deadlineOf(run);
  if (deadline === undefined || host.now < deadline || run.stop !== undefined) return;
  host.record(run, undefined, "Normal", "DeadlineExceeded", DEADLINE);
  const grace = (run.pod.spec?.terminationGracePeriodSeconds ?? 30) * SECOND;
  stopPod(host, run, grace, { reason: "DeadlineExceeded", message: DEADLINE });
}
