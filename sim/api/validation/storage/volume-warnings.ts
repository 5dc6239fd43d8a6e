import type { PersistentVolume } from "../../types.gen.ts";
import { nodeTermWarnings } from "../label-warnings.ts";
import { BETA_CLASS, OLD_CLASS } from "./claim-warnings.ts";

/** Sources of volumes that are gone or going: field, the name in the warning, and what it says. */
export const OLD_VOLUMES = [
  ["photonPersistentDisk", "photonPersistentDisk", gone("v1.11", "v1.16")],
  ["gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "scaleIO", gone("v1.16", "v1.22")],
  ["flocker", "flocker", gone("v1.22", "v1.25")],
  ["storageos", "storageOS", gone("v1.22", "v1.25")],
  ["quobyte", "quobyte", gone("v1.22", "v1.25")],
  ["glusterfs", "glusterfs", gone("v1.25", "v1.26")],
  ["cephfs", "cephfs", gone("v1.28", "v1.31")],
  ["rbd", "rbd", gone("v1.28", "v1.31")],
] as const;

function gone(deprecated: string, removed: string): string {
  return `deprecated in ${deprecated}, non-functional in ${removed}+`;
}

const MOUNT_OPTIONS = "volume.beta.kubernetes.io/mount-options";

/** Texts that come with a persistent volume. */
export function persistentVolumeWarnings({
  metadata,
  spec = {},
}: PersistentVolume): readonly string[] {
  const texts: string[] = [];
  if (metadata.annotations?.[BETA_CLASS] !== undefined) texts.push(OLD_CLASS);
  if (metadata.annotations?.[MOUNT_OPTIONS] !== undefined) {
    const why = 'deprecated since v1.31; use "mountOptions" attribute instead';
    texts.push(`metadata.annotations[${MOUNT_OPTIONS}]: ${why}`);
  }
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    const why =
      "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
    texts.push(`spec.persistentVolumeReclaimPolicy: ${why}`);
  }
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms;
  const place = "spec.nodeAffinity.required.nodeSelectorTerms";
  texts.push(...nodeTermWarnings(terms, (index) => `${place}[${index}]`));
  for (const [key, name, text] of OLD_VOLUMES) {
    if (key !== "gitRepo" && spec[key] !== undefined) texts.push(`spec.${name}: ${text}`);
  }
  return texts;
}
