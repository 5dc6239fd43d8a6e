import { describe, expect, it } from "vitest";
import { forbidden } from "../../../sim/api/api-error.ts";
import type {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from "../../../sim/api/types.gen.ts";
import { isReady } from "../../../sim/controllers/runtime/pods.ts";
import { statefulSetController } from "../../../sim/controllers/stateful-set.ts";
import { SmallCluster } from "../small-cluster.ts";

const template = (image: string) => ({
  metadata: { labels: { app: "db" } },
  spec: { containers: [{ name: "main", image }] },
});

const set = (spec: object) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db", namespace: "default" },
  spec: {
    serviceName: "db",
    replicas: 3,
    selector: { matchLabels: { app: "db" } },
    template: template("web:1"),
    ...spec,
  },
});

function cluster(spec: object = {}): SmallCluster {
  const run = new SmallCluster([statefulSetController]);
  run.create(set(spec));
  return run;
}

const change = (run: SmallCluster, spec: object) =>
  run.change<StatefulSet>("StatefulSet", "db", (set) => ({
    ...set,
    spec: { ...set.spec, ...spec },
  }));
const names = (run: SmallCluster) =>
  run
    .objects<Pod>("Pod")
    .map(({ metadata }) => metadata.name)
    .sort();
const images = (run: SmallCluster) =>
  Object.fromEntries(
    run.objects<Pod>("Pod").map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image]),
  );

