import { describe, expect, test } from "vitest";
import type { Manifest } from "../../sim/api/object.ts";
import { createCluster } from "../../sim/cluster.ts";
import { MINUTE, SECOND } from "../../sim/engine/time.ts";

/** Freezes a value to its leaves; what is frozen already was frozen whole. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const item of Object.values(value)) freeze(item);
}

const workloads: readonly (readonly [string, Manifest])[] = [
  [
    "Deployment",
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "default" },
      spec: {
        replicas: 4,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "main", image: "web:1" }] },
        },
      },
    },
  ],
  [
    "StatefulSet",
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "db", namespace: "default" },
      spec: {
        replicas: 2,
        serviceName: "db",
        selector: { matchLabels: { app: "db" } },
        template: {
          metadata: { labels: { app: "db" } },
          spec: { containers: [{ name: "main", image: "db:1" }] },
        },
      },
    },
  ],
  [
    "Job",
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "sum", namespace: "default" },
      spec: {
        completions: 3,
        parallelism: 2,
        template: {
          spec: { restartPolicy: "Never", containers: [{ name: "main", image: "sum:1" }] },
        },
      },
    },
  ],
  [
    "Service",
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    },
  ],
];

describe("stored objects", () => {
  test("nobody changes an object in place: a run over frozen objects ends like any other", () => {
    const digests = [false, true].map((frozen) => {
      const cluster = createCluster({
        seed: "ice",
        nodes: [{ count: 3, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi" } }],
      });
      if (frozen) cluster.store.onCommit(({ after }) => freeze(after));
      cluster.runUntil(SECOND);
      for (const [kind, manifest] of workloads) cluster.api.create(kind, manifest);
      cluster.runUntil(30 * SECOND);
      cluster.nodes.crash("node-2");
      cluster.api.delete("StatefulSet", "default/db", { propagationPolicy: "Foreground" });
      cluster.runUntil(7 * MINUTE);
      return cluster.engine.journal.digest();
    });
    expect(digests[0]).toBe(digests[1]);
  });
});
