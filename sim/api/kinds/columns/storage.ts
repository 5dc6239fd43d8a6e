import { canonicalQuantity } from "../../meta/quantity.ts";
import type {
  CSIDriver,
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from "../../types.gen.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { nameWithDefault } from "./text.ts";

const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";
const DEFAULT_ANNOTATIONS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
] as const;
const DEFAULT_ATTRIBUTES_ANNOTATION = "volumeattributesclass.alpha.kubernetes.io/is-default-class";

const modeLetters: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

function accessModes(modes: readonly string[] | undefined): string {
  return modeLetters
    .filter(([mode]) => modes?.includes(mode) === true)
    .map(([, short]) => short)
    .join(",");
}

function quantityText(quantity: string | undefined): string {
  return quantity === undefined ? "0" : (canonicalQuantity(quantity) ?? quantity);
}

function className(object: PersistentVolume | PersistentVolumeClaim): string {
  return object.metadata.annotations?.[CLASS_ANNOTATION] ?? object.spec?.storageClassName ?? "";
}

function phase(object: PersistentVolume | PersistentVolumeClaim): string {
  return object.metadata.deletionTimestamp === undefined
    ? (object.status?.phase ?? "")
    : "Terminating";
}

export const persistentVolumePrinter: KindPrinter = printer<PersistentVolume>(
  columns(
    "Name",
    "Capacity",
    "Access Modes",
    "Reclaim Policy",
    "Status",
    "Claim",
    "StorageClass",
    "VolumeAttributesClass",
    "Reason",
    "Age",
    "VolumeMode|string|wide",
  ),
  (object, context) => {
    const { spec, status } = object;
    const claim = spec?.claimRef;
    return [
      object.metadata.name,
      quantityText(spec?.capacity?.["storage"]),
      accessModes(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? "",
      phase(object),
      claim === undefined ? "" : `${claim.namespace ?? ""}/${claim.name ?? ""}`,
      className(object),
      spec?.volumeAttributesClassName ?? "<unset>",
      status?.reason ?? "",
      age(object, context),
      spec?.volumeMode ?? "<unset>",
    ];
  },
);

export const persistentVolumeClaimPrinter: KindPrinter = printer<PersistentVolumeClaim>(
  columns(
    "Name",
    "Status",
    "Volume",
    "Capacity",
    "Access Modes",
    "StorageClass",
    "VolumeAttributesClass",
    "Age",
    "VolumeMode|string|wide",
  ),
  (object, context) => {
    const { spec, status } = object;
    const volume = spec?.volumeName ?? "";
    const bound = volume !== "";
    return [
      object.metadata.name,
      phase(object),
      volume,
      bound ? quantityText(status?.capacity?.["storage"]) : "",
      bound ? accessModes(status?.accessModes) : "",
      className(object),
      spec?.volumeAttributesClassName ?? "<unset>",
      age(object, context),
      spec?.volumeMode ?? "<unset>",
    ];
  },
);

export const storageClassPrinter: KindPrinter = printer<StorageClass>(
  columns(
    "Name",
    "Provisioner",
    "ReclaimPolicy",
    "VolumeBindingMode",
    "AllowVolumeExpansion",
    "Age",
  ),
  (object, context) => [
    nameWithDefault(object, DEFAULT_ANNOTATIONS),
    object.provisioner,
    object.reclaimPolicy ?? "Delete",
    object.volumeBindingMode ?? "Immediate",
    object.allowVolumeExpansion ?? false,
    age(object, context),
  ],
);

export const volumeAttributesClassPrinter: KindPrinter = printer<VolumeAttributesClass>(
  columns("Name", "DriverName", "Age"),
  (object, context) => [
    nameWithDefault(object, [DEFAULT_ATTRIBUTES_ANNOTATION]),
    object.driverName,
    age(object, context),
  ],
);

export const csiDriverPrinter: KindPrinter = printer<CSIDriver>(
  columns(
    "Name",
    "AttachRequired|boolean",
    "PodInfoOnMount|boolean",
    "StorageCapacity|boolean",
    "TokenRequests",
    "RequiresRepublish|boolean",
    "Modes",
    "Age",
  ),
  (object, context) => {
    const { spec } = object;
    const modes = (spec?.volumeLifecycleModes ?? []).join(",");
    return [
      object.metadata.name,
      spec?.attachRequired ?? true,
      spec?.podInfoOnMount ?? false,
      spec?.storageCapacity ?? false,
      spec?.tokenRequests?.map(({ audience }) => audience).join(",") ?? "<unset>",
      spec?.requiresRepublish ?? false,
      modes === "" ? "<none>" : modes,
      age(object, context),
    ];
  },
);

export const csiNodePrinter: KindPrinter = printer<CSINode>(
  columns("Name", "Drivers|integer", "Age"),
  (object, context) => [
    object.metadata.name,
    object.spec?.drivers?.length ?? 0,
    age(object, context),
  ],
);

const attachmentColumns = columns("Name", "Attacher", "PV", "Node", "Attached|boolean", "Age");

export const volumeAttachmentPrinter: KindPrinter = printer<VolumeAttachment>(
  attachmentColumns.map((one) => (one.name === "Attacher" ? { ...one, format: "name" } : one)),
  (object, context) => [
    object.metadata.name,
    object.spec?.attacher ?? "",
    object.spec?.source.persistentVolumeName ?? "",
    object.spec?.nodeName ?? "",
    object.status?.attached ?? false,
    age(object, context),
  ],
);
