import { describe, expect, it } from "vitest";
import { podsLost } from "../../sim/scenario/metrics/counts.ts";

const pod = (phase: string, deletionTimestamp?: string) => ({
  metadata: { name: "a", ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
  status: { phase },
});

/** How many pods are lost in the life of one that is so at each of its changes; `undefined`: gone. */
function lost(...states: readonly (object | undefined)[]): number {
  const collector = podsLost.collect(() => true);
  states.forEach((after, at) => {
    const before = at === 0 ? undefined : states[at - 1];
    collector.take({
      kind: "change",
      collection: "Pod",
      seq: at,
      time: at,
      before,
      after,
    } as never);
  });
  return collector.samples(99).reduce((sum, { value }) => sum + value, 0);
}

describe("a pod is lost", () => {
  const runs = pod("Running");
  const stops = pod("Running", "2026-01-01T00:00:30Z");

  it.each([
    ["when its deletion is asked for", [runs, stops, undefined], 1],
    ["when it is gone without grace", [runs, undefined], 1],
    ["when it fails", [runs, pod("Failed")], 1],
    [
      "once when it fails and is deleted then",
      [runs, pod("Failed"), pod("Failed", "x"), undefined],
      1,
    ],
    ["once when it fails while it stops", [runs, stops, pod("Failed", "x"), undefined], 1],
    ["not when it ends well and is cleaned up", [runs, pod("Succeeded"), undefined], 0],
    ["not while it runs", [runs, runs], 0],
  ])("%s", (_, states, count) => {
    expect(lost(...states)).toBe(count);
  });
});
