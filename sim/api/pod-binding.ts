import { conflict, notFound } from "./api-error.ts";
import type { ApiServer } from "./api-server.ts";
import { timestamp } from "./meta/time.ts";
import { type Key, withFields } from "./object.ts";
import type { Node, Pod, PodCondition, PodStatus } from "./types.gen.ts";

const PODS = { group: "", plural: "pods" } as const;
/** Labels of the node that its pods take over when they are bound (admission plugin PodTopologyLabels, on since 1.35). */
const TOPOLOGY_LABELS = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"] as const;

/**
 * The Binding subresource: gives a pod its node, once. Sets PodScheduled=True and copies the node's topology labels.
 * Throws 404 for a pod that is gone, 409 for one that is being deleted, gated, or on a node already.
 */
export function bindPod(api: ApiServer, key: Key, nodeName: string, uid?: string): Pod {
  const pod = api.get<Pod>("Pod", key);
  const { metadata, spec } = pod;
  if (uid !== undefined && uid !== "" && uid !== metadata.uid) throw notFound(PODS, metadata.name);
  if (metadata.deletionTimestamp !== undefined) {
    throw conflict(
      PODS,
      metadata.name,
      `pod ${metadata.name} is being deleted, cannot be assigned to a host`,
    );
  }
  if (spec.nodeName) {
    throw conflict(
      PODS,
      metadata.name,
      `pod ${metadata.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`,
    );
  }
  if ((spec.schedulingGates?.length ?? 0) > 0) {
    throw conflict(PODS, metadata.name, `pod ${metadata.name} has non-empty .spec.schedulingGates`);
  }
  const scheduled: PodCondition = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null as unknown as string,
    lastTransitionTime: timestamp(api.now),
  };
  const others = pod.status?.conditions?.filter(({ type }) => type !== "PodScheduled") ?? [];
  const topology = topologyLabels(api.store.get("Node", nodeName) as Node | undefined);
  return api.replace<Pod>("Pod", {
    ...pod,
    metadata:
      topology === undefined
        ? metadata
        : { ...metadata, labels: { ...metadata.labels, ...topology } },
    spec: withFields(spec, { nodeName }),
    status: withFields(withoutPromise(pod.status), { conditions: [...others, scheduled] }),
  });
}

/** The status of a pod without the node it was promised. */
function withoutPromise(status: PodStatus = {}): PodStatus {
  if (status.nominatedNodeName === undefined) return status;
  const { nominatedNodeName: _, ...rest } = status;
  return rest;
}

/** The labels that a pod takes over from its node; `undefined` when there are none. */
export function topologyLabels(
  node: Node | undefined,
): Readonly<Record<string, string>> | undefined {
  const labels = node?.metadata.labels;
  if (labels === undefined) return undefined;
  const taken: Record<string, string> = {};
  for (const key of TOPOLOGY_LABELS) {
    const value = labels[key];
    if (value !== undefined) taken[key] = value;
  }
  return Object.keys(taken).length === 0 ? undefined : taken;
}