describe("a StatefulSet", () => {
  it("makes one pod after the other, each when the one before is ready", () => {
    const run = cluster();
    const seen: number[] = [];
    for (let step = 0; step < 60; step++) {
      run.run(0.1);
      if (seen.at(-1) !== names(run).length) seen.push(names(run).length);
      const waiting = run.objects<Pod>("Pod").filter(({ status }) => status?.phase !== "Running");
      expect(waiting.length).toBeLessThanOrEqual(1);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(run.events("StatefulSet", "db")).toEqual([
      "SuccessfulCreate: Create Pod db-0 in StatefulSet db successful",
      "SuccessfulCreate: Create Pod db-1 in StatefulSet db successful",
      "SuccessfulCreate: Create Pod db-2 in StatefulSet db successful",
    ]);
  });

  it("makes all pods at once when it is parallel", () => {
    const run = cluster({ podManagementPolicy: "Parallel" });
    run.run(0.1);
    expect(names(run)).toEqual(["db-0", "db-1", "db-2"]);
  });

  it("starts its ordinals where it is told", () => {
    const run = cluster({ replicas: 2, ordinals: { start: 5 } });
    run.run(4);
    expect(names(run)).toEqual(["db-5", "db-6"]);
  });

  it("goes down in reverse order, one at a time", () => {
    const run = cluster();
    run.run(6);
    change(run, { replicas: 1 });
    run.run(0.5);
    const marked = run.objects<Pod>("Pod").filter(({ metadata }) => metadata.deletionTimestamp);
    expect(marked.map(({ metadata }) => metadata.name)).toEqual(["db-2"]);
    run.run(3);
    expect(names(run)).toEqual(["db-0"]);
  });

  it("updates from the highest ordinal down to the partition, and below it keeps the old revision", () => {
    const run = cluster({
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
    });
    run.run(6);
    change(run, { template: template("web:2") });
    run.run(8);
    expect(images(run)).toEqual({ "db-0": "web:1", "db-1": "web:2", "db-2": "web:2" });
    run.engine.as("test", 0, () => run.api.delete("Pod", "default/db-0"));
    run.run(4);
    expect(images(run)["db-0"]).toBe("web:1");
    const { currentRevision, updateRevision } =
      run.get<StatefulSet>("StatefulSet", "db").status ?? {};
    expect(currentRevision).not.toBe(updateRevision);
  });

  it("waits for a broken pod to be deleted by hand", () => {
    const run = cluster();
    run.run(6);
    run.pods.behave = (pod) =>
      pod.spec.containers[0]?.image === "bad" ? { startDelay: 1e12 } : {};
    change(run, { template: template("bad") });
    run.run(5);
    change(run, { template: template("web:3") });
    run.run(10);
    expect(images(run)["db-2"]).toBe("bad");
    run.engine.as("test", 0, () => run.api.delete("Pod", "default/db-2"));
    run.run(12);
    expect(new Set(Object.values(images(run)))).toEqual(new Set(["web:3"]));
  });

  it("leaves updates to whoever deletes its pods with OnDelete", () => {
    const run = cluster({ updateStrategy: { type: "OnDelete" } });
    run.run(6);
    change(run, { template: template("web:2") });
    run.run(3);
    expect(new Set(Object.values(images(run)))).toEqual(new Set(["web:1"]));
    run.engine.as("test", 0, () => run.api.delete("Pod", "default/db-1"));
    run.run(4);
    expect(images(run)).toEqual({ "db-0": "web:1", "db-1": "web:2", "db-2": "web:1" });
  });

  it("goes back to an equal revision instead of making another", () => {
    const run = cluster({ replicas: 1 });
    for (const image of ["web:2", "web:1"]) {
      run.run(4);
      change(run, { template: template(image) });
    }
    run.run(5);
    const revisions = run.objects<any>("ControllerRevision").map(({ revision }) => revision);
    expect(revisions.sort()).toEqual([2, 3]);
  });

  describe("with claims", () => {
    const claims = {
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    };
    const owners = (run: SmallCluster) =>
      Object.fromEntries(
        run
          .objects<PersistentVolumeClaim>("PersistentVolumeClaim")
          .map(({ metadata }) => [
            metadata.name,
            metadata.ownerReferences?.map(({ kind }) => kind) ?? [],
          ]),
      );

    it("makes one per pod and mounts it", () => {
      const run = cluster({ ...claims, replicas: 2 });
      run.run(4);
      expect(owners(run)).toEqual({ "data-db-0": [], "data-db-1": [] });
      const [pod] = run.objects<Pod>("Pod");
      expect(pod?.spec.volumes?.[0]).toEqual({
        name: "data",
        persistentVolumeClaim: { claimName: "data-db-0" },
      });
    });

    it.each([
      ["Retain", "Retain", [], []],
      ["Retain", "Delete", ["StatefulSet"], ["StatefulSet"]],
      ["Delete", "Retain", [], ["Pod"]],
      ["Delete", "Delete", ["StatefulSet"], ["Pod"]],
    ])(
      "whenScaled %s and whenDeleted %s: kept ones belong to %o, condemned ones to %o",
      (whenScaled, whenDeleted, kept, condemned) => {
        const policy = { persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted } };
        const run = cluster({ ...claims, ...policy, replicas: 2 });
        run.run(4);
        run.pods.behave = () => ({ stopDelay: 1e12 });
        change(run, { replicas: 1 });
        run.run(2);
        expect(owners(run)).toEqual({ "data-db-0": kept, "data-db-1": condemned });
      },
    );

    const claim = (run: SmallCluster) =>
      run.get<PersistentVolumeClaim>("PersistentVolumeClaim", "data-db-0");

    it("waits with a pod for a claim of its that is being deleted", () => {
      const run = cluster({ ...claims, replicas: 1 });
      run.run(4);
      run.change<PersistentVolumeClaim>("PersistentVolumeClaim", "data-db-0", (before) => ({
        ...before,
        metadata: { ...before.metadata, finalizers: ["kubernetes.io/pvc-protection"] },
      }));
      const remove = (kind: string, name: string) =>
        run.engine.as("test", 0, () => run.api.delete(kind, `default/${name}`));
      remove("PersistentVolumeClaim", "data-db-0");
      remove("Pod", "db-0");
      run.run(3);
      expect(names(run)).toEqual([]);
      expect(run.events("StatefulSet", "db").at(-1)).toBe(
        "FailedCreate: Create Pod db-0 in StatefulSet db failed error: pvc data-db-0 is being deleted",
      );
      const { uid } = claim(run).metadata;
      run.change<PersistentVolumeClaim>("PersistentVolumeClaim", "data-db-0", (before) => {
        const { finalizers: _, ...metadata } = before.metadata;
        return { ...before, metadata };
      });
      run.run(8);
      expect(names(run)).toEqual(["db-0"]);
      expect(claim(run).metadata.uid).not.toBe(uid);
    });

    it("tells of a claim that is refused, and of the pod that lacks it", () => {
      const run = new SmallCluster([statefulSetController]);
      const create = run.api.create.bind(run.api);
      run.api.create = ((kind: string, ...rest: never[]) => {
        if (kind !== "PersistentVolumeClaim") return (create as any)(kind, ...rest);
        throw forbidden(
          { group: "", plural: "persistentvolumeclaims" } as never,
          "data-db-0",
          "no",
        );
      }) as never;
      run.create(set({ ...claims, replicas: 1 }));
      run.run(0.004);
      const refusal = 'persistentvolumeclaims "data-db-0" is forbidden: no';
      expect(run.events("StatefulSet", "db").slice(0, 2)).toEqual([
        `FailedCreate: Create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: ${refusal}`,
        `FailedCreate: Create Pod db-0 in StatefulSet db failed error: failed to create PVC data-db-0: ${refusal}`,
      ]);
    });

    it.each([
      ["Retain", ["db-0"]],
      ["Delete", []],
    ])("whenScaled %s: a claim of a pod that is gone lets %o be made", (whenScaled, made) => {
      const run = new SmallCluster([statefulSetController]);
      run.create({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name: "data-db-0",
          namespace: "default",
          ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "db-0", uid: "gone" }],
        },
        spec: claims.volumeClaimTemplates[0]?.spec,
      });
      const policy = { persistentVolumeClaimRetentionPolicy: { whenScaled } };
      run.create(set({ ...claims, ...policy, replicas: 1 }));
      run.run(4);
      expect(names(run)).toEqual(made);
    });

    const backup = { apiVersion: "v1", kind: "ConfigMap", name: "backup", uid: "b" };
    const earlier = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "earlier" };
    it.each([
      ["another controller", { ...backup, controller: true }],
      ["an earlier StatefulSet of the name", { ...earlier, controller: true }],
    ])("leaves a claim to %s that has it", (_, owner) => {
      const run = cluster({ ...claims, replicas: 2 });
      run.run(4);
      run.change<PersistentVolumeClaim>("PersistentVolumeClaim", "data-db-0", (before) => ({
        ...before,
        metadata: { ...before.metadata, ownerReferences: [owner] },
      }));
      const whenDeleted = "Delete";
      change(run, { persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled: "Retain" } });
      run.run(4);
      expect(claim(run).metadata.ownerReferences).toEqual([owner]);
      expect(owners(run)["data-db-1"]).toEqual(["StatefulSet"]);
    });

    it("gives up a claim that another controller has, too, and tells of it", () => {
      const policy = { whenDeleted: "Delete", whenScaled: "Retain" };
      const run = cluster({
        ...claims,
        persistentVolumeClaimRetentionPolicy: policy,
        replicas: 1,
      });
      run.run(4);
      const other = { ...backup, controller: true };
      run.change<PersistentVolumeClaim>("PersistentVolumeClaim", "data-db-0", (before) => {
        const [own] = before.metadata.ownerReferences ?? [];
        const references = [{ ...own, controller: false }, other] as (typeof own)[];
        return {
          ...before,
          metadata: { ...before.metadata, ownerReferences: references as never },
        };
      });
      change(run, { replicas: 2 });
      run.run(4);
      expect(claim(run).metadata.ownerReferences).toEqual([other]);
      expect(run.events("StatefulSet", "db")).toContain(
        "ConflictingController: PersistentVolumeClaim data-db-0 has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim",
      );
    });

    it("tells of pods whose claims come under another policy", () => {
      const run = cluster({ ...claims, replicas: 1 });
      run.run(4);
      const whenDeleted = "Delete";
      change(run, { persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled: "Retain" } });
      run.run(1);
      expect(owners(run)).toEqual({ "data-db-0": ["StatefulSet"] });
      expect(run.events("StatefulSet", "db").at(-1)).toBe(
        "SuccessfulUpdate: Update Pod db-0 in StatefulSet db successful",
      );
    });
  });

  it("gives a pod that it adopts its identity", () => {
    const run = cluster({ replicas: 1 });
    run.run(3);
    run.change<Pod>("Pod", "db-0", ({ metadata: { ownerReferences: _, ...metadata }, ...pod }) => ({
      ...pod,
      metadata: { ...metadata, labels: { app: "db" } },
    }));
    run.run(1);
    expect(run.get<Pod>("Pod", "db-0").metadata).toMatchObject({
      ownerReferences: [{ kind: "StatefulSet" }],
      labels: {
        "apps.kubernetes.io/pod-index": "0",
        "statefulset.kubernetes.io/pod-name": "db-0",
      },
    });
    expect(run.events("StatefulSet", "db")).toContain(
      "SuccessfulUpdate: Update Pod db-0 in StatefulSet db successful",
    );
  });

  it("counts a pod as available as long after it became ready as it must stay so", () => {
    const run = cluster({ replicas: 1, minReadySeconds: 3 });
    const available = () => run.get<StatefulSet>("StatefulSet", "db").status?.availableReplicas;
    run.run(0.1);
    for (let step = 0; step < 50 && !isReady(run.get<Pod>("Pod", "db-0")); step++) run.run(0.1);
    run.run(1.9);
    expect(available()).toBe(0);
    run.run(1.2);
    expect(available()).toBe(1);
  });

  it("keeps the revision it went back to longer than one that is newer by its making alone", () => {
    const run = cluster({ replicas: 1, revisionHistoryLimit: 1 });
    run.run(4);
    for (const image of ["web:2", "web:1", "web:3"]) {
      change(run, { template: template(image) });
      run.run(8);
    }
    const kept = run.objects<ControllerRevision>("ControllerRevision");
    const imageOf = ({ data }: ControllerRevision) =>
      (data as any).spec.template.spec.containers[0].image;
    expect(kept.map((one) => [one.revision, imageOf(one)]).sort()).toEqual([
      [3, "web:1"],
      [4, "web:3"],
    ]);
  });
});
