import { hostPortsOf, portsClash } from "../../api/kinds/pod/host-ports.ts";
import { tolerates } from "../../api/meta/tolerations.ts";
import type { Node, Pod, PodSpec } from "../../api/types.gen.ts";
import type { PodRun } from "./pod-run.ts";
import { type Amounts, amounts, podRequests } from "./resources.ts";

/** The pods on a node by key. */
type Runs = ReadonlyMap<string, PodRun>;

/** Why a kubelet refuses a pod that was bound to it. */
export interface Refusal {
  /** `OutOfcpu`, `NodeAffinity`, … */
  readonly reason: string;
  readonly message: string;
}

/**
 * The checks that a kubelet makes again when a pod arrives, in upstream's order: resources, then what the scheduler's
 * node-local filters ask (a nodeName in the manifest bypasses the scheduler).
 */
export function refusal(pod: Pod, node: Node, running: Runs): Refusal | undefined {
  const spec = pod.spec;
  if (spec === undefined) return undefined;
  return (
    outOfResources(podRequests(spec), amounts(node.status?.allocatable), running) ??
    predicate(matchesNode(pod, node), "NodeAffinity") ??
    predicate(portsFree(spec, running), "NodePorts") ??
    predicate(toleratesNoExecute(pod, node), "TaintToleration")
  );
}

/** Resources that every node has to have; all others are scalar resources to the scheduler. */
const COUNTED: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

function outOfResources(wanted: Amounts, allocatable: Amounts, running: Runs): Refusal | undefined {
  const pods = allocatable["pods"];
  const others = countOf(running);
  if (pods !== undefined && others + 1 > pods) return insufficient("pods", 1, others, pods);
  for (const resource in wanted) {
    const request = wanted[resource] ?? 0;
    if (request === 0) continue;
    const capacity = allocatable[resource] ?? 0;
    // What a node offers nothing of it does not count: cluster-wide resources, and devices that claims give.
    if (capacity === 0 && !COUNTED.has(resource)) continue;
    let used = 0;
    for (const run of running.values()) if (!run.finished) used += run.requests[resource] ?? 0;
    if (used + request > capacity) return insufficient(resource, request, used, capacity);
  }
  return undefined;
}

function countOf(running: Runs): number {
  let count = 0;
  for (const run of running.values()) if (!run.finished) count++;
  return count;
}

function insufficient(
  resource: string,
  requested: number,
  used: number,
  capacity: number,
): Refusal {
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

function predicate(holds: boolean, name: string): Refusal | undefined {
  return holds ? undefined : { reason: name, message: `Predicate ${name} failed` };
}

/** nodeSelector alone: required node affinity is the scheduler's, and pods that bypass it rarely have any. */
function matchesNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {}))
    if (labels[key] !== value) return false;
  return true;
}

function portsFree(spec: PodSpec, running: Runs): boolean {
  const wanted = hostPortsOf(spec);
  if (wanted.length === 0) return true;
  for (const { finished, pod } of running.values()) {
    const used = finished || pod.spec === undefined ? [] : hostPortsOf(pod.spec);
    if (wanted.some((port) => used.some((other) => portsClash(port, other)))) return false;
  }
  return true;
}

function toleratesNoExecute({ spec }: Pod, node: Node): boolean {
  return (node.spec?.taints ?? [])
    .filter(({ effect }) => effect === "NoExecute")
    .every((taint) => spec?.tolerations?.some((toleration) => tolerates(toleration, taint)));
}
