import { describe, expect, it } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { metrics } from "../../sim/scenario/metrics/registry.ts";

const GPU = "alibabacloud.com/gpu-milli";

let seq = 0;
function change(time: number, before: object | undefined, after: object | undefined): JournalEntry {
  const { kind, metadata } = (after ?? before) as Pod;
  return {
    kind: "change",
    collection: kind,
    key: metadata.name,
    revision: ++seq,
    before,
    after,
    seq,
    time: time * SECOND,
    actor: "test",
    cause: 0,
  } as JournalEntry;
}

const node = (name: string, gpus: number) => ({
  kind: "Node",
  metadata: { name },
  status: { allocatable: { cpu: "8", memory: "16Gi", [GPU]: String(gpus * 1000) } },
});
const pod = (name: string, nodeName: string, gpus: number, more: object = {}) => ({
  kind: "Pod",
  metadata: { name, uid: name },
  spec: {
    nodeName,
    containers: [{ resources: { requests: { cpu: "1", [GPU]: String(gpus * 1000) } } }],
    ...more,
  },
});

/** What a metric says over time, as [from, value]. */
function levels(name: string, entries: readonly JournalEntry[]): unknown {
  const metric = metrics.find((one) => one.name === name);
  const collector = metric?.collect(() => true);
  for (const entry of entries) collector?.take(entry);
  return collector?.samples(100 * SECOND).map(({ time, value }) => [time / SECOND, value]);
}

describe("shares of what nodes offer", () => {
  it("count GPUs of nodes from when they come until they go", () => {
    const [a, b] = [node("a", 2), node("b", 2)];
    const [x, y] = [pod("x", "a", 1), pod("y", "b", 2)];
    const entries = [
      change(0, undefined, a),
      change(10, undefined, x),
      change(20, undefined, b),
      change(30, undefined, y),
      change(40, b, undefined),
      change(40, y, undefined),
      change(50, a, node("a", 4)),
      change(60, x, undefined),
    ];
    expect(levels("gpu_utilization", entries)).toEqual([
      [0, 0],
      [10, 1 / 2],
      [20, 1 / 4],
      [30, 3 / 4],
      [40, 1 / 2],
      [50, 1 / 4],
      [60, 0],
    ]);
  });

  it("say nothing of GPUs where there are none", () => {
    expect(levels("gpu_utilization", [change(0, undefined, node("a", 0))])).toEqual([]);
  });

  it("count what a pod requests as a whole before what its containers do", () => {
    const entries = [
      change(0, undefined, node("a", 0)),
      change(10, undefined, pod("x", "a", 0, { resources: { requests: { cpu: "4" } } })),
    ];
    expect(levels("utilization", entries)).toEqual([
      [0, 0],
      [10, 1 / 2],
    ]);
  });
});
