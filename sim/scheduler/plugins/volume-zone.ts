import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { type Rejection, unresolvable } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { isClaimOf } from "./hints/claims.ts";
import { claimClass, claimNames, claimOf, storageVersion } from "./volumes/volume-claims.ts";

const REJECTED = unresolvable("node(s) had no available volume zone");
const CURRENT: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region": "topology.kubernetes.io/region",
};

interface Demand {
  readonly key: string;
  readonly values: readonly string[];
}

/** What the labels of the pod's volumes demand of a node, or why that cannot be told. */
function demandsOf({ pod }: PodInfo, snapshot: Snapshot): readonly Demand[] | Rejection {
  const demands: Demand[] = [];
  for (const name of claimNames(pod)) {
    const claim = claimOf(snapshot, pod, name);
    if (claim === undefined) return unresolvable(`persistentvolumeclaim "${name}" not found`);
    const volumeName = claim.spec?.volumeName ?? "";
    if (volumeName === "") {
      const refusal = unboundRefusal(claimClass(claim), snapshot);
      if (refusal !== undefined) return refusal;
      continue;
    }
    const volume = snapshot.objects.get("PersistentVolume", volumeName);
    if (volume === undefined) return unresolvable(`persistentvolume "${volumeName}" not found`);
    for (const key in CURRENT) {
      const value = volume.metadata.labels?.[key];
      const values = value?.split("__").map((zone) => zone.trim());
      // A label with an empty zone in it cannot be read, and demands nothing.
      if (values?.includes("") === false) demands.push({ key, values });
    }
  }
  return demands;
}

/** A claim without a volume is fine only when its class waits for the first consumer. */
function unboundRefusal(className: string, snapshot: Snapshot): Rejection | undefined {
  if (className === "")
    return unresolvable("PersistentVolumeClaim had no pv name and storageClass name");
  const storageClass = snapshot.objects.get("StorageClass", className);
  if (storageClass === undefined)
    return unresolvable(`storageclass.storage.k8s.io "${className}" not found`);
  if (storageClass.volumeBindingMode === undefined)
    return unresolvable(`VolumeBindingMode not set for StorageClass "${className}"`);
  return storageClass.volumeBindingMode === "WaitForFirstConsumer"
    ? undefined
    : unresolvable("PersistentVolume had no name");
}

/** A pod with a volume that belongs to a zone goes to that zone; nodes without any zone label are not asked. */
export const volumeZone: PluginFactory = {
  name: "VolumeZone",
  create: () => ({
    name: "VolumeZone",
    wakesOn: [
      { resource: "StorageClass", actions: ["add"] },
      { resource: "Node", actions: ["add", "update-label"] },
      hinted("PersistentVolumeClaim", ["add", "update"], isClaimOf),
      { resource: "PersistentVolume", actions: ["add", "update"] },
    ],
    version: storageVersion,
    preFilter: (pod, snapshot) => {
      if (!pod.traits.hasVolumes) return "skip";
      const demands = demandsOf(pod, snapshot);
      if ("code" in demands) return { reject: demands };
      return demands.length === 0 ? "skip" : undefined;
    },
    filter: {
      dependsOn: "node",
      readsSpecAlone: true,
      filter: (pod, snapshot) => {
        const found = demandsOf(pod, snapshot);
        const demands = "code" in found ? [] : found;
        return (node) => {
          const labels = snapshot.labelsOf(node) ?? {};
          if (!Object.keys(CURRENT).some((key) => key in labels)) return undefined;
          const met = demands.every(({ key, values }) => {
            const value = labels[key] ?? labels[CURRENT[key] ?? ""];
            return value !== undefined && values.includes(value);
          });
          return met ? undefined : REJECTED;
        };
      },
    },
  }),
};
