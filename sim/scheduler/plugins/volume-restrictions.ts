import type { Pod, Volume } from "../../api/types.gen.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { DomainFilter, PluginFactory } from "../framework/plugin.ts";
import { type Rejection, unresolvable, unschedulable } from "../framework/status.ts";
import type { NodeIndex } from "../snapshot/node-index.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { isClaimOf } from "./hints/claims.ts";
import { sharedClaim } from "./hints/storage.ts";
import { claimNames, claimOf, storageVersion } from "./volumes/volume-claims.ts";

const DISK = unschedulable("node(s) had no available disk");
const ONCE_POD = unschedulable(
  "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
);

/** Whether the volume is of a sort that cannot be mounted twice on a node. */
function isExclusive(volume: Volume): boolean {
  return (
    volume.gcePersistentDisk !== undefined ||
    volume.awsElasticBlockStore !== undefined ||
    volume.iscsi !== undefined ||
    volume.rbd !== undefined
  );
}

/** Whether two volumes are the same disk in a way that excludes each other. */
export function volumesClash(a: Volume, b: Volume): boolean {
  const [gce, otherGce] = [a.gcePersistentDisk, b.gcePersistentDisk];
  if (gce !== undefined && otherGce !== undefined && gce.pdName === otherGce.pdName)
    if (gce.readOnly !== true || otherGce.readOnly !== true) return true;
  const [ebs, otherEbs] = [a.awsElasticBlockStore, b.awsElasticBlockStore];
  if (ebs !== undefined && otherEbs !== undefined && ebs.volumeID === otherEbs.volumeID)
    return true;
  const [iscsi, otherIscsi] = [a.iscsi, b.iscsi];
  if (iscsi !== undefined && otherIscsi !== undefined && iscsi.iqn === otherIscsi.iqn)
    if (iscsi.readOnly !== true || otherIscsi.readOnly !== true) return true;
  const [rbd, otherRbd] = [a.rbd, b.rbd];
  if (rbd === undefined || otherRbd === undefined) return false;
  const sameMonitor = (rbd.monitors ?? []).some((each) => (otherRbd.monitors ?? []).includes(each));
  const sameImage =
    (rbd.pool ?? "rbd") === (otherRbd.pool ?? "rbd") && rbd.image === otherRbd.image;
  return sameMonitor && sameImage && (rbd.readOnly !== true || otherRbd.readOnly !== true);
}

/** Whether two pods use the same disk in a way that excludes each other. */
function sharesDisk(pod: Pod, other: Pod): boolean {
  return (pod.spec.volumes ?? []).some((volume) =>
    (other.spec.volumes ?? []).some((each) => volumesClash(volume, each)),
  );
}

/** Claims of the pod with access mode ReadWriteOncePod, or the refusal when one does not exist. */
function exclusiveClaims({ pod }: PodInfo, snapshot: Snapshot): ReadonlySet<string> | Rejection {
  const names = new Set<string>();
  for (const volume of pod.spec.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = claimOf(snapshot, pod, name);
    if (claim === undefined) return unresolvable(`persistentvolumeclaim "${name}" not found`);
    if ((claim.spec?.accessModes ?? []).includes("ReadWriteOncePod")) names.add(name);
  }
  return names;
}

/**
 * A disk that cannot be shared is refused where it is in use; a ReadWriteOncePod claim that any pod in the
 * cluster uses keeps the pod off every node.
 */
class ClaimInUse implements DomainFilter {
  private readonly uses: Int32Array;
  private readonly pod: PodInfo;
  private readonly names: ReadonlySet<string>;
  private readonly snapshot: Snapshot;
  private readonly disks: readonly Volume[];
  private inUse = 0;

  constructor(pod: PodInfo, snapshot: Snapshot, names: ReadonlySet<string>) {
    this.pod = pod;
    this.snapshot = snapshot;
    this.names = names;
    this.disks = (pod.pod.spec.volumes ?? []).filter(isExclusive);
    this.uses = new Int32Array(this.inert ? 0 : snapshot.columns.capacity);
    if (!this.inert) for (const node of snapshot.order()) this.nodeChanged(node);
  }

  get inert(): boolean {
    return this.names.size === 0 && this.disks.length === 0;
  }

  domain(node: NodeIndex): number {
    if (this.disks.length === 0) return 0;
    const taken = (this.snapshot.podsOn[node] ?? []).some(({ pod }) =>
      (pod.spec.volumes ?? []).some((other) =>
        this.disks.some((disk) => volumesClash(disk, other)),
      ),
    );
    return taken ? 1 : 0;
  }

  filter(domain: number): Rejection | undefined {
    if (domain === 1) return DISK;
    return this.inUse > 0 ? ONCE_POD : undefined;
  }

  nodeChanged(node: NodeIndex): void {
    if (this.names.size === 0) return;
    let uses = 0;
    for (const pod of this.snapshot.podsOn[node] ?? []) uses += this.usesBy(pod);
    this.inUse += uses - (this.uses[node] as number);
    this.uses[node] = uses;
  }

  simulate(_node: NodeIndex, pod: PodInfo, sign: 1 | -1): void {
    this.inUse += sign * this.usesBy(pod);
  }

  stale(): boolean {
    return false;
  }

  private usesBy({ pod, traits }: PodInfo): number {
    if (!traits.hasVolumes || traits.namespace !== this.pod.traits.namespace) return 0;
    return claimNames(pod).filter((name) => this.names.has(name)).length;
  }
}

/** Volumes that only one pod, or one pod per node, may use. */
export const volumeRestrictions: PluginFactory = {
  name: "VolumeRestrictions",
  create: () => ({
    name: "VolumeRestrictions",
    wakesOn: [
      hinted(
        "AssignedPod",
        ["delete"],
        (pod, gone) => sharedClaim(pod, gone) || (gone !== undefined && sharesDisk(pod, gone)),
      ),
      { resource: "Node", actions: ["add"] },
      hinted("PersistentVolumeClaim", ["add", "update"], isClaimOf),
    ],
    version: storageVersion,
    preFilter: (pod, snapshot) => {
      if (!pod.traits.hasVolumes) return "skip";
      const claims = exclusiveClaims(pod, snapshot);
      if ("code" in claims) return { reject: claims };
      if ((pod.pod.spec.volumes ?? []).some(isExclusive)) return undefined;
      const inUse = new ClaimInUse(pod, snapshot, claims).filter(0) !== undefined;
      return inUse ? undefined : "skip";
    },
    filter: {
      dependsOn: "cluster",
      filter: (pod, snapshot) => {
        const claims = exclusiveClaims(pod, snapshot);
        return new ClaimInUse(pod, snapshot, "code" in claims ? new Set() : claims);
      },
    },
  }),
};
