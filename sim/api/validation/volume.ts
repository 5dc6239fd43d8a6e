import type { DownwardAPIVolumeFile, KeyToPath, Volume, VolumeProjection } from "../types.gen.ts";
import { claimSpecErrors } from "./claim-spec.ts";
import { fieldRefErrors, resourceFieldErrors } from "./env.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "./field-error.ts";
import { invalidEach } from "./meta.ts";
import { dnsLabelErrors } from "./names.ts";
import { descendingPathErrors } from "./paths.ts";
import { nanosOf } from "./resources.ts";

/** core `ValidateVolumes`: errors, and the names with what is behind them. */
export function volumesErrors(
  volumes: readonly Volume[],
  path: string,
): { readonly errors: readonly FieldError[]; readonly names: ReadonlyMap<string, string> } {
  const errors: FieldError[] = [];
  const names = new Map<string, string>();
  volumes.forEach((volume, index) => {
    const at = `${path}[${index}]`;
    const own = sourceErrors(volume, at);
    const { name } = volume;
    if (!name) own.push(required(`${at}.name`, ""));
    else {
      const texts = dnsLabelErrors(name);
      if (texts.length > 0) own.push(...invalidEach(`${at}.name`, name, texts));
      else if (names.has(name)) own.push(duplicate(`${at}.name`, name));
    }
    errors.push(...own);
    if (own.length === 0) names.set(name, sourceOf(volume));
  });
  return { errors, names };
}

function sourceOf(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== "name") ?? "";
}

type Sources = Omit<Volume, "name">;
type SourceCheck<K extends keyof Sources> = (
  source: NonNullable<Sources[K]>,
  path: string,
) => readonly FieldError[];

/** Sources in upstream's order; the first wins, the others are forbidden. */
const SOURCES: { readonly [K in keyof Sources]?: SourceCheck<K> } = {
  emptyDir: ({ sizeLimit }, path) =>
    nanosOf(sizeLimit) < 0n
      ? [forbiddenField(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity")]
      : [],
  hostPath: (source, path) => [
    ...(source.path ? [] : [required(`${path}.path`, "")]),
    ...(source.path?.split("/").includes("..")
      ? [invalidValue(`${path}.path`, source.path, "must not contain '..'")]
      : []),
    ...hostPathTypeErrors(source.type, `${path}.type`),
  ],
  gitRepo: (source, path) => need(source, path, "repository"),
  gcePersistentDisk: (source, path) => need(source, path, "pdName"),
  awsElasticBlockStore: (source, path) => need(source, path, "volumeID"),
  secret: (source, path) => [
    ...need(source, path, "secretName"),
    ...modeErrors(source.defaultMode, `${path}.defaultMode`),
    ...itemErrors(source.items, `${path}.items`),
  ],
  nfs: (source, path) => [
    ...need(source, path, "server"),
    ...need(source, path, "path"),
    ...(source.path && !source.path.startsWith("/")
      ? [invalidValue(`${path}.path`, source.path, "must be an absolute path")]
      : []),
  ],
  iscsi: (source, path) => [...need(source, path, "targetPortal"), ...need(source, path, "iqn")],
  glusterfs: (source, path) => [...need(source, path, "endpoints"), ...need(source, path, "path")],
  flocker: () => [],
  rbd: (source, path) => [...need(source, path, "monitors"), ...need(source, path, "image")],
  cinder: (source, path) => need(source, path, "volumeID"),
  cephfs: (source, path) => need(source, path, "monitors"),
  quobyte: (source, path) => [...need(source, path, "registry"), ...need(source, path, "volume")],
  downwardAPI: (source, path) => [
    ...modeErrors(source.defaultMode, `${path}.defaultMode`),
    ...(source.items ?? []).flatMap((file) => downwardFileErrors(file, path)),
  ],
  fc: () => [],
  persistentVolumeClaim: (source, path) => need(source, path, "claimName"),
  configMap: (source, path) => [
    ...need(source, path, "name"),
    ...modeErrors(source.defaultMode, `${path}.defaultMode`),
    ...itemErrors(source.items, `${path}.items`),
  ],
  azureFile: (source, path) => [
    ...need(source, path, "secretName"),
    ...need(source, path, "shareName"),
  ],
  flexVolume: (source, path) => need(source, path, "driver"),
  vsphereVolume: (source, path) => need(source, path, "volumePath"),
  photonPersistentDisk: (source, path) => need(source, path, "pdID"),
  portworxVolume: (source, path) => need(source, path, "volumeID"),
  azureDisk: (source, path) => [
    ...need(source, path, "diskName"),
    ...need(source, path, "diskURI"),
  ],
  storageos: (source, path) => need(source, path, "volumeName"),
  projected: (source, path) => [
    ...modeErrors(source.defaultMode, `${path}.defaultMode`),
    ...(source.sources ?? []).flatMap((one, index) =>
      projectionErrors(one, `${path}.sources[${index}]`),
    ),
  ],
  scaleIO: (source, path) => [
    ...need(source, path, "gateway"),
    ...need(source, path, "system"),
    ...need(source, path, "volumeName"),
  ],
  csi: (source, path) => need(source, path, "driver"),
  ephemeral: (source, path) =>
    source.volumeClaimTemplate === undefined
      ? [required(`${path}.volumeClaimTemplate`, "")]
      : claimSpecErrors(source.volumeClaimTemplate.spec ?? {}, `${path}.volumeClaimTemplate.spec`),
  image: (source, path) => need(source, path, "reference"),
};

function sourceErrors(volume: Volume, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const key of Object.keys(SOURCES) as (keyof Sources)[]) {
    const source = volume[key];
    if (source === undefined) continue;
    if (count > 0) {
      errors.push(forbiddenField(`${path}.${key}`, "may not specify more than 1 volume type"));
      continue;
    }
    count++;
    const check = SOURCES[key] as SourceCheck<keyof Sources>;
    errors.push(...check(source as never, `${path}.${key}`));
  }
  if (count === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}

function need<T extends object>(
  source: T,
  path: string,
  key: keyof T & string,
): readonly FieldError[] {
  const value: unknown = source[key];
  const missing =
    value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  return missing ? [required(`${path}.${key}`, "")] : [];
}

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

function hostPathTypeErrors(type: string | undefined, field: string): readonly FieldError[] {
  return type === undefined || HOST_PATH_TYPES.includes(type)
    ? []
    : [notSupported(field, type, HOST_PATH_TYPES)];
}

function modeErrors(mode: number | undefined, field: string): readonly FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777)
    ? []
    : [invalidValue(field, mode, "must be a number between 0 and 0777 (octal), both inclusive")];
}

