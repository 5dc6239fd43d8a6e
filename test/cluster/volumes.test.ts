import { describe, expect, test } from "vitest";
import type {
  Event as CoreEvent,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from "../../sim/api/types.gen.ts";
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

describe("pods that want volumes at the same time", () => {
  const cluster = (args: object = {}) => {
    const running = createCluster({
      seed: "1",
      nodes: [{ count: 2, name: "node-{i}", capacity: { cpu: "2", memory: "2Gi" } }],
      scheduler: { profiles: [{ pluginConfig: [{ name: "VolumeBinding", args }] }] },
    });
    const { api } = running;
    api.create("StorageClass", {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "local" },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    } as never);
    const spec = { accessModes: ["ReadWriteOnce"], storageClassName: "local" };
    api.create("PersistentVolume", {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "only" },
      spec: { ...spec, capacity: { storage: "2Gi" }, hostPath: { path: "/data" } },
    } as never);
    for (const name of ["a", "b"])
      api.create("PersistentVolumeClaim", {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name, namespace: "default" },
        spec: { ...spec, resources: { requests: { storage: "1Gi" } } },
      } as never);
    running.runUntil(30 * SECOND);
    return running;
  };
  type Running = ReturnType<typeof cluster>;
  const submit = ({ api }: Running, name: string, claimName = name) =>
    api.create("Pod", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default" },
      spec: {
        containers: [{ name: "main", image: "db:1" }],
        volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
      },
    } as never);
  const podOf = ({ api }: Running, name: string): Pod => api.get("Pod", `default/${name}`);
  const messages = ({ store }: Running) =>
    [...store.objects("Event").values()].map((event) => (event as unknown as CoreEvent).message);
  const why = (pod: Pod) =>
    pod.status?.conditions?.find(({ type }) => type === "PodScheduled")?.message;

  test("get one each: the only one goes to the first, the second waits for another", () => {
    const running = cluster();
    submit(running, "a");
    submit(running, "b");
    running.runUntil(31 * SECOND);
    expect(why(podOf(running, "b"))).toContain(
      "2 node(s) didn't find available persistent volumes to bind",
    );
    running.runUntil(60 * SECOND);
    expect(podOf(running, "a").status?.phase).toBe("Running");
    const volume: PersistentVolume = running.api.get("PersistentVolume", "only");
    expect(volume.spec.claimRef?.name).toBe("a");
    const other: PersistentVolumeClaim = running.api.get("PersistentVolumeClaim", "default/b");
    expect(other.metadata.annotations?.["volume.kubernetes.io/selected-node"]).toBeUndefined();
  });

  test("fail when the volume is given away before theirs is bound, and try again", () => {
    const running = cluster();
    const { api } = running;
    submit(running, "a");
    while (running.scheduler.save().assumed.length === 0)
      running.runUntil(running.engine.now + 1000);
    const volume: PersistentVolume = api.get("PersistentVolume", "only");
    const claimRef = { kind: "PersistentVolumeClaim", namespace: "default", name: "b" };
    api.update("PersistentVolume", { ...volume, spec: { ...volume.spec, claimRef } } as never);
    running.runUntil(running.engine.now + SECOND);
    const events = messages(running);
    expect(events).toContain(
      'running PreBind plugin "VolumeBinding": Operation cannot be fulfilled on persistentvolumes "only": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test("wait as long as the plugin is told to", () => {
    const running = cluster({ bindTimeoutSeconds: 20 });
    const { api } = running;
    running.controllers.get("persistentvolume-binder-controller")?.crash(undefined);
    submit(running, "a");
    running.runUntil(60 * SECOND);
    const events = messages(running);
    expect(events).toContain(
      'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
    );
    expect(api.get<Pod>("Pod", "default/a").spec.nodeName).toBeUndefined();
  });
});
