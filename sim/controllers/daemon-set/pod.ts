import type { Manifest } from "../../api/object.ts";
import type { DaemonSet, NodeSelectorTerm, Pod } from "../../api/types.gen.ts";
import { REVISION_HASH } from "../controller-history/revisions.ts";
import { podFromTemplate } from "../runtime/pods.ts";
import { daemonTolerations } from "./node-fit.ts";

const GENERATION = "deprecated.daemonset.template.generation";
const GENERATION_LABEL = "pod-template-generation";
const NAME_FIELD = "metadata.name";

/** Daemon pod for a node: pinned to it by node affinity, so that the scheduler still has the last word. */
export function daemonPod(set: DaemonSet, hash: string, node: string): Manifest<Pod> {
  const { template } = set.spec;
  const { metadata, spec } = podFromTemplate(template, set);
  const generation = templateGeneration(set);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      labels: {
        ...metadata.labels,
        ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }),
        [REVISION_HASH]: hash,
      },
    },
    spec: {
      ...spec,
      tolerations: daemonTolerations(template),
      affinity: {
        ...spec.affinity,
        nodeAffinity: {
          ...spec.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [pinTo(node)] },
        },
      },
    },
  };
}

function pinTo(node: string): NodeSelectorTerm {
  return { matchFields: [{ key: NAME_FIELD, operator: "In", values: [node] }] };
}

function templateGeneration({ metadata }: DaemonSet): string | undefined {
  return metadata.annotations?.[GENERATION];
}

/** The node a daemon pod runs on or is meant for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined && spec.nodeName !== "") return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? [])
    for (const { key, operator, values = [] } of matchFields)
      if (key === NAME_FIELD && operator === "In" && values.length === 1) return values[0];
  return undefined;
}

/** Whether a pod is of the newest template. */
export function isUpdated(pod: Pod, set: DaemonSet, hash: string): boolean {
  const { labels } = pod.metadata;
  const generation = templateGeneration(set);
  if (generation !== undefined && labels?.[GENERATION_LABEL] === generation) return true;
  return labels?.[REVISION_HASH] === hash;
}

/** Assigned pods first, then older, then by name: the first is the one that counts. */
export function byAge(a: Pod, b: Pod): number {
  const [assigned, other] = [a, b].map(({ spec }) => (spec.nodeName ?? "") !== "");
  if (assigned !== other) return assigned === true ? -1 : 1;
  const [first, second] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
