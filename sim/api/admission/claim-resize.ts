import { forbidden } from "../api-error.ts";
import type { PersistentVolumeClaim, StorageClass } from "../types.gen.ts";
import { nanosOf } from "../validation/resources.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const WHY =
  "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";

/** Lets only claims grow whose class says that its volumes can. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: "PersistentVolumeClaimResize",
  kinds: ["PersistentVolumeClaim"],
  validate({ descriptor, operation, subresource, object, before, name }, reader) {
    if (descriptor.kind !== "PersistentVolumeClaim" || operation !== "UPDATE" || subresource)
      return;
    const [next, old] = [object as PersistentVolumeClaim, before as PersistentVolumeClaim];
    const size = (claim: PersistentVolumeClaim) =>
      nanosOf(claim.spec?.resources?.requests?.["storage"]);
    if (size(next) <= size(old)) return;
    if (old.status?.phase !== "Bound") {
      throw forbidden(descriptor, name, "Only bound persistent volume claims can be expanded");
    }
    const className =
      next.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ??
      next.spec?.storageClassName ??
      "";
    const found = reader.get("StorageClass", className) as StorageClass | undefined;
    if (className === "" || found?.allowVolumeExpansion !== true) {
      throw forbidden(descriptor, name, WHY);
    }
  },
};
