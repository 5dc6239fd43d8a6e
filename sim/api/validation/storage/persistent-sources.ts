import type { PersistentVolumeSpec } from "../../types.gen.ts";
import { type FieldError, forbiddenField, required } from "../field-error.ts";
import { invalidEach } from "../meta.ts";
import { dnsLabelErrors, dnsSubdomainErrors } from "../names.ts";
import { backstepErrors } from "../paths.ts";
import {
  azureDiskErrors,
  csiDriverErrors,
  diskErrors,
  fibreChannelErrors,
  flexErrors,
  flockerErrors,
  hostPathErrors,
  iscsiErrors,
  needs,
  nfsErrors,
  quobyteErrors,
  type Source,
  type SourceCheck,
  secretRefErrors,
  storageOsErrors,
  textOf,
} from "./volume-sources.ts";

const glusterfsErrors: SourceCheck = (source, path, volume) => {
  const errors = needs("endpoints", "path")(source, path, volume);
  const space = source["endpointsNamespace"];
  if (typeof space !== "string") return errors;
  const field = `${path}.endpointsNamespace`;
  const unnamed = "if the endpointnamespace is set, it must be a valid namespace name";
  const texts = space === "" ? [unnamed] : dnsLabelErrors(space);
  return [...errors, ...invalidEach(field, space, texts)];
};

const azureFileErrors: SourceCheck = (source, path, volume) => {
  const errors = needs("secretName", "shareName")(source, path, volume);
  return source["secretNamespace"] === ""
    ? [...errors, required(`${path}.secretNamespace`, "")]
    : errors;
};

const cinderErrors: SourceCheck = (source, path, volume) => [
  ...needs("volumeID")(source, path, volume),
  ...secretRefErrors(source, path, "name", "namespace"),
];

const localErrors: SourceCheck = (source, path) => {
  const place = textOf(source, "path");
  const field = `${path}.path`;
  return place === "" ? [required(field, "")] : backstepErrors(place, field);
};

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
];

const csiErrors: SourceCheck = (source, path, volume) => {
  const errors: FieldError[] = [...csiDriverErrors(textOf(source, "driver"), `${path}.driver`)];
  errors.push(...needs("volumeHandle")(source, path, volume));
  for (const key of SECRETS) {
    const ref = source[key] as Source | undefined;
    if (ref === undefined) continue;
    const at = `${path}.${key}`;
    const [name, space] = [textOf(ref, "name"), textOf(ref, "namespace")];
    if (name === "") errors.push(required(`${at}.name`, ""));
    else errors.push(...invalidEach(`${at}.name`, name, dnsSubdomainErrors(name)));
    if (space === "") errors.push(required(`${at}.namespace`, ""));
    else errors.push(...invalidEach(`${at}.namespace`, space, dnsLabelErrors(space)));
  }
  return errors;
};

/** Sources in upstream's order; the first wins, the others are forbidden. */
const SOURCES: Readonly<Record<string, SourceCheck>> = {
  hostPath: hostPathErrors,
  gcePersistentDisk: diskErrors("pdName"),
  awsElasticBlockStore: diskErrors("volumeID"),
  glusterfs: glusterfsErrors,
  flocker: flockerErrors,
  nfs: nfsErrors,
  rbd: needs("monitors", "image"),
  quobyte: quobyteErrors,
  cephfs: needs("monitors"),
  iscsi: iscsiErrors(true),
  cinder: cinderErrors,
  fc: fibreChannelErrors,
  flexVolume: flexErrors,
  azureFile: azureFileErrors,
  vsphereVolume: needs("volumePath"),
  photonPersistentDisk: needs("pdID"),
  portworxVolume: needs("volumeID"),
  azureDisk: azureDiskErrors,
  scaleIO: needs("gateway", "system", "volumeName"),
  local: localErrors,
  storageos: storageOsErrors("name", "namespace"),
  csi: csiErrors,
};
const KEYS = Object.keys(SOURCES);

/** Whether a member of a volume's spec says where it is stored. */
export function isPersistentSource(key: string): boolean {
  return SOURCES[key] !== undefined;
}

/** Where a volume is stored: one place, that can be found. */
export function persistentSourceErrors(
  spec: PersistentVolumeSpec,
  volume: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const key of KEYS) {
    const source = (spec as Source)[key] as Source | undefined;
    if (source === undefined) continue;
    count++;
    if (count > 1) {
      const field = `spec.${key === "cephfs" ? "cephFS" : key}`;
      errors.push(forbiddenField(field, "may not specify more than 1 volume type"));
      continue;
    }
    const place = key === "gcePersistentDisk" ? "persistentDisk" : key;
    errors.push(...(SOURCES[key]?.(source, `spec.${place}`, volume) ?? []));
    if (key === "local" && spec.nodeAffinity === undefined) {
      errors.push(required("spec.nodeAffinity", "Local volume requires node affinity"));
    }
  }
  if (count === 0) errors.push(required("spec", "must specify a volume type"));
  const root = /^\/(?:\.?\/|\.$)*$/.test(spec.hostPath?.path ?? "");
  if (root && spec.persistentVolumeReclaimPolicy === "Recycle") {
    const why = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbiddenField("spec.persistentVolumeReclaimPolicy", why));
  }
  return errors;
}
