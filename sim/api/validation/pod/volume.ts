import type { Volume } from "../../types.gen.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  oneOf,
  required,
} from "../field-error.ts";
import { goQuote } from "../go-text.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors } from "../names.ts";
import { nanosOf } from "../resources.ts";
import {
  azureDiskErrors,
  csiErrors,
  diskErrors,
  ephemeralErrors,
  fibreChannelErrors,
  flexErrors,
  flockerErrors,
  gitRepoErrors,
  hostPathErrors,
  iscsiErrors,
  needs,
  nfsErrors,
  quobyteErrors,
  type Source,
  type SourceCheck,
  secretRefErrors,
  storageOsErrors,
} from "../storage/volume-sources.ts";
import { downwardFileErrors, itemErrors, modeErrors, projectionErrors } from "./projection.ts";

/** core `ValidateVolumes`: errors, and the names with what is behind them. `pod` is the pod's name, empty when it is not known. */
export function volumesErrors(
  volumes: readonly Volume[],
  path: string,
  ofPod: boolean,
  pod: string,
): { readonly errors: readonly FieldError[]; readonly names: ReadonlyMap<string, string> } {
  const errors: FieldError[] = [];
  const names = new Map<string, string>();
  const created = new Set<string>();
  if (pod) {
    for (const { name, ephemeral } of volumes) if (ephemeral) created.add(`${pod}-${name}`);
  }
  volumes.forEach((volume, index) => {
    const at = `${path}[${index}]`;
    const own = sourceErrors(volume, at, ofPod);
    const { name } = volume;
    if (pod && name && volume.ephemeral !== undefined) {
      const claim = `${pod}-${name}`;
      for (const text of dnsSubdomainErrors(claim)) {
        own.push(invalidValue(`${at}.name`, name, `PVC name ${goQuote(claim)}: ${text}`));
      }
    }
    if (!name) own.push(required(`${at}.name`, ""));
    else {
      own.push(...invalidEach(`${at}.name`, name, dnsLabelErrors(name)));
      if (names.has(name)) own.push(duplicate(`${at}.name`, name));
    }
    errors.push(...own);
    if (own.length === 0) names.set(name, sourceOf(volume));
    const { claimName } = volume.persistentVolumeClaim ?? {};
    if (!pod || !claimName || !created.has(claimName)) return;
    const why = "must not reference a PVC that gets created for an ephemeral volume";
    errors.push(invalidValue(`${at}.persistentVolumeClaim.claimName`, claimName, why));
  });
  return { errors, names };
}

function sourceOf(volume: Volume): string {
  for (const key in volume) if (key !== "name") return key;
  return "";
}

type Sources = Omit<Volume, "name">;

const emptyDirErrors: SourceCheck = (source, path) =>
  nanosOf(source["sizeLimit"] as string | undefined) < 0n
    ? [forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
    : [];

function filesErrors(key: string): SourceCheck {
  return (source, path, volume) => {
    const { defaultMode, items } = source as Pick<
      NonNullable<Volume["secret"]>,
      "defaultMode" | "items"
    >;
    return [
      ...needs(key)(source, path, volume),
      ...modeErrors(defaultMode, `${path}.defaultMode`),
      ...itemErrors(items, `${path}.items`),
    ];
  };
}

const downwardErrors: SourceCheck = (source, path) => {
  const { defaultMode, items = [] } = source as NonNullable<Volume["downwardAPI"]>;
  return [
    ...modeErrors(defaultMode, `${path}.defaultMode`),
    ...items.flatMap((file) => downwardFileErrors(file, path)),
  ];
};

const projectedErrors: SourceCheck = (source, path) => {
  const { defaultMode, sources = [] } = source as NonNullable<Volume["projected"]>;
  return [...modeErrors(defaultMode, `${path}.defaultMode`), ...projectionErrors(sources, path)];
};

const cinderErrors: SourceCheck = (source, path, volume) => [
  ...needs("volumeID")(source, path, volume),
  ...secretRefErrors(source, path, "name"),
];

const imageErrors: SourceCheck = (source, path) =>
  oneOf(source["pullPolicy"] as string | undefined, `${path}.pullPolicy`, [
    "Always",
    "IfNotPresent",
    "Never",
  ]);

/** Sources in upstream's order; the first wins, the others are forbidden. */
const SOURCES: { readonly [K in keyof Sources]-?: SourceCheck } = {
  emptyDir: emptyDirErrors,
  hostPath: hostPathErrors,
  gitRepo: gitRepoErrors,
  gcePersistentDisk: diskErrors("pdName"),
  awsElasticBlockStore: diskErrors("volumeID"),
  secret: filesErrors("secretName"),
  nfs: nfsErrors,
  iscsi: iscsiErrors(false),
  glusterfs: needs("endpoints", "path"),
  flocker: flockerErrors,
  persistentVolumeClaim: needs("claimName"),
  rbd: needs("monitors", "image"),
  cinder: cinderErrors,
  cephfs: needs("monitors"),
  quobyte: quobyteErrors,
  downwardAPI: downwardErrors,
  fc: fibreChannelErrors,
  flexVolume: flexErrors,
  configMap: filesErrors("name"),
  azureFile: needs("secretName", "shareName"),
  vsphereVolume: needs("volumePath"),
  photonPersistentDisk: needs("pdID"),
  portworxVolume: needs("volumeID"),
  azureDisk: azureDiskErrors,
  storageos: storageOsErrors("name"),
  projected: projectedErrors,
  scaleIO: needs("gateway", "system", "volumeName"),
  csi: csiErrors,
  ephemeral: ephemeralErrors,
  image: imageErrors,
};
const KEYS = Object.keys(SOURCES) as readonly (keyof Sources)[];
/** Sources whose errors upstream places under another name than the field's. */
const PLACES: Readonly<Record<string, string>> = { gcePersistentDisk: "persistentDisk" };
const SECOND_PLACES: Readonly<Record<string, string>> = {
  cephfs: "cephFS",
  downwardAPI: "downwarAPI",
};

function sourceErrors(volume: Volume, path: string, ofPod: boolean): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const key of KEYS) {
    const source = volume[key] as Source | undefined;
    if (source === undefined) continue;
    count++;
    if (count > 1) {
      const field = `${path}.${SECOND_PLACES[key] ?? key}`;
      errors.push(forbiddenField(field, "may not specify more than 1 volume type"));
      continue;
    }
    // A template may leave the image to whoever makes pods of it.
    if (key === "image" && ofPod && !source["reference"]) {
      errors.push(required(`${path}.image.reference`, ""));
    }
    errors.push(...SOURCES[key](source, `${path}.${PLACES[key] ?? key}`, volume.name));
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}
