import type { Manifest } from "../../api/object.ts";
import type { Node, PersistentVolumeClaim } from "../../api/types.gen.ts";
import type { NodeTemplate } from "../../node/machine/node-template.ts";
import { TraceError } from "../input-error.ts";
import type { WorkloadEvent } from "../workload.ts";
import { cleanObject } from "./clean-object.ts";
import { baseName, type Importer, type TraceFile, textOf } from "./importer.ts";

interface Dumped {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly ownerReferences?: readonly { readonly uid?: string; readonly controller?: boolean }[];
  };
  readonly status?: { readonly phase?: string };
}

/** What the control plane makes by itself, in any cluster. */
const MADE_BY_CLUSTER = new Set([
  "Event",
  "Lease",
  "EndpointSlice",
  "Endpoints",
  "ControllerRevision",
  "CSINode",
  "VolumeAttachment",
  "ComponentStatus",
  "PodMetrics",
  "NodeMetrics",
]);

/** A running cluster as `kubectl get … -o json` prints it. */
export const clusterDump: Importer = {
  name: "cluster-dump",
  description: "a running cluster: kubectl get nodes,deployments,pods,… -A -o json",
  files: "lists of objects",
  read: (files) => {
    const objects = files.flatMap(objectsOf);
    const known = new Set(objects.map(({ metadata }) => metadata?.uid));
    const nodes = objects.filter(({ kind }) => kind === "Node").map(template);
    const left = objects.filter((object) => isKept(object, known));
    const volumes = new Set(
      left.flatMap(({ kind, metadata }) => (kind === VOLUME ? metadata?.name : [])),
    );
    const events = order(left).map((object): WorkloadEvent => {
      const apply = cleanObject(object as Readonly<Record<string, unknown>>);
      return { at: 0, apply: apply.kind === CLAIM ? withoutMissing(apply, volumes) : apply };
    });
    const gone = objects.length - nodes.length - left.length;
    return {
      workload: {
        name: baseName(files[0]?.name ?? "cluster"),
        source: "cluster-dump",
        nodes: nodes.length === 0 ? undefined : nodes,
        events,
      },
      notes: [
        ...(gone === 0
          ? []
          : [`${gone} objects are made by the control plane or have ended: they are left out.`]),
        ...(nodes.length === 0
          ? ["There are no nodes in it: the experiment must name its cluster."]
          : []),
      ],
    };
  },
};

function objectsOf(file: TraceFile): readonly Dumped[] {
  const text = textOf(file);
  let value: { kind?: unknown; items?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (error) {
    const position = Number(/position (\d+)/.exec((error as Error).message)?.[1] ?? 0);
    const before = text.slice(0, position);
    throw new TraceError(
      "not valid JSON",
      {
        file: file.name,
        line: before.split("\n").length,
        column: position - before.lastIndexOf("\n"),
      },
      "kubectl get … -o json writes it.",
    );
  }
  const items = Array.isArray(value?.items) ? (value.items as Dumped[]) : [value as Dumped];
  items.forEach((item, at) => {
    if (typeof item?.kind === "string" && typeof item.metadata?.name === "string") return;
    throw new TraceError(`items[${at}]: expected a Kubernetes object with kind and metadata.name`, {
      file: file.name,
    });
  });
  return items;
}

function isKept(
  { kind, metadata, status }: Dumped,
  known: ReadonlySet<string | undefined>,
): boolean {
  if (kind === "Node" || MADE_BY_CLUSTER.has(String(kind))) return false;
  const owned = metadata?.ownerReferences?.some(
    ({ uid, controller }) => controller === true && uid !== undefined && known.has(uid),
  );
  if (owned === true || status?.phase === "Succeeded" || status?.phase === "Failed") return false;
  const { name = "", namespace = "" } = metadata ?? {};
  if (kind === "Namespace" && (name === "default" || name.startsWith("kube-"))) return false;
  if (kind === "ServiceAccount" && name === "default") return false;
  if (kind === "Service" && name === "kubernetes" && namespace === "default") return false;
  if (kind === "PriorityClass" && name.startsWith("system-")) return false;
  return !(kind === "ConfigMap" && name === "kube-root-ca.crt");
}

const VOLUME = "PersistentVolume";
const CLAIM = "PersistentVolumeClaim";

/** A claim whose volume is not in the dump gets another one. */
function withoutMissing(claim: Manifest, volumes: ReadonlySet<string | undefined>): Manifest {
  const { volumeName, ...spec } = (claim as PersistentVolumeClaim).spec ?? {};
  return volumeName === undefined || volumes.has(volumeName) ? claim : { ...claim, spec };
}

/** What others refer to comes first. */
const FIRST = [
  "Namespace",
  "CustomResourceDefinition",
  "PriorityClass",
  "StorageClass",
  "ServiceAccount",
  "ConfigMap",
  "Secret",
  VOLUME,
  CLAIM,
  "PodDisruptionBudget",
  "Service",
];

function order(objects: readonly Dumped[]): readonly Dumped[] {
  const rank = ({ kind }: Dumped): number => {
    const at = FIRST.indexOf(String(kind));
    return at < 0 ? FIRST.length : at;
  };
  return [...objects].sort((a, b) => rank(a) - rank(b));
}

/** Labels that a kubelet sets by itself. */
const OWN_LABELS = /^(beta\.)?kubernetes\.io\/(arch|hostname|os)$/;

function template(object: Dumped): NodeTemplate {
  const node = object as unknown as Node;
  const { capacity, allocatable } = node.status ?? {};
  const labels = Object.entries(node.metadata.labels ?? {}).filter(
    ([key]) => !OWN_LABELS.test(key),
  );
  return {
    name: node.metadata.name,
    ...(capacity === undefined ? {} : { capacity }),
    ...(allocatable === undefined ? {} : { allocatable }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels) }),
    ...(node.spec?.taints === undefined ? {} : { taints: node.spec.taints }),
    ...(node.spec?.unschedulable === true ? { unschedulable: true } : {}),
  };
}
