import type { ContainerState } from "../../api/types.gen.ts";
import type { ContainerRun, PodRun } from "./pod-run.ts";

/** What is told of a container that left no trace when its pod was terminated. Go prints times that are not set as null. */
export const UNKNOWN_END: ContainerState = {
  terminated: {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The container could not be located when the pod was terminated",
    startedAt: null,
    finishedAt: null,
  } as never,
};

/**
 * Whether a container counts as started once its pod is over, though nothing is known of a run: the main ones do when
 * the pod was initialized, of the init containers all before one that ran, and the first (kubelet `TerminatePod`).
 */
export function countsAsStarted({ containers }: PodRun, container: ContainerRun): boolean {
  const inits = containers.filter(({ role }) => role !== "main");
  if (container.role !== "main") {
    const last = inits.findLastIndex(({ runs }) => runs > 0);
    return inits.indexOf(container) <= Math.max(last, 0);
  }
  const ran = containers.some(({ role, runs }) => role === "main" && runs > 0);
  return inits.length === 0 || ran || inits.at(-1)?.exit?.exitCode === 0;
}
