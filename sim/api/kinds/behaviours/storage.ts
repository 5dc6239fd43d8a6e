import type {
  CSIDriver,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../../types.gen.ts";
import { claimWarnings } from "../../validation/claim-warnings.ts";
import {
  claimErrors,
  claimUpdateErrors,
  persistentVolumeErrors,
  persistentVolumeUpdateErrors,
  storageClassErrors,
  storageClassUpdateErrors,
} from "../../validation/storage.ts";
import { persistentVolumeWarnings } from "../../validation/volume-warnings.ts";
import type { KindBehaviour } from "../descriptor.ts";
import {
  defaultClaim,
  defaultCsiDriver,
  defaultStorageClass,
  defaultVolumeObject,
  prepareVolumeCreate,
  withBothSources,
  withPendingPhase,
} from "../storage-defaults.ts";
import { rulesFor } from "./typed.ts";

/** Rules of volumes, claims and their classes. */
export const storageBehaviours: Readonly<Record<string, KindBehaviour>> = {
  PersistentVolume: rulesFor<PersistentVolume>({
    metaOnUpdate: ["create", "create"],
    defaults: defaultVolumeObject,
    prepareCreate: prepareVolumeCreate,
    validateCreate: persistentVolumeErrors,
    warnings: persistentVolumeWarnings,
    validateUpdate: (next, before) => [
      ...persistentVolumeErrors(next),
      ...persistentVolumeUpdateErrors(next, before),
    ],
  }),
  PersistentVolumeClaim: rulesFor<PersistentVolumeClaim>({
    metaOnUpdate: ["update", "create", "update"],
    defaults: defaultClaim,
    prepareCreate: (object) => withPendingPhase(withBothSources(object)),
    validateCreate: claimErrors,
    warnings: claimWarnings,
    validateUpdate: (next, before) => [...claimErrors(next), ...claimUpdateErrors(next, before)],
  }),
  StorageClass: rulesFor<StorageClass>({
    defaults: defaultStorageClass,
    validateCreate: storageClassErrors,
    validateUpdate: (next, before) => [
      ...storageClassErrors(next),
      ...storageClassUpdateErrors(next, before),
    ],
  }),
  CSIDriver: rulesFor<CSIDriver>({ defaults: defaultCsiDriver }),
};
