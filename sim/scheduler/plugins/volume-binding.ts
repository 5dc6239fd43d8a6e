import { wholeValue } from "../../api/meta/quantity.ts";
import { matchesSelector } from "../../api/meta/selector.ts";
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { argsRecord, integerArg } from "../framework/args.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { BindingWrites, BindLater, NodeFilter, PluginFactory } from "../framework/plugin.ts";
import { type Rejection, unresolvable } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { isClaimOf } from "./hints/claims.ts";
import { capacityIsIgnored, reportsMoreStorage, topologiesDiffer } from "./hints/storage.ts";
import { claimClass, claimName, claimOf, storageVersion } from "./volumes/volume-claims.ts";
import { claimSize, findVolume, volumeAllowsNode } from "./volumes/volume-matching.ts";

const NAME = "VolumeBinding";
const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NO_SPACE = "node(s) did not have enough free storage";
const MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";
const IMMEDIATE = unresolvable("pod has unbound immediate PersistentVolumeClaims");
const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** The claims of a pod by what is left to do about them. */
interface Claims {
  readonly bound: PersistentVolumeClaim[];
  /** Unbound, bound once the node is known. */
  readonly delayed: PersistentVolumeClaim[];
  readonly immediate: PersistentVolumeClaim[];
}

function refuseClaim(info: PodInfo, snapshot: Snapshot): Rejection | undefined {
  const { pod } = info;
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimName(pod, volume);
    if (name === undefined) continue;
    const claim = claimOf(snapshot, pod, name);
    if (claim === undefined)
      return volume.ephemeral === undefined
        ? unresolvable(`persistentvolumeclaim "${name}" not found`)
        : unresolvable(
            `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`,
          );
    if (claim.status?.phase === "Lost")
      return unresolvable(
        `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ""}"`,
      );
    if (claim.metadata.deletionTimestamp !== undefined)
      return unresolvable(`persistentvolumeclaim "${name}" is being deleted`);
  }
  return undefined;
}

function sortClaims({ pod }: PodInfo, snapshot: Snapshot): Claims {
  const claims: Claims = { bound: [], delayed: [], immediate: [] };
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimName(pod, volume);
    const claim = name === undefined ? undefined : claimOf(snapshot, pod, name);
    if (claim === undefined) continue;
    const volumeName = claim.spec?.volumeName ?? "";
    const mode = snapshot.objects.get("StorageClass", claimClass(claim))?.volumeBindingMode;
    if (volumeName !== "" && claim.metadata.annotations?.[BIND_COMPLETED] !== undefined)
      claims.bound.push(claim);
    else if (mode === "WaitForFirstConsumer" && volumeName === "") claims.delayed.push(claim);
    else claims.immediate.push(claim);
  }
  return claims;
}

/** Whether the class allows a volume on the node (`allowedTopologies`). */
function topologyAllows({ allowedTopologies }: StorageClass, node: Node): boolean {
  if (allowedTopologies === undefined || allowedTopologies.length === 0) return true;
  return allowedTopologies.some((term) =>
    (term.matchLabelExpressions ?? []).every((each) =>
      (each.values ?? []).includes(node.metadata.labels?.[each.key] ?? ""),
    ),
  );
}

/** Whether the driver reports enough free storage for the claim near the node; drivers that report none have it. */
function enoughStorage(
  storageClass: StorageClass,
  claim: PersistentVolumeClaim,
  node: Node,
  snapshot: Snapshot,
): boolean {
  const driver = snapshot.objects.get("CSIDriver", storageClass.provisioner);
  if (driver?.spec.storageCapacity !== true) return true;
  const size = claimSize(claim);
  return snapshot.objects.list("CSIStorageCapacity").some((each) => {
    if (each.storageClassName !== storageClass.metadata.name) return false;
    const limit = each.maximumVolumeSize ?? each.capacity;
    return (
      limit !== undefined &&
      wholeValue(limit) >= size &&
      matchesSelector(each.nodeTopology)(node.metadata.labels)
    );
  });
}

function provisionProblem(
  claim: PersistentVolumeClaim,
  node: Node,
  snapshot: Snapshot,
): string | undefined {
  const storageClass = snapshot.objects.get("StorageClass", claimClass(claim));
  const provisioner = storageClass?.provisioner ?? "";
  if (storageClass === undefined || provisioner === "" || provisioner === NO_PROVISIONER)
    return BIND_CONFLICT;
  if (!topologyAllows(storageClass, node)) return BIND_CONFLICT;
  return enoughStorage(storageClass, claim, node, snapshot) ? undefined : NO_SPACE;
}

