import { persistentVolumeBinder } from "../../../sim/controllers/persistent-volume-binder.ts";
import { claimProtection, volumeProtection } from "../../../sim/controllers/protection.ts";
import { volumeProvisioner } from "../../../sim/controllers/volume-provisioner.ts";
import { ControlPlane } from "../control-plane.ts";

export function planeWith(): ControlPlane {
  return new ControlPlane(
    persistentVolumeBinder,
    volumeProvisioner,
    claimProtection,
    volumeProtection,
  );
}

export function volume(
  plane: ControlPlane,
  name: string,
  storage: string,
  spec: object = {},
): void {
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

export function claim(plane: ControlPlane, name: string, storage: string, spec: object = {}): void {
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

export function storageClass(plane: ControlPlane, more: object = {}): void {
  plane.create("StorageClass", {
    metadata: { name: "fast" },
    provisioner: "disk.example",
    reclaimPolicy: "Delete",
    ...more,
  });
}

export function phase(plane: ControlPlane, name: string): string {
  return plane.get("PersistentVolumeClaim", `default/${name}`)?.status?.phase;
}
