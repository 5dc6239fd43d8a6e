import type { Client } from "../api/client.ts";
import { findCondition, withPodCondition } from "../api/meta/conditions.ts";
import { type KubeObject, keyOf } from "../api/object.ts";
import { Part } from "../api/object-parts.ts";
import { byNode } from "../api/object-set.ts";
import type { Node, Pod } from "../api/types.gen.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";

/** Upstream `gcCheckPeriod`: the loop runs on a grid of this step from the controller's start. */
const PERIOD: Micros = 20 * SECOND;
/** Upstream `quarantineTime`: how long a node must be known to be missing. */
const QUARANTINE: Micros = 40 * SECOND;
/** `--terminated-pod-gc-threshold`. */
const TERMINATED_LIMIT = 12_500;
const SWEEP = "/sweep";
const STATE = "sweep";
const MISSING = "missing/";
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

interface SweepState {
  readonly start: Micros;
  readonly lastSweep: Micros | undefined;
}

/**
 * Removes pods that nobody else would: of nodes that are gone, terminating ones without a node, those of nodes out of
 * service, and the oldest ended ones beyond 12,500. Upstream looks every 20 s; here it looks at those instants of the
 * grid at which there may be something.
 */
export function podGarbageCollector(): Controller {
  return {
    name: "pod-garbage-collector-controller",
    for: "Pod",
    startKey: SWEEP,
    concerns: () => false,
    watches: [
      {
        kind: "Pod",
        parts: Part.spec | Part.status | Part.deletion,
        keys: (after, before, client) => (podMatters(after, before, client) ? [SWEEP] : NONE),
      },
      { kind: "Node", keys: (after, before) => (nodeMatters(after, before) ? [SWEEP] : []) },
    ],
    indexes: [
      { kind: "Pod", name: "node", keys: byNode },
      {
        kind: "Pod",
        name: "pod-gc",
        keys: { keys: sweepKeys, parts: Part.spec | Part.status | Part.deletion },
      },
    ],
    reconcile: (_key, context) => sweepOnGrid(context),
  };
}

const NONE: readonly string[] = [];
const ENDED = ["ended"];
const TERMINATING = ["terminating"];
const UNSCHEDULED = ["unscheduled"];
const ENDED_TERMINATING = [...ENDED, ...TERMINATING];
const ENDED_UNSCHEDULED = [...ENDED, ...UNSCHEDULED];

/** Ended pods, and terminating ones by whether they have a node. */
function sweepKeys(object: KubeObject): readonly string[] {
  const { metadata, spec, status } = object as Pod;
  const ended = hasEnded(status?.phase);
  if (metadata.deletionTimestamp === undefined) return ended ? ENDED : NONE;
  if (spec?.nodeName) return ended ? ENDED_TERMINATING : TERMINATING;
  return ended ? ENDED_UNSCHEDULED : UNSCHEDULED;
}