/** What is missing on the node for the claims that wait for one; upstream stops at the first claim without a place. */
function delayedProblem(
  claims: readonly PersistentVolumeClaim[],
  node: Node,
  snapshot: Snapshot,
  volumes: readonly PersistentVolume[],
): string | undefined {
  const selectedNode = (claim: PersistentVolumeClaim) =>
    claim.metadata.annotations?.[SELECTED_NODE];
  const provisioned = claims.filter((claim) => selectedNode(claim) !== undefined);
  if (provisioned.some((claim) => selectedNode(claim) !== node.metadata.name)) return BIND_CONFLICT;
  const taken = new Set<string>();
  const unmatched: PersistentVolumeClaim[] = [];
  const open = claims.filter((claim) => selectedNode(claim) === undefined);
  for (const claim of open.sort((a, b) => claimSize(a) - claimSize(b))) {
    const volume = findVolume(claim, volumes, node, taken);
    if (volume === undefined) unmatched.push(claim);
    else taken.add(volume.metadata.name ?? "");
  }
  for (const claim of [...provisioned, ...unmatched]) {
    const problem = provisionProblem(claim, node, snapshot);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function volumeFilter(info: PodInfo, snapshot: Snapshot): NodeFilter {
  const claims = sortClaims(info, snapshot);
  const volumes = claims.delayed.length === 0 ? [] : snapshot.objects.list("PersistentVolume");
  const known = new Map<string, Rejection>();
  return (index) => {
    const node = snapshot.nodes[index];
    if (node === undefined) return undefined;
    const bound = boundProblem(claims.bound, node, snapshot);
    const delayed = delayedProblem(claims.delayed, node, snapshot, volumes);
    if (bound === undefined && delayed === undefined) return undefined;
    // Upstream's order: node conflict, no volume to bind, no space, no such volume.
    const reasons = [bound, delayed].filter((reason) => reason !== undefined);
    if (bound === MISSING) reasons.reverse();
    const key = reasons.join("\n");
    const rejection = known.get(key) ?? unresolvable(...reasons);
    known.set(key, rejection);
    return rejection;
  };
}

/** The first bound claim whose volume is not there, or not for this node. */
function boundProblem(
  claims: readonly PersistentVolumeClaim[],
  node: Node,
  snapshot: Snapshot,
): string | undefined {
  for (const claim of claims) {
    const volume = snapshot.objects.get("PersistentVolume", claim.spec?.volumeName ?? "");
    if (volume === undefined) return MISSING;
    if (!volumeAllowsNode(volume, node)) return NODE_CONFLICT;
  }
  return undefined;
}

/** How often upstream looks whether the claims of a pod are bound. */
const POLL: Micros = SECOND;
const SELECTED_NODE = "volume.kubernetes.io/selected-node";

/** Sets the binding of claims going that waited for a node, and waits until all are bound. */
function bindVolumes(
  info: PodInfo,
  nodeName: string,
  snapshot: Snapshot,
  writes: BindingWrites,
): BindLater | undefined {
  const { delayed, immediate } = sortClaims(info, snapshot);
  if (delayed.length + immediate.length === 0) return undefined;
  const node = snapshot.nodes[snapshot.find(nodeName) ?? -1];
  if (node === undefined) return { retryAfter: POLL };
  const volumes = snapshot.objects.list("PersistentVolume");
  const taken = new Set<string>();
  for (const claim of [...delayed].sort((a, b) => claimSize(a) - claimSize(b))) {
    const volume = findVolume(claim, volumes, node, taken);
    if (volume !== undefined) {
      taken.add(volume.metadata.name);
      if (volume.spec.claimRef === undefined) writes.promiseVolume(volume.metadata.name, claim);
    } else if (claim.metadata.annotations?.[SELECTED_NODE] === undefined) {
      writes.selectNode(claim, nodeName);
    }
  }
  return { retryAfter: POLL };
}

/**
 * Volumes must be usable on the node: bound ones by their node affinity; claims that wait for the first consumer
 * must find a volume or a provisioner there. Immediate claims must be bound before the pod is looked at.
 */
export const volumeBinding: PluginFactory = {
  name: NAME,
  create: (raw) => {
    const args = argsRecord(raw, NAME, ["bindTimeoutSeconds", "shape"]);
    const place = { plugin: NAME, field: "bindTimeoutSeconds" };
    integerArg(args["bindTimeoutSeconds"], 600, { min: 0, max: 1e9 }, place);
    return {
      name: NAME,
      wakesOn: [
        { resource: "StorageClass", actions: ["add"] },
        hinted("StorageClass", ["update"], topologiesDiffer),
        hinted("PersistentVolumeClaim", ["add", "update"], isClaimOf),
        { resource: "PersistentVolume", actions: ["add", "update"] },
        { resource: "Node", actions: ["add", "update-label"] },
        { resource: "CSINode", actions: ["add", "update"] },
        hinted("CSIDriver", ["update", "delete"], capacityIsIgnored),
        hinted("CSIStorageCapacity", ["add", "update"], reportsMoreStorage),
      ],
      version: storageVersion,
      preFilter: (pod, snapshot) => {
        const refusal = refuseClaim(pod, snapshot);
        if (refusal !== undefined) return { reject: refusal };
        const { bound, delayed, immediate } = sortClaims(pod, snapshot);
        if (immediate.length > 0) return { reject: IMMEDIATE };
        return bound.length + delayed.length === 0 ? "skip" : undefined;
      },
      filter: { dependsOn: "node", readsSpecAlone: true, filter: volumeFilter },
      preBind: bindVolumes,
      // Scoring by storage capacity is off in v1.36 unless its feature gate is set.
      score: { dependsOn: "node", readsSpecAlone: true, score: () => "skip" },
    };
  },
};
