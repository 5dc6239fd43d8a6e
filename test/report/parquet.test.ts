import { describe, expect, test } from "vitest";
import { runParquet } from "../../report/run-parquet.ts";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";

describe("a run as parquet", () => {
  test("is a Parquet file with a row a pod, the same for the same run", () => {
    const cluster = createCluster({
      seed: "1",
      nodes: [{ count: 1, name: "node-{i}", capacity: { cpu: "1", memory: "1Gi" } }],
    });
    for (const name of ["a", "b"]) {
      cluster.api.create("Pod", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default" },
        spec: { containers: [{ name: "main", image: "app:1" }] },
      } as never);
    }
    cluster.runUntil(20 * SECOND);
    const run = {
      title: "t",
      description: undefined,
      entries: cluster.engine.journal.entries,
      end: cluster.now,
    };
    const bytes = runParquet(run as never);
    const ascii = Buffer.from(bytes).toString("latin1");
    // The format's magic number stands at both ends.
    expect(ascii.slice(0, 4)).toBe("PAR1");
    expect(ascii.slice(-4)).toBe("PAR1");
    for (const word of ["default/a", "default/b", "node-1", "restarts"])
      expect(ascii).toContain(word);
    expect(runParquet(run as never)).toEqual(bytes);
  });
});
