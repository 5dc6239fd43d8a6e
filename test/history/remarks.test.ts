import { describe, expect, it } from "vitest";
import { remarksOf } from "../../sim/history/remarks.ts";

/** A change of an object as the journal has it. */
const change = (
  collection: string,
  actor: string,
  before: object | undefined,
  after: object | undefined,
) =>
  ({
    kind: "change",
    seq: 1,
    time: 0,
    cause: 0,
    actor,
    collection,
    key: "default/web",
    before,
    after,
  }) as never;

const set = (replicas: number, ready = 0, revision = "a") => ({
  metadata: { name: "web", generation: 1 },
  spec: { replicas },
  status: {
    observedGeneration: 1,
    replicas: ready,
    readyReplicas: ready,
    updatedReplicas: ready,
    availableReplicas: ready,
    currentRevision: "a",
    updateRevision: revision,
  },
});
const pod = (deletionTimestamp?: string) => ({ metadata: { name: "web", deletionTimestamp } });
const told = (...given: Parameters<typeof change>): string[] =>
  remarksOf(change(...given)).map(({ subject, text }) => `${subject} ${text}`);

describe("what a change is worth telling", () => {
  it.each([
    ["Deployment", "deployment/web"],
    ["StatefulSet", "statefulset/web"],
  ])("a %s that an autoscaler scales, and not that the scenario does", (kind, subject) => {
    const hpa = "horizontal-pod-autoscaler-controller";
    expect(told(kind, hpa, set(2), set(5))).toEqual([`${subject} scaled from 2 to 5 by ${hpa}`]);
    expect(told(kind, "scenario", set(2), set(5))).toEqual([]);
  });

  it.each([
    [3, "all 3 replicas"],
    [1, "its one replica is"],
  ])("a workload of %d that is whole", (replicas, text) => {
    expect(told("Deployment", "x", set(replicas), set(replicas, replicas))).toEqual([
      `deployment/web ${text} available`,
    ]);
    expect(told("StatefulSet", "x", set(replicas), set(replicas, replicas))).toEqual([
      `statefulset/web ${text} ready`,
    ]);
    // Of an old revision it is not whole yet.
    expect(told("StatefulSet", "x", set(replicas), set(replicas, replicas, "b"))).toEqual([]);
  });

  it.each([
    ["scheduler/preemption", "is asked to stop to make room for a pod of higher priority"],
    ["taint-eviction-controller", "is asked to stop, evicted from its tainted node"],
    ["replicaset-controller", "is asked to stop"],
  ])("a pod that %s ends", (actor, text) => {
    expect(told("Pod", actor, pod(), pod("2026-01-01T00:00:30Z"))).toEqual([`pod/web ${text}`]);
  });
});
