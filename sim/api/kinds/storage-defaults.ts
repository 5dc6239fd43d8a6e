import type {
  CSIDriver,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  StorageClass,
} from "../types.gen.ts";
import { fill, refine } from "./fill.ts";
import { roundResources } from "./pod/resources.ts";
import { defaultClaimSpec, defaultNetworkVolume } from "./pod/volume-defaults.ts";

/** core/v1 `SetDefaults_PersistentVolumeClaim`. */
export function defaultClaim(object: PersistentVolumeClaim): PersistentVolumeClaim {
  const next = refine(object, "spec", defaultClaimSpec);
  return withPendingPhase(
    refine(next, "status", (status) =>
      refine(refine(status, "capacity", roundResources), "allocatedResources", roundResources),
    ),
  );
}

const SNAPSHOTS = "snapshot.storage.k8s.io";

/** What upstream's strategy does to the sources of a new claim. */
export function prepareClaimCreate(object: PersistentVolumeClaim): PersistentVolumeClaim {
  return refine(object, "spec", (spec) => withBothSources(withKnownSource(withoutForeign(spec))));
}

/** The same for a changed claim: a source that is there already may be of any kind. */
export function prepareClaimUpdate(
  next: PersistentVolumeClaim,
  before: PersistentVolumeClaim,
): PersistentVolumeClaim {
  const old = before.spec ?? {};
  const used = old.dataSource !== undefined || old.dataSourceRef !== undefined;
  return refine(next, "spec", (spec) => {
    const own = old.dataSourceRef?.namespace ? spec : withoutForeign(spec);
    return withBothSources(used ? own : withKnownSource(own));
  });
}

/** Sources in other namespaces are an alpha feature, and off. */
function withoutForeign(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  if (spec.dataSourceRef?.namespace === undefined) return spec;
  const { dataSourceRef: _, ...rest } = spec;
  return rest;
}

/** The old field for sources was never read for other kinds than these. */
function withKnownSource(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, ...rest } = spec;
  if (dataSource === undefined || spec.dataSourceRef !== undefined) return spec;
  const { kind, apiGroup = "" } = dataSource;
  const claim = kind === "PersistentVolumeClaim" && apiGroup === "";
  const snapshot = kind === "VolumeSnapshot" && apiGroup === SNAPSHOTS;
  return claim || snapshot ? spec : rest;
}

/** A claim names its source in both of the fields that may say it. */
function withBothSources(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) {
    return { ...spec, dataSourceRef: dataSource };
  }
  if (dataSource !== undefined || dataSourceRef === undefined) return spec;
  return { ...spec, dataSource: dataSourceRef };
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
    const filled = fill(refine(spec, "capacity", roundResources), {
      persistentVolumeReclaimPolicy: "Retain",
      volumeMode: "Filesystem",
    });
    const path = refine(filled, "hostPath", (source) =>
      source.type === undefined ? { ...source, type: "" } : source,
    );
    return defaultNetworkVolume(path);
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

/** A new driver has no generation: upstream counts its changes alone. */
export function prepareCsiDriverCreate(object: CSIDriver): CSIDriver {
  const { generation: _, ...metadata } = object.metadata;
  return withoutPrevention({ ...object, metadata });
}

/** Whether a missing driver keeps pods away is dropped unless it was there: its feature is off in v1.36. */
export function withoutPrevention(object: CSIDriver, before?: CSIDriver): CSIDriver {
  if (object.spec.preventPodSchedulingIfMissing === undefined) return object;
  if (before?.spec.preventPodSchedulingIfMissing !== undefined) return object;
  const { preventPodSchedulingIfMissing: _, ...spec } = object.spec;
  return { ...object, spec };
}
