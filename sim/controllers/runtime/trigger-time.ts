import { parseTimestamp, timestamp } from "../../api/meta/time.ts";
import type { Key } from "../../api/object.ts";
import type { Pod, Service } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { podCondition } from "./pods.ts";

/** Annotation that tells when what led to the newest endpoints happened. */
export const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

interface Seen {
  readonly service: Micros;
  readonly pods: Readonly<Record<string, Micros>>;
}

/**
 * The earliest of the changes since the last sync of a Service: its creation, or the readiness of a pod. `undefined` when
 * none is known, and then the annotation goes (upstream `TriggerTimeTracker`).
 */
export function triggerTime(
  memory: Map<string, unknown>,
  key: Key,
  service: Service,
  pods: readonly Pod[],
): string | undefined {
  const memoryKey = `trigger/${key}`;
  const seen = memory.get(memoryKey) as Seen | undefined;
  let earliest: Micros | undefined;
  const note = (time: Micros, before: Micros | undefined) => {
    if (before !== undefined && time <= before) return;
    if (earliest === undefined || time < earliest) earliest = time;
  };
  const times: Record<string, Micros> = {};
  for (const pod of pods) {
    const time = parseTimestamp(podCondition(pod, "Ready")?.lastTransitionTime);
    if (time === undefined) continue;
    times[pod.metadata.name] = time;
    note(time, seen?.pods[pod.metadata.name]);
  }
  const created = parseTimestamp(service.metadata.creationTimestamp) ?? 0;
  note(created, seen?.service);
  memory.set(memoryKey, { service: created, pods: times } satisfies Seen);
  return earliest === undefined ? undefined : timestamp(earliest);
}

/** Forgets a Service that is gone. */
export function forgetTriggers(memory: Map<string, unknown>, key: Key): void {
  memory.delete(`trigger/${key}`);
}
