import type { ApiServer } from "../../api/api-server.ts";
import { microTimestamp } from "../../api/meta/time.ts";
import { slicesOfNode } from "../../api/node-devices.ts";
import { type KubeObject, type Manifest, makeKey } from "../../api/object.ts";
import type { CSINode, Lease, Node, ResourceSlice } from "../../api/types.gen.ts";
import { NODE_LEASE_NAMESPACE } from "../../api/virtual.ts";
import type { StoredImage } from "../pod/image-store.ts";
import { nodeConditions, nodeStatus } from "./node-status.ts";
import { type NodeSpecimen, nodeManifest } from "./node-template.ts";

/** What a machine knows of itself when it registers. */
export interface Machine {
  readonly address: string;
  /** Range of its pods' addresses; left to others when absent. */
  readonly podCIDR: string | undefined;
  readonly images: readonly StoredImage[];
  /** Whether it registers for volumes of CSI drivers. */
  readonly csiNode: boolean;
}

/** Registers a node with the API: the Node with its status, its Lease, its CSINode, its drivers' ResourceSlices. Throws `ApiError` when it exists. */
export function registerNode(api: ApiServer, specimen: NodeSpecimen, machine: Machine): Node {
  const { name } = specimen;
  const now = api.now;
  const manifest = nodeManifest(specimen);
  const { podCIDR } = machine;
  const spec =
    podCIDR === undefined ? manifest.spec : { ...manifest.spec, podCIDR, podCIDRs: [podCIDR] };
  const node = api.create<Node>("Node", { ...manifest, ...(spec === undefined ? {} : { spec }) });
  const conditions = nodeConditions(undefined, new Set(), now);
  const status = nodeStatus(specimen, machine.address, machine.images, conditions);
  // A machine of the cluster's beginning has long been looked at: only later ones wait for the node lifecycle controller.
  if (now === 0) api.replace<Node>("Node", { ...withoutStartTaint(node), status });
  else api.writeStatus<Node>("Node", name, status);
  const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid: node.metadata.uid }];
  makeAnew<Lease>(api, "Lease", {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: NODE_LEASE_NAMESPACE, ownerReferences },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimestamp(now) },
  });
  if (machine.csiNode) {
    makeAnew<CSINode>(api, "CSINode", {
      apiVersion: "storage.k8s.io/v1",
      kind: "CSINode",
      metadata: { name, ownerReferences },
      spec: { drivers: [] },
    });
  }
  for (const slice of slicesOfNode(name, specimen.devices)) {
    const metadata = { ...slice.metadata, ownerReferences };
    makeAnew<ResourceSlice>(api, "ResourceSlice", { ...slice, metadata });
  }
  return node;
}

/** Makes an object in place of one that an earlier machine of the name left and nobody collected yet. */
function makeAnew<T extends KubeObject>(api: ApiServer, kind: string, object: Manifest<T>): void {
  const { namespace, name = "" } = object.metadata;
  const key = makeKey(namespace, name);
  if (api.store.get(kind, key) !== undefined) api.delete(kind, key);
  api.create<T>(kind, object);
}

/** Takes off the taint that admission puts on every new node. */
function withoutStartTaint(node: Node): Node {
  const { taints = [], ...spec } = node.spec ?? {};
  const kept = taints.filter(({ key }) => key !== "node.kubernetes.io/not-ready");
  return { ...node, spec: kept.length === 0 ? spec : { ...spec, taints: kept } };
}
