import { describe, expect, it } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import type { QueuedPod } from "../../sim/scheduler/framework/plugin.ts";
import { SchedulingQueue } from "../../sim/scheduler/queue/scheduling-queue.ts";
import { pod } from "./builders.ts";

const byPriority = (a: QueuedPod, b: QueuedPod) =>
  (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);

/** A queue whose pods were each tried once at a time: refused by a plugin, or ended in an error. */
function tried(
  pods: readonly (readonly [name: string, at: number, priority: number, refusedBy?: string])[],
): SchedulingQueue {
  const queue = new SchedulingQueue(byPriority);
  for (const [name, at, priority, refusedBy] of pods) {
    queue.add(pod(name, { priority }), at, 0);
    const waiting = queue.pop()!;
    const plugins = refusedBy === undefined ? [] : [refusedBy];
    queue.returnRefused(waiting, waiting.pod, plugins, at, 0);
  }
  return queue;
}

const popped = (queue: SchedulingQueue): string[] => {
  const names: string[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) names.push(next.key);
  return names;
};

describe("pods that back off", () => {
  const FIT = "NodeResourcesFit";

  it("are taken early by priority where their back-off ends in the same second", () => {
    const queue = tried([
      ["early-low", 0.2 * SECOND, 0, FIT],
      ["late-high", 0.8 * SECOND, 10, FIT],
      ["next-second", 1.1 * SECOND, 100, FIT],
    ]);
    for (const name of ["early-low", "late-high", "next-second"])
      queue.release(`default/${name}`, 1.2 * SECOND, 0);
    expect(queue.active).toBe(0);
    expect(popped(queue)).toEqual([
      "default/late-high",
      "default/early-low",
      "default/next-second",
    ]);
  });

  it("are not held up by one that ended in an error, which waits its time", () => {
    const queue = tried([
      ["broken", 0, 100],
      ["refused", 0.5 * SECOND, 0, FIT],
    ]);
    queue.release("default/refused", SECOND, 0);
    expect(popped(queue)).toEqual(["default/refused"]);
    expect(queue.nextFlush()).toBe(2 * SECOND);
    queue.flush(2 * SECOND, 0);
    expect(popped(queue)).toEqual(["default/broken"]);
  });

  it("go on when the second is over in which their back-off ends", () => {
    const queue = tried([["refused", 0.3 * SECOND, 0, FIT]]);
    queue.release("default/refused", 1.9 * SECOND, 0);
    expect([queue.active, queue.nextFlush()]).toEqual([0, 2 * SECOND]);
    queue.flush(1.9 * SECOND, 0);
    expect(queue.active).toBe(0);
    queue.flush(2 * SECOND, 0);
    expect(queue.active).toBe(1);
  });

  it("are the same, in the same order, after a checkpoint", () => {
    const queue = tried([
      ["broken", 0, 1],
      ["a", 0.5 * SECOND, 0, FIT],
      ["b", 0.6 * SECOND, 5, FIT],
    ]);
    for (const name of ["a", "b"]) queue.release(`default/${name}`, SECOND, 0);
    const restored = new SchedulingQueue(byPriority);
    restored.load(structuredClone(queue.save()));
    expect(restored.save()).toEqual(queue.save());
    expect(popped(restored)).toEqual(popped(queue));
  });
});
