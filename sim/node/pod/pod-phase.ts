import { type ContainerRun, isAlive, type PodRun } from "./pod-run.ts";

/** Phase of a pod from its containers (kubelet `getPhase`). */
export function phaseOf(run: PodRun): "Pending" | "Running" | "Succeeded" | "Failed" {
  const { stop, containers } = run;
  if (run.finished) return stop?.reason === undefined ? finishedPhase(containers) : "Failed";
  let mains = 0;
  for (const container of containers) {
    if (container.role === "init" && blocks(container)) return "Pending";
    if (container.role !== "main") continue;
    if (isWaiting(container)) return "Pending";
    mains++;
  }
  return mains === 0 ? "Pending" : "Running";
}

/** An init container that was not yet completed keeps the pod Pending. */
function blocks(container: ContainerRun): boolean {
  return !(container.progress === "ended" && container.exit?.exitCode === 0);
}

/** Waits for its first run. */
function isWaiting(container: ContainerRun): boolean {
  return container.runs === 0 && !isAlive(container);
}

function finishedPhase(containers: readonly ContainerRun[]): "Pending" | "Succeeded" | "Failed" {
  const failedInit = containers.some(
    (container) => container.role === "init" && (container.exit?.exitCode ?? 0) !== 0,
  );
  if (failedInit) return "Failed";
  const mains = containers.filter((container) => container.role === "main");
  // A pod that never ran a container and is deleted has no terminal phase of its own.
  if (mains.every((container) => container.runs === 0)) return "Pending";
  return mains.every((container) => container.exit?.exitCode === 0) ? "Succeeded" : "Failed";
}
