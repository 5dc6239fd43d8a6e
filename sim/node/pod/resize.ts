import type { Container, Node } from "../../api/types.gen.ts";
import { stopContainer } from "./container-end.ts";
import { planOutOfMemory } from "./container-start.ts";
import type { Host } from "./host.ts";
import type { ContainerRun, PodRun } from "./pod-run.ts";
import { amounts, podRequests } from "./resources.ts";

/**
 * In-place resize: the spec asks for other resources of running containers. Granted when the node has room; `Deferred`
 * (and tried again when a pod leaves) when others are in the way; `Infeasible` when the node itself is too small.
 */
export function applyResize(
  host: Host,
  run: PodRun,
  node: Node | undefined,
  all: Iterable<PodRun>,
): void {
  const wanted = run.pod.spec;
  if (wanted === undefined || run.stop !== undefined) return;
  const changed = run.containers.filter((container) => differs(container, specOf(run, container)));
  for (const container of run.containers)
    if (!changed.includes(container)) container.spec = specOf(run, container) ?? container.spec;
  if (changed.length === 0) {
    run.resize = undefined;
    return;
  }
  const problem = node === undefined ? undefined : noRoom(run, node, all);
  if (problem !== undefined) {
    run.resize = problem;
    return;
  }
  run.resize = undefined;
  run.requests = podRequests(wanted);
  for (const container of changed) grant(host, run, container);
}

function specOf(run: PodRun, container: ContainerRun): Container | undefined {
  const { containers, initContainers } = run.pod.spec ?? {};
  const list = container.role === "main" ? containers : initContainers;
  return list?.find(({ name }) => name === container.name);
}

function differs(container: ContainerRun, wanted: Container | undefined): boolean {
  return (
    wanted !== undefined &&
    JSON.stringify(wanted.resources ?? {}) !== JSON.stringify(container.spec.resources ?? {})
  );
}

function noRoom(run: PodRun, node: Node, all: Iterable<PodRun>): PodRun["resize"] {
  const spec = run.pod.spec;
  if (spec === undefined) return undefined;
  const wanted = podRequests(spec);
  const allocatable = amounts(node.status?.allocatable);
  const others = [...all].filter((other) => other !== run && !other.finished);
  for (const resource of ["cpu", "memory"]) {
    const request = wanted[resource] ?? 0;
    const capacity = allocatable[resource] ?? 0;
    const text = `Node didn't have enough resource: ${resource}, requested: ${request}, `;
    if (request > capacity)
      return {
        reason: "Infeasible",
        message: `Node didn't have enough capacity: ${resource}, requested: ${request}, capacity: ${capacity}`,
      };
    let used = 0;
    for (const other of others) used += other.requests[resource] ?? 0;
    if (used + request > capacity)
      return { reason: "Deferred", message: `${text}used: ${used}, capacity: ${capacity}` };
  }
  return undefined;
}

/** Changes the container's share while it runs, or restarts it where its resizePolicy asks for that. */
function grant(host: Host, run: PodRun, container: ContainerRun): void {
  const wanted = specOf(run, container);
  if (wanted === undefined) return;
  const before = container.spec;
  container.spec = wanted;
  if (container.progress !== "running") return;
  const restart = (wanted.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === "RestartContainer" &&
      (before.resources?.requests?.[resourceName] !== wanted.resources?.requests?.[resourceName] ||
        before.resources?.limits?.[resourceName] !== wanted.resources?.limits?.[resourceName]),
  );
  if (restart) {
    const grace = (run.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1_000_000;
    const message = `Container ${container.name} resize requires restart`;
    stopContainer(host, run, container, host.now + grace, message);
    return;
  }
  container.allocated = wanted.resources;
  if (container.exitReason === "OOMKilled") container.exitAt = undefined;
  const behaviour = host.behaviours.of(run.pod, container.name, wanted.image ?? "");
  planOutOfMemory(container, behaviour, host.now - container.startedAt);
}
