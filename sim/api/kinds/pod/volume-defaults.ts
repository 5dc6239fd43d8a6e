import type { PersistentVolumeClaimSpec, Volume, VolumeProjection } from "../../types.gen.ts";
import { fill, refine, refineEach } from "../fill.ts";
import { pullPolicyOf } from "./image.ts";
import { roundRequirements } from "./resources.ts";

/** Octal 0644: the mode of files in configMap, secret, downwardAPI and projected volumes. */
const FILE_MODE = 420;

/** A volume with the defaults of its source; without a source it is an emptyDir. */
export function defaultVolume(volume: Volume): Volume {
  let next = volume;
  if (Object.keys(volume).every((key) => key === "name")) next = { ...next, emptyDir: {} };
  next = refine(next, "configMap", (source) => fill(source, { defaultMode: FILE_MODE }));
  next = refine(next, "secret", (source) => fill(source, { defaultMode: FILE_MODE }));
  next = refine(next, "hostPath", (source) =>
    source.type === undefined ? { ...source, type: "" } : source,
  );
  next = refine(next, "downwardAPI", (source) => {
    const filled = fill(source, { defaultMode: FILE_MODE });
    return refine(filled, "items", (items) => refineEach(items, withFieldVersion));
  });
  next = refine(next, "projected", (source) => {
    const filled = fill(source, { defaultMode: FILE_MODE });
    return refine(filled, "sources", (sources) => refineEach(sources, defaultProjection));
  });
  next = refine(next, "ephemeral", (source) =>
    refine(source, "volumeClaimTemplate", (claim) => refine(claim, "spec", defaultClaimSpec)),
  );
  next = refine(next, "image", (source) =>
    fill(source, { pullPolicy: pullPolicyOf(source.reference ?? "") }),
  );
  return defaultNetworkVolume(next);
}

type NetworkSources = Pick<Volume, "iscsi" | "rbd" | "scaleIO" | "azureDisk">;

/** Defaults of sources that volumes of pods and persistent volumes share. */
export function defaultNetworkVolume<T extends NetworkSources>(volume: T): T {
  let next: NetworkSources = refine(volume as NetworkSources, "iscsi", (source) =>
    fill(source, { iscsiInterface: "default" }),
  );
  next = refine(next, "rbd", (source) =>
    fill(source, { pool: "rbd", user: "admin", keyring: "/etc/ceph/keyring" }),
  );
  next = refine(next, "scaleIO", (source) =>
    fill(source, { storageMode: "ThinProvisioned", fsType: "xfs" }),
  );
  return refine(next, "azureDisk", (source) =>
    fill(source, { cachingMode: "ReadWrite", kind: "Shared", fsType: "ext4", readOnly: false }),
  ) as T;
}

/** Certificates and trust bundles are dropped: their features are off in v1.36. */
function defaultProjection(projection: VolumeProjection): VolumeProjection {
  const { clusterTrustBundle, podCertificate, ...served } = projection;
  const none = clusterTrustBundle === undefined && podCertificate === undefined;
  const next = refine(none ? projection : served, "serviceAccountToken", (token) =>
    fill(token, { expirationSeconds: 3600 }),
  );
  return refine(next, "downwardAPI", (source) =>
    refine(source, "items", (items) => refineEach(items, withFieldVersion)),
  );
}

function withFieldVersion<T extends { readonly fieldRef?: { readonly apiVersion?: string } }>(
  item: T,
): T {
  return refine(item, "fieldRef", (field) => fill(field, { apiVersion: "v1" }));
}

/** The defaults of a claim's spec. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): PersistentVolumeClaimSpec {
  const rounded = refine(spec, "resources", roundRequirements);
  return fill(rounded, { volumeMode: "Filesystem" });
}
