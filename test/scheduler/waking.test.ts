import { describe, expect, it } from "vitest";
import type { Pod } from "../../sim/api/types.gen.ts";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { pod } from "./builders.ts";

const HOST = "kubernetes.io/hostname";

describe("a running scheduler", () => {
  it("wakes a pod that waits for company when its friend has been bound", () => {
    const running = createCluster({
      seed: "company",
      pace: "fast",
      nodes: [{ count: 2, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi", pods: "110" } }],
    });
    const create = ({ metadata: { uid: _, ...metadata }, spec }: Pod) =>
      running.engine.as("test", 0, () =>
        running.api.create("Pod", { apiVersion: "v1", kind: "Pod", metadata, spec } as never),
      );
    const nodeOf = (name: string) =>
      (running.store.get("Pod", `default/${name}`) as Pod | undefined)?.spec.nodeName;
    const term = { labelSelector: { matchLabels: { app: "db" } }, topologyKey: HOST };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    create(pod("web", { spec: { affinity } }));
    running.runUntil(20 * SECOND);
    expect(nodeOf("web")).toBeUndefined();
    create(pod("db", { labels: { app: "db" } }));
    running.runUntil(40 * SECOND);
    expect(nodeOf("web")).toBe(nodeOf("db"));
    expect(nodeOf("web")).toBeDefined();
  });
});
