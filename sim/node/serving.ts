import type { Micros } from "../engine/time.ts";
import type { Kubelet } from "./kubelet.ts";
import type { ContainerRun, PodRun } from "./pod/pod-run.ts";
import { limit } from "./pod/resources.ts";

/** How a pod answers requests at the moment; the shape that traffic asks for. */
export interface PodAnswering {
  readonly accepts: boolean;
  readonly capacity: number | undefined;
  readonly latency: Micros;
  readonly errors: number;
  readonly cpuPerRequest: number;
  readonly changesAt: Micros | undefined;
}

/**
 * What a pod's first container does with a request now. A process takes connections from its start until SIGTERM: after
 * that it only finishes what it has. A dead machine answers nothing; a paused kubelet's containers do.
 */
export function answeringOf(kubelet: Kubelet, run: PodRun): PodAnswering | undefined {
  const container = run.containers.find(({ role }) => role === "main");
  if (container === undefined) return undefined;
  const { now } = kubelet;
  const behaviour = kubelet.behaviours.of(run.pod, container.name, container.spec.image ?? "");
  const { capacity, latency = 0, errors = 0, cpuPerRequest = 0 } = behaviour.serves ?? {};
  const most = limit(container.spec, "cpu");
  const up = kubelet.mode !== "crashed" && isUp(container, now);
  return {
    accepts: up && now >= container.servesFrom,
    capacity: least(capacity, cpuBound(most, cpuPerRequest)),
    latency,
    errors,
    cpuPerRequest,
    changesAt: up ? nextChange(container, now) : undefined,
  };
}

function isUp(container: ContainerRun, now: Micros): boolean {
  if (container.progress === "running") return true;
  return (
    container.progress === "stopping" && container.termAt !== undefined && now < container.termAt
  );
}

function nextChange(container: ContainerRun, now: Micros): Micros | undefined {
  if (now < container.servesFrom) return container.servesFrom;
  return container.progress === "stopping" ? container.termAt : undefined;
}

/** Requests a second that a CPU limit lets through: its quota is used up by then (CFS, 100 ms periods). */
function cpuBound(limitMilli: number | undefined, perRequest: number): number | undefined {
  return limitMilli === undefined || perRequest === 0 ? undefined : limitMilli / perRequest;
}

function least(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}
