import type {
  CSIDriver,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../../types.gen.ts";
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
    defaults: defaultVolumeObject,
    prepareCreate: prepareVolumeCreate,
  }),
  PersistentVolumeClaim: rulesFor<PersistentVolumeClaim>({
    defaults: defaultClaim,
    prepareCreate: (object) => withPendingPhase(withBothSources(object)),
  }),
  StorageClass: rulesFor<StorageClass>({ defaults: defaultStorageClass }),
  CSIDriver: rulesFor<CSIDriver>({ defaults: defaultCsiDriver }),
};
