import { parseTimestamp, timestamp } from "../../api/meta/time.ts";
import type { Key } from "../../api/object.ts";
import type { Pod, Service } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { podCondition } from "./pods.ts";

/** Annotation that tells when what led to the newest endpoints happened. */
export const TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time";

interface Seen {
  readonly service: Micros;
  /** Names of the pods, in the order in which the cache has them, and when each became ready or unready. */
  readonly names: readonly string[];
  readonly times: readonly Micros[];
}

const changedAt = new WeakMap<Pod, Micros | undefined>();

function readinessTime(pod: Pod): Micros | undefined {
  if (changedAt.has(pod)) return changedAt.get(pod);
  const time = parseTimestamp(podCondition(pod, "Ready")?.lastTransitionTime);
  changedAt.set(pod, time);
  return time;
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
  const names: string[] = [];
  const times: Micros[] = [];
  let earliest: Micros | undefined;
  const before = lookUp(seen);
  for (const pod of pods) {
    const time = readinessTime(pod);
    if (time === undefined) continue;
    const { name } = pod.metadata;
    names.push(name);
    times.push(time);
    const known = before(name);
    if (known === undefined || time > known) earliest = Math.min(earliest ?? time, time);
  }
  const created = parseTimestamp(service.metadata.creationTimestamp) ?? 0;
  if (seen === undefined || created > seen.service)
    earliest = Math.min(earliest ?? created, created);
  memory.set(memoryKey, { service: created, names, times } satisfies Seen);
  return earliest === undefined ? undefined : timestamp(earliest);
}

/** Times by name, asked for in nearly the order in which they are written down: mostly the next one is meant. */
function lookUp(seen: Seen | undefined): (name: string) => Micros | undefined {
  if (seen === undefined) return () => undefined;
  const { names, times } = seen;
  let next = 0;
  return (name) => {
    const at = names[next] === name ? next : names.indexOf(name, next);
    if (at < 0) return undefined;
    next = at + 1;
    return times[at];
  };
}

/** Forgets a Service that is gone. */
export function forgetTriggers(memory: Map<string, unknown>, key: Key): void {
  memory.delete(`trigger/${key}`);
}
