import { describe, expect, it } from "vitest";
import { persistentVolumeBinder } from "../../../sim/controllers/persistent-volume-binder.ts";
import { claimProtection, volumeProtection } from "../../../sim/controllers/protection.ts";
import { volumeProvisioner } from "../../../sim/controllers/volume-provisioner.ts";
import { ControlPlane, podOn, postPod } from "../control-plane.ts";

function planeWith(): ControlPlane {
  return new ControlPlane(
    persistentVolumeBinder,
    volumeProvisioner,
    claimProtection,
    volumeProtection,
  );
}

function volume(plane: ControlPlane, name: string, storage: string, spec: object = {}): void {
  plane.create("PersistentVolume", {
    metadata: { name, finalizers: ["kubernetes.io/pv-protection"] },
    spec: {
      storageClassName: "manual",
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: "/d" },
      ...spec,
    },
  });
}

function claim(plane: ControlPlane, name: string, storage: string, spec: object = {}): void {
  plane.create("PersistentVolumeClaim", {
    metadata: { name, namespace: "default", finalizers: ["kubernetes.io/pvc-protection"] },
    spec: {
      storageClassName: "manual",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
      ...spec,
    },
  });
}

function storageClass(plane: ControlPlane, more: object = {}): void {
  plane.create("StorageClass", {
    metadata: { name: "fast" },
    provisioner: "disk.example",
    reclaimPolicy: "Delete",
    ...more,
  });
}

function phase(plane: ControlPlane, name: string): string {
  return plane.get("PersistentVolumeClaim", `default/${name}`)?.status?.phase;
}

describe("the persistent volume binder", () => {
  it("binds a claim to the smallest volume that is large enough, in four writes", () => {
    const plane = planeWith();
    volume(plane, "large", "10Gi");
    volume(plane, "small", "2Gi");
    volume(plane, "tiny", "1Mi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    const { spec, status, metadata } = plane.get("PersistentVolumeClaim", "default/data");
    expect(spec.volumeName).toBe("small");
    expect(status).toEqual({
      phase: "Bound",
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "2Gi" },
    });
    expect(metadata.annotations).toEqual({
      "pv.kubernetes.io/bind-completed": "yes",
      "pv.kubernetes.io/bound-by-controller": "yes",
    });
    const bound = plane.get("PersistentVolume", "small");
    expect(bound.status.phase).toBe("Bound");
    expect(bound.spec.claimRef).toMatchObject({
      kind: "PersistentVolumeClaim",
      namespace: "default",
      name: "data",
      uid: metadata.uid,
    });
    expect(plane.get("PersistentVolume", "large").status.phase).toBe("Available");
  });

  it.each([
    ["a larger request", "20Gi", {}],
    ["another access mode", "1Gi", { accessModes: ["ReadWriteMany"] }],
    ["another volume mode", "1Gi", { volumeMode: "Block" }],
    ["a selector", "1Gi", { selector: { matchLabels: { a: "b" } } }],
  ])("does not bind a claim with %s", (_, storage, spec) => {
    const plane = planeWith();
    volume(plane, "large", "10Gi");
    plane.at(1);
    claim(plane, "data", storage, spec);
    expect(phase(plane.at(40), "data")).toBe("Pending");
  });

  it("says why a claim without class waits, and binds it when a volume came, at the next resync", () => {
    const plane = planeWith();
    claim(plane, "data", "1Gi", { storageClassName: "" });
    plane.at(17);
    expect(plane.events()).toEqual([
      "FailedBinding no persistent volumes available for this claim and no storage class is set",
    ]);
    volume(plane, "late", "1Gi", { storageClassName: "" });
    expect(phase(plane.at(29), "data")).toBe("Pending");
    expect(phase(plane.at(30.1), "data")).toBe("Bound");
  });

  it("waits for a consumer where the class says so", () => {
    const plane = planeWith();
    storageClass(plane, { volumeBindingMode: "WaitForFirstConsumer" });
    claim(plane, "data", "1Gi", { storageClassName: "fast" });
    plane.at(1);
    expect(plane.events()).toEqual([
      "WaitForFirstConsumer waiting for first consumer to be created before binding",
    ]);
    plane.edit("PersistentVolumeClaim", "default/data", (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { "volume.kubernetes.io/selected-node": "n1" } },
    }));
    expect(phase(plane.at(4), "data")).toBe("Bound");
  });

  it("has a volume provisioned, and deleted with its claim", () => {
    const plane = planeWith();
    storageClass(plane);
    claim(plane, "data", "1Gi", { storageClassName: "fast" });
    expect(phase(plane.at(1), "data")).toBe("Pending");
    expect(phase(plane.at(3), "data")).toBe("Bound");
    const reasons = new Set(plane.events().map((event) => event.split(" ")[0]));
    expect([...reasons]).toEqual(["ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"]);
    plane.api.delete("PersistentVolumeClaim", "default/data");
    plane.at(20);
    expect(plane.list("PersistentVolumeClaim")).toEqual([]);
    expect(plane.list("PersistentVolume")).toEqual([]);
  });

  it("keeps a volume with its data when the claim is gone and it is to be retained", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2).api.delete("PersistentVolumeClaim", "default/data");
    plane.at(3);
    expect(plane.get("PersistentVolume", "v").status.phase).toBe("Released");
    claim(plane, "again", "1Gi");
    expect(phase(plane.at(40), "again")).toBe("Pending");
  });

  it("keeps a claim that a pod uses until the pod is gone", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.create(
      "Pod",
      podOn("web", "n1", {
        volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
      }),
    );
    postPod(plane, "default/web", "Running");
    plane.at(2).api.delete("PersistentVolumeClaim", "default/data");
    expect(phase(plane.at(10), "data")).toBe("Bound");
    plane.api.delete("Pod", "default/web", { gracePeriodSeconds: 0 });
    expect(phase(plane.at(11), "data")).toBeUndefined();
  });

  it("says that a claim lost its volume", () => {
    const plane = planeWith();
    volume(plane, "v", "1Gi");
    plane.at(1);
    claim(plane, "data", "1Gi");
    plane.at(2);
    plane.edit(
      "PersistentVolume",
      "v",
      ({ metadata: { finalizers: _, ...metadata }, ...rest }) => ({ ...rest, metadata }),
    );
    plane.api.delete("PersistentVolume", "v");
    expect(phase(plane.at(3), "data")).toBe("Lost");
    expect(plane.events()).toContain(
      "ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!",
    );
  });
});
