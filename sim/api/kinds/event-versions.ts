import type { KubeObject } from "../object.ts";

type Members = Readonly<Record<string, unknown>>;

/** Members that are called differently in events.k8s.io/v1: [core/v1, events.k8s.io/v1]. */
const RENAMED: readonly (readonly [string, string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["reportingComponent", "reportingController"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
];

/** events.k8s.io/v1 → core/v1, in which events are stored. */
export function eventFromNew(object: KubeObject): KubeObject {
  return renamed(object, "v1", (pair) => [pair[1], pair[0]]);
}

/** core/v1 → events.k8s.io/v1. */
export function eventToNew(object: KubeObject): KubeObject {
  return renamed(object, "events.k8s.io/v1", (pair) => pair);
}

function renamed(
  object: KubeObject,
  apiVersion: string,
  direction: (pair: readonly [string, string]) => readonly [string, string],
): KubeObject {
  const result: Record<string, unknown> = { ...(object as unknown as Members), apiVersion };
  for (const pair of RENAMED) {
    const [from, to] = direction(pair);
    if (result[from] === undefined) continue;
    result[to] = result[from];
    delete result[from];
  }
  return result as unknown as KubeObject;
}