function itemErrors(items: readonly KeyToPath[] = [], path: string): readonly FieldError[] {
  return items.flatMap((item, index) => {
    const at = `${path}[${index}]`;
    return [
      ...need(item, at, "key"),
      ...need(item, at, "path"),
      ...localPathErrors(item.path, `${at}.path`),
      ...modeErrors(item.mode, `${at}.mode`),
    ];
  });
}

function localPathErrors(path: string | undefined, field: string): readonly FieldError[] {
  if (!path) return [];
  const errors = [...descendingPathErrors(path, field)];
  if (path.startsWith("..") && !path.split("/").includes("..")) {
    errors.push(invalidValue(field, path, "must not start with '..'"));
  }
  return errors;
}

const DOWNWARD_FIELDS = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

function downwardFileErrors(file: DownwardAPIVolumeFile, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!file.path) errors.push(required(`${path}.path`, ""));
  errors.push(...localPathErrors(file.path, `${path}.path`));
  if (file.fieldRef !== undefined) {
    errors.push(...fieldRefErrors(file.fieldRef, `${path}.fieldRef`, DOWNWARD_FIELDS));
    if (file.resourceFieldRef !== undefined) {
      const why = "fieldRef and resourceFieldRef can not be specified simultaneously";
      errors.push(invalidValue(path, "resource", why));
    }
  } else if (file.resourceFieldRef !== undefined) {
    const at = `${path}.resourceFieldRef`;
    if (!file.resourceFieldRef.containerName) errors.push(required(`${at}.containerName`, ""));
    else errors.push(...resourceFieldErrors(file.resourceFieldRef, at));
  } else errors.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  errors.push(...modeErrors(file.mode, `${path}.mode`));
  return errors;
}

function projectionErrors(source: VolumeProjection, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  if (secret !== undefined) {
    errors.push(...need(secret, `${path}.secret`, "name"));
    errors.push(...itemErrors(secret.items, `${path}.secret.items`));
  }
  if (configMap !== undefined) {
    errors.push(...need(configMap, `${path}.configMap`, "name"));
    errors.push(...itemErrors(configMap.items, `${path}.configMap.items`));
  }
  for (const file of downwardAPI?.items ?? []) {
    errors.push(...downwardFileErrors(file, `${path}.downwardAPI`));
  }
  if (serviceAccountToken !== undefined) {
    const at = `${path}.serviceAccountToken`;
    const { expirationSeconds: seconds = 3600, path: file } = serviceAccountToken;
    if (seconds < 600) {
      const why = "may not specify a duration less than 10 minutes";
      errors.push(invalidValue(`${at}.expirationSeconds`, seconds, why));
    }
    if (seconds > 4_294_967_296) {
      const why = "may not specify a duration larger than 2^32 seconds";
      errors.push(invalidValue(`${at}.expirationSeconds`, seconds, why));
    }
    if (!file) errors.push(required(`${at}.path`, ""));
  }
  const kinds = Object.keys(source);
  if (kinds.length > 1) {
    for (const kind of kinds.slice(1)) {
      errors.push(
        forbiddenField(`${path}.${kind}`, "may not specify more than 1 volume type per source"),
      );
    }
  }
  if (kinds.length === 0) errors.push(required(path, "must specify a volume type"));
  return errors;
}
