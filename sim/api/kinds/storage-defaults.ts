import type {
  CSIDriver,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../types.gen.ts";
import { fill, refine } from "./fill.ts";
import { defaultClaimSpec } from "./pod/volume-defaults.ts";

/** core/v1 `SetDefaults_PersistentVolumeClaim`. */
export function defaultClaim(object: PersistentVolumeClaim): PersistentVolumeClaim {
  return withPendingPhase(refine(object, "spec", defaultClaimSpec));
}

/** A claim names its source in both of the fields that may say it. */
export function withBothSources(object: PersistentVolumeClaim): PersistentVolumeClaim {
  return refine(object, "spec", (spec) => {
    const { dataSource, dataSourceRef } = spec;
    if (dataSource !== undefined && dataSourceRef === undefined) {
      return { ...spec, dataSourceRef: dataSource };
    }
    if (dataSource === undefined && dataSourceRef !== undefined && !dataSourceRef.namespace) {
      return { ...spec, dataSource: dataSourceRef };
    }
    return spec;
  });
}

/** A new volume is Pending since its creation. */
export function prepareVolumeCreate(object: PersistentVolume): PersistentVolume {
  const status = {
    phase: "Pending",
    lastPhaseTransitionTime: object.metadata.creationTimestamp,
  };
  return { ...object, status };
}

/** A claim or volume without a phase is Pending, also when it is read back. */
export function withPendingPhase<
  T extends { readonly status?: { readonly phase?: string } | undefined },
>(object: T): T {
  if (object.status?.phase !== undefined) return object;
  return { ...object, status: { ...object.status, phase: "Pending" } };
}

/** core/v1 `SetDefaults_PersistentVolume`. */
export function defaultVolumeObject(object: PersistentVolume): PersistentVolume {
  const next = refine(object, "spec", (spec) => {
    const filled = fill(spec, {
      persistentVolumeReclaimPolicy: "Retain",
      volumeMode: "Filesystem",
    });
    const path = refine(filled, "hostPath", (source) =>
      source.type === undefined ? { ...source, type: "" } : source,
    );
    const iscsi = refine(path, "iscsi", (source) => fill(source, { iscsiInterface: "default" }));
    return refine(iscsi, "rbd", (source) =>
      fill(source, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }),
    );
  });
  return withPendingPhase(next);
}

/** storage/v1 `SetDefaults_StorageClass`. */
export function defaultStorageClass(object: StorageClass): StorageClass {
  return fill(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
}

/** storage/v1 `SetDefaults_CSIDriver`. */
export function defaultCsiDriver(object: CSIDriver): CSIDriver {
  return refine(object, "spec", (spec) =>
    fill(spec, {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: "ReadWriteOnceWithFSType",
      volumeLifecycleModes: ["Persistent"],
      requiresRepublish: false,
      seLinuxMount: false,
    }),
  );
}
