import { type ContainerRun, isAlive, type PodRun } from "./pod-run.ts";

type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

/** Phase of a pod. One that is over has a terminal one, whatever of it ever ran (kubelet `TerminatePod`). */
export function phaseOf(run: PodRun): Phase {
  const phase = phaseByContainers(run);
  return run.finished && phase === "Pending" ? "Failed" : phase;
}

/** Phase of a pod from its containers, which is what its conditions are told of (kubelet `getPhase`). */
export function phaseByContainers(run: PodRun): Phase {
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
  if (mains.some((container) => container.runs === 0)) return "Pending";
  return mains.every((container) => container.exit?.exitCode === 0) ? "Succeeded" : "Failed";
}
