import type { Client } from "../../api/client.ts";
import type { EventRecorder } from "../../api/event-recorder.ts";
import { findCondition, withPodCondition } from "../../api/meta/conditions.ts";
import { parseTimestamp, timestamp } from "../../api/meta/time.ts";
import { keyOf } from "../../api/object.ts";
import type { Node, NodeCondition, Pod } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { HeartbeatReader } from "../runtime/services.ts";

/** `--node-monitor-grace-period`, since 1.32. */
const GRACE: Micros = 50 * SECOND;
/** `--node-startup-grace-period`: for nodes whose agent never posted a status. */
const STARTUP_GRACE: Micros = 60 * SECOND;
/** Conditions of an agent; all become Unknown with it. NetworkUnavailable is somebody else's. */
const AGENT_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/** What is remembered of a node: when a sign of life was last noticed, and the heartbeat its status then had. */
export interface Sighting {
  readonly uid: string;
  readonly probe: Micros;
  readonly heartbeat: string;
}

/** Status of a node's Ready condition; `undefined` while nobody ever posted one. */
export function readyStatus(node: Node): string | undefined {
  return findCondition(node.status?.conditions, "Ready")?.status;
}

/** Takes in what a node's status says of its life; what nobody has seen before counts as a sign of life now. */
export function sight(node: Node, before: Sighting | undefined, now: Micros): Sighting {
  const ready = findCondition(node.status?.conditions, "Ready");
  const { uid, creationTimestamp } = node.metadata;
  if (ready === undefined) {
    if (before !== undefined) return before;
    return { uid, probe: parseTimestamp(creationTimestamp) ?? now, heartbeat: "" };
  }
  const heartbeat = `${ready.status} ${ready.lastHeartbeatTime ?? ""}`;
  if (before?.heartbeat === heartbeat) return before;
  // What this controller wrote itself is no sign of life.
  const own = before !== undefined && ready.status === "Unknown";
  return { uid, probe: own ? before.probe : now, heartbeat };
}

/**
 * When a node will have been silent for longer than its grace period; `undefined` while its heart beats or when it
 * is known to be silent. `seenAt` turns the time of a renewal into that of the check that notices it.
 */
export function silentFrom(
  node: Node,
  sighting: Sighting,
  heartbeats: HeartbeatReader,
  seenAt: (renewal: Micros) => Micros,
  now: Micros,
): Micros | undefined {
  const status = readyStatus(node);
  if (status === "Unknown") return undefined;
  const { name } = node.metadata;
  const beatsOn = (heartbeats.lastRenewal(name, now + GRACE) ?? 0) > now;
  if (beatsOn) return undefined;
  const renewal = heartbeats.lastRenewal(name, now);
  const probe = renewal === undefined ? sighting.probe : Math.max(sighting.probe, seenAt(renewal));
  return probe + (status === undefined ? STARTUP_GRACE : GRACE);
}

/** The conditions of a node whose agent is silent. */
function silentConditions(node: Node, now: Micros): readonly NodeCondition[] {
  const conditions = [...(node.status?.conditions ?? [])];
  for (const type of AGENT_CONDITIONS) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const before = conditions[at];
    if (before === undefined) {
      conditions.push({
        type,
        status: "Unknown",
        reason: "NodeStatusNeverUpdated",
        message: "Kubelet never posted node status.",
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: timestamp(now),
      });
    } else if (before.status !== "Unknown") {
      conditions[at] = {
        ...before,
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
        lastTransitionTime: timestamp(now),
      };
    }
  }
  return conditions;
}

/** Writes that a node's agent is silent; answers the node as it is then. */
export function markSilent(client: Client, seen: Node, now: Micros): Node {
  const node = client.live("Node", seen.metadata.name);
  if (node === undefined || readyStatus(node) !== readyStatus(seen)) return node ?? seen;
  const status = { ...node.status, conditions: silentConditions(node, now) };
  return client.updateStatus("Node", { ...node, status });
}

/** Marks the ready pods of a silent node as not ready, so that services leave them. */
export function markPodsNotReady(
  client: Client,
  record: EventRecorder,
  node: string,
  now: Micros,
): void {
  for (const seen of [...client.indexed("Pod", "node", node)]) {
    if (!isReady(seen)) continue;
    const pod = client.live("Pod", keyOf(seen));
    const ready = findCondition(pod?.status?.conditions, "Ready");
    if (pod === undefined || ready === undefined || !isReady(pod)) continue;
    const { lastTransitionTime: _, ...condition } = ready;
    const status = withPodCondition(pod.status ?? {}, { ...condition, status: "False" }, now);
    client.updateStatus("Pod", { ...pod, status });
    record.event(pod, "Warning", "NodeNotReady", "Node is not ready");
  }
}

function isReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, "Ready")?.status === "True";
}
