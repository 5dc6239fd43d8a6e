import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../field-error.ts";
import { annotationErrors, invalidEach, labelErrors } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors } from "../names.ts";
import { backstepErrors, descendingPathErrors } from "../paths.ts";
import { claimSpecErrors } from "./claim-spec.ts";

/*
 * Sources that pods' volumes and PersistentVolumes have in common. Members are read by name, since each source has two types
 * upstream that differ in little.
 */

/** A source of a volume, of whichever kind. */
export type Source = Readonly<Record<string, unknown>>;

/** What is wrong with a source; `volume` is the volume's name, where it has one. */
export type SourceCheck = (source: Source, path: string, volume: string) => readonly FieldError[];

/** A member that is a text; empty when it is missing. */
export function textOf(source: Source, key: string): string {
  const value = source[key];
  return typeof value === "string" ? value : "";
}

/** Members that must be there: neither empty texts nor empty lists. */
export function needs(...keys: readonly string[]): SourceCheck {
  return (source, path) =>
    keys.flatMap((key) => {
      const value = source[key];
      const missing =
        value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
      return missing ? [required(`${path}.${key}`, "")] : [];
    });
}

/** The name, and for persistent volumes the namespace, of a secret that a source refers to. */
export function secretRefErrors(
  source: Source,
  path: string,
  ...keys: readonly string[]
): readonly FieldError[] {
  const ref = source["secretRef"] as Source | undefined;
  return ref === undefined ? [] : needs(...keys)(ref, `${path}.secretRef`, "");
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

/** core `validateHostPathVolumeSource`. */
export const hostPathErrors: SourceCheck = (source, path) => {
  const place = textOf(source, "path");
  if (place === "") return [required(`${path}.path`, "")];
  const { type } = source as { readonly type?: string };
  const unknown = type !== undefined && !HOST_PATH_TYPES.includes(type);
  return [
    ...backstepErrors(place, `${path}.path`),
    ...(unknown ? [notSupported(`${path}.type`, type, HOST_PATH_TYPES)] : []),
  ];
};

function partitionErrors(source: Source, path: string): readonly FieldError[] {
  const partition = Number(source["partition"] ?? 0);
  if (partition >= 0 && partition <= 255) return [];
  return [invalidValue(`${path}.partition`, partition, "must be between 1 and 255, inclusive")];
}

/** A disk of a cloud: which one, and which part of it. */
export function diskErrors(key: string): SourceCheck {
  return (source, path, volume) => [
    ...needs(key)(source, path, volume),
    ...partitionErrors(source, path),
  ];
}

/** core `validateNFSVolumeSource`. */
export const nfsErrors: SourceCheck = (source, path, volume) => {
  const place = textOf(source, "path");
  const relative = !place.startsWith("/");
  return [
    ...needs("server", "path")(source, path, volume),
    ...(relative ? [invalidValue(`${path}.path`, place, "must be an absolute path")] : []),
  ];
};

const INITIATORS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([a-zA-Z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};
const TOO_LONG_INITIATOR =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

function initiatorErrors(name: string, field: string, strange: string): readonly FieldError[] {
  const shape = INITIATORS[name.slice(0, 3)];
  if (shape === undefined) return [invalidValue(field, name, strange)];
  return shape.test(name) ? [] : [invalidValue(field, name, "must be valid format")];
}

/** core `validateISCSIVolumeSource` and `validateISCSIPersistentVolumeSource`, which word little differently. */
export function iscsiErrors(persistent: boolean): SourceCheck {
  const strange = persistent
    ? "must be valid format"
    : "must be valid format starting with iqn, eui, or naa";
  return (source, path, volume) => {
    const errors: FieldError[] = [...needs("targetPortal")(source, path, volume)];
    const portal = textOf(source, "targetPortal");
    const { initiatorName, lun = 0 } = source as { initiatorName?: string; lun?: number };
    const long = initiatorName !== undefined && `${volume}:${portal}`.length > 64;
    if (persistent && long) {
      errors.push(invalidValue(`${path}.targetportal`, portal, TOO_LONG_INITIATOR));
    }
    const iqn = textOf(source, "iqn");
    if (iqn === "") errors.push(required(`${path}.iqn`, ""));
    else errors.push(...initiatorErrors(iqn, `${path}.iqn`, strange));
    if (lun < 0 || lun > 255) {
      errors.push(invalidValue(`${path}.lun`, lun, "must be between 0 and 255, inclusive"));
    }
    const chap = source["chapAuthDiscovery"] === true || source["chapAuthSession"] === true;
    if (chap && source["secretRef"] === undefined) errors.push(required(`${path}.secretRef`, ""));
    if (persistent) errors.push(...secretRefErrors(source, path, "name"));
    if (initiatorName !== undefined) {
      errors.push(...initiatorErrors(initiatorName, `${path}.initiatorname`, strange));
    }
    if (!persistent && long) {
      const field = `${path.slice(0, path.lastIndexOf("."))}.name`;
      errors.push(invalidValue(field, volume, TOO_LONG_INITIATOR));
    }
    return errors;
  };
}

/** core `validateFlockerVolumeSource`. */
export const flockerErrors: SourceCheck = (source, path) => {
  const errors: FieldError[] = [];
  const [name, uuid] = [textOf(source, "datasetName"), textOf(source, "datasetUUID")];
  if (name === "" && uuid === "") {
    errors.push(required(path, "one of datasetName and datasetUUID is required"));
  }
  if (name !== "" && uuid !== "") {
    const why = "datasetName and datasetUUID can not be specified simultaneously";
    errors.push(invalidValue(path, "resource", why));
  }
  if (name.includes("/")) {
    errors.push(invalidValue(`${path}.datasetName`, name, "must not contain '/'"));
  }
  return errors;
};

const HOST_AND_PORT = /^(?:[^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/;

/** core `validateQuobyteVolumeSource`. */
export const quobyteErrors: SourceCheck = (source, path, volume) => {
  const errors: FieldError[] = [];
  const registry = textOf(source, "registry");
  const pairs = "must be a host:port pair or multiple pairs separated by commas";
  if (registry === "") errors.push(required(`${path}.registry`, pairs));
  else if (textOf(source, "tenant").length >= 65) {
    const why = "must be a UUID and may not exceed a length of 64 characters";
    errors.push(required(`${path}.tenant`, why));
  } else {
    for (const pair of registry.split(",")) {
      if (!HOST_AND_PORT.test(pair)) errors.push(invalidValue(`${path}.registry`, registry, pairs));
    }
  }
  return [...errors, ...needs("volume")(source, path, volume)];
};

/** core `validateFCVolumeSource`. */
export const fibreChannelErrors: SourceCheck = (source, path) => {
  const errors: FieldError[] = [];
  const names = (source["targetWWNs"] ?? []) as readonly string[];
  const wwids = (source["wwids"] ?? []) as readonly string[];
  const field = `${path}.targetWWNs`;
  if (names.length === 0 && wwids.length === 0) {
    errors.push(required(field, "must specify either targetWWNs or wwids, but not both"));
  }
  if (names.length > 0 && wwids.length > 0) {
    const why = "targetWWNs and wwids can not be specified simultaneously";
    errors.push(invalidValue(field, names, why));
  }
  const lun = source["lun"] as number | undefined;
  if (names.length > 0 && lun === undefined) {
    errors.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
  } else if (names.length > 0 && lun !== undefined && (lun < 0 || lun > 255)) {
    errors.push(invalidValue(`${path}.lun`, lun, "must be between 0 and 255, inclusive"));
  }
  return errors;
};

/** core `validateFlexVolumeSource`. */
export const flexErrors: SourceCheck = (source, path, volume) => {
  const errors: FieldError[] = [...needs("driver")(source, path, volume)];
  for (const key of Object.keys((source["options"] ?? {}) as object).sort()) {
    const domain = `.${(key.includes("/") ? key.slice(0, key.indexOf("/")) : key).toLowerCase()}`;
    if (!domain.endsWith(".kubernetes.io") && !domain.endsWith(".k8s.io")) continue;
    const why = "kubernetes.io and k8s.io namespaces are reserved";
    errors.push(invalidValue(`${path}.options[${key}]`, key, why));
  }
  return errors;
};

/** core `validateAzureDisk`. */
export const azureDiskErrors: SourceCheck = (source, path, volume) => {
  const errors: FieldError[] = [...needs("diskName", "diskURI")(source, path, volume)];
  const choice = (key: string, supported: readonly string[]) => {
    const value = source[key];
    if (typeof value === "string" && !supported.includes(value)) {
      errors.push(notSupported(`${path}.${key}`, value, supported));
    }
  };
  choice("cachingMode", ["None", "ReadOnly", "ReadWrite"]);
  choice("kind", ["Dedicated", "Managed", "Shared"]);
  const [kind, uri] = [source["kind"], textOf(source, "diskURI")];
  const wanted =
    kind === "Managed"
      ? "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
      : "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
  const start = wanted.slice(0, wanted.indexOf("{"));
  if (kind !== undefined && !uri.startsWith(start)) {
    errors.push(notSupported(`${path}.diskURI`, uri, [wanted]));
  }
  return errors;
};

/** core `validateStorageOSVolumeSource`, for persistent volumes with the secret's namespace. */
export function storageOsErrors(...secret: readonly string[]): SourceCheck {
  return (source, path) => {
    const errors: FieldError[] = [];
    const [name, space] = [textOf(source, "volumeName"), textOf(source, "volumeNamespace")];
    if (name === "") errors.push(required(`${path}.volumeName`, ""));
    else errors.push(...invalidEach(`${path}.volumeName`, name, dnsLabelErrors(name)));
    if (space !== "") {
      errors.push(...invalidEach(`${path}.volumeNamespace`, space, dnsLabelErrors(space)));
    }
    return [...errors, ...secretRefErrors(source, path, ...secret)];
  };
}

/** core `ValidateCSIDriverName`. */
export function csiDriverErrors(driver: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (driver === "") errors.push(required(field, ""));
  if (driver.length > 63) errors.push(tooLong(field, 63));
  errors.push(...invalidEach(field, driver, dnsSubdomainErrors(driver.toLowerCase())));
  return errors;
}

/** core `validateCSIVolumeSource`. */
export const csiErrors: SourceCheck = (source, path) => {
  const errors: FieldError[] = [...csiDriverErrors(textOf(source, "driver"), `${path}.driver`)];
  const ref = source["nodePublishSecretRef"] as Source | undefined;
  if (ref === undefined) return errors;
  const name = textOf(ref, "name");
  if (name === "") errors.push(required(`${path}.nodePublishSecretRef.name`, ""));
  else errors.push(...invalidEach(`${path}.name`, name, dnsSubdomainErrors(name)));
  return errors;
};

/** Members of metadata that a claim's template may not have, as upstream's reflection names them. */
const TEMPLATE_META: Readonly<Record<string, string>> = {
  name: "name",
  generateName: "generateName",
  namespace: "namespace",
  selfLink: "selfLink",
  uid: "uID",
  resourceVersion: "resourceVersion",
  generation: "generation",
  creationTimestamp: "creationTimestamp",
  deletionTimestamp: "deletionTimestamp",
  deletionGracePeriodSeconds: "deletionGracePeriodSeconds",
  ownerReferences: "ownerReferences",
  finalizers: "finalizers",
  managedFields: "managedFields",
};

/** core `validateEphemeralVolumeSource`. */
export const ephemeralErrors: SourceCheck = (source, path) => {
  const template = source["volumeClaimTemplate"] as
    | { readonly metadata?: Source; readonly spec?: object }
    | undefined;
  const at = `${path}.volumeClaimTemplate`;
  if (template === undefined) return [required(at, "")];
  const { metadata = {}, spec = {} } = template;
  const errors: FieldError[] = [];
  const texts = (key: string) => metadata[key] as Readonly<Record<string, string>> | undefined;
  const [annotations, labels] = [texts("annotations"), texts("labels")];
  if (annotations !== undefined) {
    errors.push(...annotationErrors(annotations, `${at}.metadata.annotations`));
  }
  if (labels !== undefined) errors.push(...labelErrors(labels, `${at}.metadata.labels`));
  for (const key of Object.keys(TEMPLATE_META)) {
    if (metadata[key] === undefined) continue;
    errors.push(forbiddenField(`${at}.metadata.${TEMPLATE_META[key]}`, "cannot be set"));
  }
  return [...errors, ...claimSpecErrors(spec, `${at}.spec`)];
};

/** core `validateGitRepoVolumeSource`. */
export const gitRepoErrors: SourceCheck = (source, path, volume) => [
  ...needs("repository")(source, path, volume),
  ...descendingPathErrors(textOf(source, "directory"), `${path}.directory`),
];
