import { wholeValue } from "../../api/meta/quantity.ts";
import { matchesSelector } from "../../api/meta/selector.ts";
import { type Key, keyOf } from "../../api/object.ts";
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
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
import { type Promised, VolumePromises } from "./volumes/volume-promises.ts";

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

function controls({ metadata }: Pod, claim: PersistentVolumeClaim): boolean {
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner?.uid === metadata.uid;
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
    if (volume.ephemeral !== undefined && !controls(pod, claim))
      return unresolvable(
        `PVC ${keyOf(claim)} was not created for pod ${keyOf(pod)} (pod is not owner)`,
      );
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

/** Where the claims that wait for a node would have their volumes from on this one. */
interface Places {
  readonly matched: readonly (readonly [volume: string, claim: PersistentVolumeClaim])[];
  /** Claims that need a provisioner: those that have been given to one first. */
  readonly unmatched: readonly PersistentVolumeClaim[];
}

/** The smallest claims choose first; `undefined` when one is to be provisioned for another node. */
function placesOf(
  claims: readonly PersistentVolumeClaim[],
  node: Node,
  volumes: readonly PersistentVolume[],
  selectedNode: (claim: PersistentVolumeClaim) => string | undefined,
): Places | undefined {
  const provisioned = claims.filter((claim) => selectedNode(claim) !== undefined);
  if (provisioned.some((claim) => selectedNode(claim) !== node.metadata.name)) return undefined;
  const taken = new Set<string>();
  const matched: [string, PersistentVolumeClaim][] = [];
  const unmatched: PersistentVolumeClaim[] = [];
  const open = claims.filter((claim) => selectedNode(claim) === undefined);
  for (const claim of open.sort((a, b) => claimSize(a) - claimSize(b))) {
    const volume = findVolume(claim, volumes, node, taken);
    if (volume === undefined) unmatched.push(claim);
    else {
      taken.add(volume.metadata.name);
      matched.push([volume.metadata.name, claim]);
    }
  }
  return { matched, unmatched: [...provisioned, ...unmatched] };
}

/** What is missing on the node for the claims that wait for one; upstream stops at the first claim without a place. */
function delayedProblem(
  places: Places | undefined,
  node: Node,
  snapshot: Snapshot,
): string | undefined {
  if (places === undefined) return BIND_CONFLICT;
  for (const claim of places.unmatched) {
    const problem = provisionProblem(claim, node, snapshot);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function volumeFilter(info: PodInfo, snapshot: Snapshot, promises: VolumePromises): NodeFilter {
  const { bound: own, delayed: late } = sortClaims(info, snapshot);
  const volumes = late.length === 0 ? [] : promises.volumes(snapshot);
  const selectedNode = (claim: PersistentVolumeClaim) => promises.selectedNode(claim, snapshot);
  const known = new Map<string, Rejection>();
  return (index) => {
    const node = snapshot.nodes[index];
    if (node === undefined) return undefined;
    const bound = boundProblem(own, node, snapshot);
    const delayed = delayedProblem(placesOf(late, node, volumes, selectedNode), node, snapshot);
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

/** Sets volumes and provisioners aside for the claims that wait for the pod's node. */
function promiseVolumes(
  info: PodInfo,
  nodeName: string,
  snapshot: Snapshot,
  promises: VolumePromises,
): void {
  const { delayed } = sortClaims(info, snapshot);
  const node = snapshot.nodes[snapshot.find(nodeName) ?? -1];
  if (delayed.length === 0 || node === undefined) return;
  const selectedNode = (claim: PersistentVolumeClaim) => promises.selectedNode(claim, snapshot);
  const places = placesOf(delayed, node, promises.volumes(snapshot), selectedNode);
  const { matched = [], unmatched = [] } = places ?? {};
  const provisioned = unmatched.map((claim) => keyOf(claim));
  promises.put({ pod: info.pod, node: nodeName, matched, provisioned }, snapshot);
}

/** Sets the binding of claims going that waited for a node, and waits until all are bound. */
function bindVolumes(
  info: PodInfo,
  snapshot: Snapshot,
  promised: Promised | undefined,
  writes: BindingWrites,
): boolean {
  const { delayed, immediate } = sortClaims(info, snapshot);
  if (delayed.length + immediate.length === 0) return true;
  const isOpen = (key: Key) => delayed.some((claim) => keyOf(claim) === key);
  for (const [volume, claim] of promised?.matched ?? [])
    if (isOpen(keyOf(claim))) writes.promiseVolume(volume, claim);
  for (const key of promised?.provisioned ?? [])
    if (isOpen(key)) writes.selectNode(key, promised?.node ?? "");
  return false;
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
    const patience = integerArg(args["bindTimeoutSeconds"], 600, { min: 0, max: 1e9 }, place);
    const waiting: BindLater = {
      retryAfter: POLL,
      atMost: patience * SECOND,
      tooLate: "binding volumes: context deadline exceeded",
    };
    const promises = new VolumePromises();
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
      version: (pod, snapshot) =>
        pod.traits.hasVolumes ? storageVersion(pod, snapshot) + promises.version : 0,
      preFilter: (pod, snapshot) => {
        const refusal = refuseClaim(pod, snapshot);
        if (refusal !== undefined) return { reject: refusal };
        const { bound, delayed, immediate } = sortClaims(pod, snapshot);
        if (immediate.length > 0) return { reject: IMMEDIATE };
        return bound.length + delayed.length === 0 ? "skip" : undefined;
      },
      filter: {
        dependsOn: "node",
        readsSpecAlone: true,
        filter: (pod, snapshot) => volumeFilter(pod, snapshot, promises),
      },
      reserve: (pod, node, snapshot) => {
        promiseVolumes(pod, node, snapshot, promises);
        return undefined;
      },
      unreserve: ({ pod }) => promises.drop(pod),
      preBind: (info, _, snapshot, writes) =>
        bindVolumes(info, snapshot, promises.of(info.pod), writes) ? undefined : waiting,
      state: promises,
      // Scoring by storage capacity is off in v1.36 unless its feature gate is set.
      score: { dependsOn: "node", readsSpecAlone: true, score: () => "skip" },
    };
  },
};
