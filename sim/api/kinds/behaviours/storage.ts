import type {
  CSIDriver,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../../types.gen.ts";
import { claimErrors, claimStatusErrors, claimUpdateErrors } from "../../validation/claim.ts";
import { claimWarnings } from "../../validation/claim-warnings.ts";
import {
  persistentVolumeErrors,
  persistentVolumeUpdateErrors,
} from "../../validation/persistent-volume.ts";
import { storageClassErrors, storageClassUpdateErrors } from "../../validation/storage.ts";
import { persistentVolumeWarnings } from "../../validation/volume-warnings.ts";
import type { KindBehaviour } from "../descriptor.ts";
import {
  defaultClaim,
  defaultCsiDriver,
  defaultStorageClass,
  defaultVolumeObject,
  prepareClaimCreate,
  prepareClaimUpdate,
  prepareVolumeCreate,
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
    validateUpdate: persistentVolumeUpdateErrors,
  }),
  PersistentVolumeClaim: rulesFor<PersistentVolumeClaim>({
    metaOnUpdate: ["update", "create", "update"],
    defaults: defaultClaim,
    prepareCreate: (object) => withPendingPhase(prepareClaimCreate(object)),
    validateCreate: claimErrors,
    warnings: claimWarnings,
    prepareUpdate: prepareClaimUpdate,
    validateUpdate: claimUpdateErrors,
    validateStatusUpdate: claimStatusErrors,
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
