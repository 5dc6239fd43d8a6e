import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from "../../types.gen.ts";
import { pathSegmentErrors } from "../../validation/names.ts";
import {
  claimErrors,
  claimStatusErrors,
  claimUpdateErrors,
} from "../../validation/storage/claim.ts";
import { claimWarnings } from "../../validation/storage/claim-warnings.ts";
import {
  persistentVolumeErrors,
  persistentVolumeUpdateErrors,
} from "../../validation/storage/persistent-volume.ts";
import {
  attributesClassErrors,
  attributesClassUpdateErrors,
  storageClassErrors,
  storageClassUpdateErrors,
} from "../../validation/storage/storage-class.ts";
import {
  attachmentErrors,
  attachmentUpdateErrors,
  csiDriverErrors,
  csiDriverUpdateErrors,
  csiNodeErrors,
  csiNodeUpdateErrors,
  storageCapacityErrors,
  storageCapacityUpdateErrors,
} from "../../validation/storage/storage-driver.ts";
import { persistentVolumeWarnings } from "../../validation/storage/volume-warnings.ts";
import type { KindBehaviour } from "../descriptor.ts";
import {
  defaultClaim,
  defaultCsiDriver,
  defaultStorageClass,
  defaultVolumeObject,
  prepareClaimCreate,
  prepareClaimUpdate,
  prepareCsiDriverCreate,
  prepareVolumeCreate,
  withoutPrevention,
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
    metaOnUpdate: ["update", "create"],
    defaults: defaultClaim,
    prepareCreate: (object) => withPendingPhase(prepareClaimCreate(object)),
    validateCreate: claimErrors,
    warnings: claimWarnings,
    prepareUpdate: prepareClaimUpdate,
    validateUpdate: claimUpdateErrors,
    validateStatusUpdate: claimStatusErrors,
  }),
  StorageClass: rulesFor<StorageClass>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultStorageClass,
    validateCreate: storageClassErrors,
    validateUpdate: (next, before) => [
      ...storageClassErrors(next),
      ...storageClassUpdateErrors(next, before),
    ],
  }),
  VolumeAttributesClass: rulesFor<VolumeAttributesClass>({
    validateCreate: attributesClassErrors,
    validateUpdate: (next, before) => [
      ...attributesClassErrors(next),
      ...attributesClassUpdateErrors(next, before),
    ],
  }),
  CSIDriver: rulesFor<CSIDriver>({
    defaults: defaultCsiDriver,
    prepareCreate: prepareCsiDriverCreate,
    prepareUpdate: withoutPrevention,
    nameRule: pathSegmentErrors,
    validateCreate: csiDriverErrors,
    validateUpdate: (next, before) => [
      ...csiDriverErrors(next),
      ...csiDriverUpdateErrors(next, before),
    ],
  }),
  CSINode: rulesFor<CSINode>({
    validateCreate: csiNodeErrors,
    validateUpdate: (next, before) => [
      ...csiNodeErrors(next),
      ...csiNodeUpdateErrors(next, before),
    ],
  }),
  CSIStorageCapacity: rulesFor<CSIStorageCapacity>({
    validateCreate: storageCapacityErrors,
    validateUpdate: (next, before) => [
      ...storageCapacityErrors(next),
      ...storageCapacityUpdateErrors(next, before),
    ],
  }),
  VolumeAttachment: rulesFor<VolumeAttachment>({
    validateCreate: attachmentErrors,
    validateUpdate: (next, before) => [
      ...attachmentErrors(next),
      ...attachmentUpdateErrors(next, before),
    ],
  }),
};
