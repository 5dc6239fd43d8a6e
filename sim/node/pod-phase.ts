import { type ContainerRun, isAlive, type PodRun } from "./pod-run.ts";

/** Phase of a pod from its containers (kubelet `getPhase`). */
export function phaseOf(run: PodRun): "Pending" | "Running" | "Succeeded" | "Failed" {
  const { stop } = run;
  const mains = run.containers.filter((container) => container.role === "main");
  if (run.finished) {
    if (stop?.reason !== undefined) return "Failed";
    return finishedPhase(run, mains);
  }
  if (run.containers.some((container) => container.role === "init" && blocks(container)))
    return "Pending";
  if (mains.some(isWaiting)) return "Pending";
  if (mains.length === 0) return "Pending";
  return "Running";
}

/** An init container that was not yet completed keeps the pod Pending. */
function blocks(container: ContainerRun): boolean {
  return !(container.progress === "ended" && container.exit?.exitCode === 0);
}

/** Waits for its first run. */
function isWaiting(container: ContainerRun): boolean {
  return container.runs === 0 && !isAlive(container);
}

function finishedPhase(
  run: PodRun,
  mains: readonly ContainerRun[],
): "Pending" | "Succeeded" | "Failed" {
  const failedInit = run.containers.some(
    (container) => container.role === "init" && (container.exit?.exitCode ?? 0) !== 0,
  );
  if (failedInit) return "Failed";
  // A pod that never ran a container and is deleted has no terminal phase of its own.
  if (mains.every((container) => container.runs === 0)) return "Pending";
  return mains.every((container) => container.exit?.exitCode === 0) ? "Succeeded" : "Failed";
}