function hasEnded(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** A pod that is or came where it may have to be removed. */
function podMatters(
  after: KubeObject | undefined,
  before: KubeObject | undefined,
  client: Client,
): boolean {
  if (after === undefined) return false;
  const [pod, old] = [after as Pod, before as Pod | undefined];
  const node = pod.spec?.nodeName ?? "";
  if (node !== "" && old?.spec?.nodeName !== node && client.get("Node", node) === undefined)
    return true;
  if (pod.metadata.deletionTimestamp !== undefined && old?.metadata.deletionTimestamp === undefined)
    return node === "" || isOutOfService(client.get("Node", node));
  const ended = hasEnded(pod.status?.phase) && !hasEnded(old?.status?.phase);
  return ended && countEnded(client) > TERMINATED_LIMIT;
}

function countEnded(client: Client): number {
  return client.count("Pod", "pod-gc", "ended");
}

function nodeMatters(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  if (after === undefined) return true;
  const [now, then] = [after as Node, before as Node | undefined];
  return isOutOfService(now) && !(then !== undefined && isOutOfService(then));
}

/** Not ready, and declared out of service by hand. */
function isOutOfService(node: Node | undefined): boolean {
  return (
    node !== undefined &&
    findCondition(node.status?.conditions, "Ready")?.status !== "True" &&
    (node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false)
  );
}

function sweepOnGrid(context: ReconcileContext): { requeueAfter: Micros } | undefined {
  const { memory, now } = context;
  const { start, lastSweep } = (memory.get(STATE) as SweepState | undefined) ?? {
    start: now,
    lastSweep: undefined,
  };
  const due = start + Math.ceil((now - start) / PERIOD) * PERIOD;
  const next = due === lastSweep ? due + PERIOD : due;
  memory.set(STATE, { start, lastSweep });
  if (now < next) return { requeueAfter: next - now };
  sweep(context);
  memory.set(STATE, { start, lastSweep: now });
  return [...memory.keys()].some((key) => key.startsWith(MISSING))
    ? { requeueAfter: PERIOD }
    : undefined;
}

function sweep(context: ReconcileContext): void {
  const { client } = context;
  removeEnded(client);
  for (const pod of [...client.indexed("Pod", "pod-gc", "terminating")])
    if (isOutOfService(client.get("Node", pod.spec?.nodeName ?? ""))) remove(context, pod);
  removeOrphans(context);
  for (const pod of [...client.indexed("Pod", "pod-gc", "unscheduled")]) remove(context, pod);
}

/** Oldest first, evicted ones before all. */
function removeEnded(client: Client): void {
  const excess = countEnded(client) - TERMINATED_LIMIT;
  if (excess <= 0) return;
  const rank = ({ status, metadata }: Pod): string =>
    `${status?.reason === "Evicted" ? 0 : 1} ${metadata.creationTimestamp} ${metadata.name}`;
  const ended = [...client.indexed("Pod", "pod-gc", "ended")].sort((a, b) =>
    rank(a) < rank(b) ? -1 : 1,
  );
  for (const pod of ended.slice(0, excess))
    client.delete("Pod", keyOf(pod), { gracePeriodSeconds: 0 });
}

/** Removes the pods of nodes that have been missing for the quarantine, and remembers newly missing ones. */
function removeOrphans(context: ReconcileContext): void {
  const { client, memory, now } = context;
  const orphans = new Map<string, Pod[]>();
  for (const pod of client.list("Pod")) {
    const node = pod.spec?.nodeName ?? "";
    if (node === "" || client.get("Node", node) !== undefined) continue;
    const pods = orphans.get(node);
    if (pods === undefined) orphans.set(node, [pod]);
    else pods.push(pod);
  }
  for (const key of [...memory.keys()])
    if (key.startsWith(MISSING) && !orphans.has(key.slice(MISSING.length))) memory.delete(key);
  for (const [node, pods] of orphans) {
    const since = memory.get(MISSING + node) as Micros | undefined;
    if (since === undefined) memory.set(MISSING + node, now);
    else if (now - since >= QUARANTINE && client.live("Node", node) === undefined) {
      for (const pod of pods)
        remove(context, pod, "DeletionByPodGC", "PodGC: node no longer exists");
      memory.delete(MISSING + node);
    }
  }
}

/** Fails a pod that has not ended, with a reason for its disruption where there is one, and removes it at once. */
function remove({ client, now }: ReconcileContext, seen: Pod, reason?: string, message = ""): void {
  const key = keyOf(seen);
  const pod = client.live("Pod", key);
  if (pod === undefined || pod.metadata.uid !== seen.metadata.uid) return;
  if (!hasEnded(pod.status?.phase)) {
    const { generation } = pod.metadata;
    const failed = { ...pod.status, phase: "Failed" };
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      reason: reason ?? "",
      message,
    };
    const status = reason === undefined ? failed : withPodCondition(failed, condition, now);
    client.updateStatus("Pod", { ...pod, status });
  }
  client.delete("Pod", key, { gracePeriodSeconds: 0 });
}
