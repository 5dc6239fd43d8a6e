import { describe, expect, test } from "vitest";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../sim/api/types.gen.ts";
import { createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";

describe("a claim that waits for its first consumer", () => {
  test.each([
    ["provisioned for the node of its pod", false],
    ["bound to a volume that is there already", true],
  ])("is %s before the pod is bound", (_, prepared) => {
    const cluster = createCluster({
      seed: "1",
      nodes: [{ count: 2, name: "node-{i}", capacity: { cpu: "2", memory: "2Gi" } }],
    });
    const { api, store } = cluster;
    api.create("StorageClass", {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "late" },
      provisioner: "example.com/disk",
      volumeBindingMode: "WaitForFirstConsumer",
    } as never);
    const spec = { accessModes: ["ReadWriteOnce"], storageClassName: "late" };
    if (prepared) {
      const volume = { ...spec, capacity: { storage: "2Gi" }, hostPath: { path: "/data" } };
      api.create("PersistentVolume", {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "ready-made" },
        spec: volume,
      } as never);
    }
    api.create("PersistentVolumeClaim", {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: "default" },
      spec: { ...spec, resources: { requests: { storage: "1Gi" } } },
    } as never);
    cluster.runUntil(30 * SECOND);
    const claim = (): PersistentVolumeClaim => api.get("PersistentVolumeClaim", "default/data");
    expect(claim().status?.phase).toBe("Pending");
    api.create("Pod", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "db", namespace: "default" },
      spec: {
        containers: [
          { name: "main", image: "db:1", volumeMounts: [{ name: "data", mountPath: "/data" }] },
        ],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      },
    } as never);
    let bound = false;
    store.onCommit(({ kind, after }) => {
      if (kind !== "Pod" || bound || !(after as Pod).spec.nodeName) return;
      bound = true;
      expect(claim().status?.phase).toBe("Bound");
    });
    cluster.runUntil(90 * SECOND);
    expect(bound).toBe(true);
    const pod: Pod = api.get("Pod", "default/db");
    expect(pod.status?.phase).toBe("Running");
    const volume: PersistentVolume = api.get("PersistentVolume", claim().spec?.volumeName ?? "");
    expect(volume.metadata.name === "ready-made").toBe(prepared);
    if (!prepared) {
      expect(claim().metadata.annotations?.["volume.kubernetes.io/selected-node"]).toBe(
        pod.spec.nodeName,
      );
    }
  });
});
