import { defaultPod } from "../api/kinds/pod/defaults.ts";
import { ELASTIC_QUOTA, POD_GROUP } from "../api/kinds/scheduling-groups.ts";
import type { Node, Pod } from "../api/types.gen.ts";
import { type Draw, explain, runPreEnqueue } from "./cycle/explain.ts";
import { DEFAULT_PROFILE, DEFAULT_SCHEDULER, readProfiles } from "./framework/config.ts";
import { SchedulerError } from "./framework/error.ts";
import type { PluginFactory } from "./framework/plugin.ts";
import { buildProfile } from "./framework/profile.ts";
import type { DecisionRecord } from "./framework/record.ts";
import { PLUGINS } from "./plugins/registry.ts";
import type { ObjectKind, ObjectKinds } from "./snapshot/objects.ts";
import { hasEnded } from "./snapshot/relevance.ts";
import { Snapshot } from "./snapshot/snapshot.ts";

/** A scheduling question: the cluster, the pod, and how the scheduler is configured. */
export interface DecideInput {
  readonly nodes: readonly Node[];
  /** Pods with `spec.nodeName` are bound; of the others `status.nominatedNodeName` counts. */
  readonly pods?: readonly Pod[];
  readonly pending: Pod;
  /** Other objects, in lists by the plural or short name of their kind. */
  readonly objects?: Readonly<Record<string, readonly unknown[] | undefined>>;
  /** A profile or a KubeSchedulerConfiguration. */
  readonly config?: unknown;
  /** The pods lack API defaults: they are applied first. */
  readonly defaults?: boolean;
}

/** Options of `decide`. */
export interface DecideOptions {
  /** Plugins that may be named, the default ones when absent. */
  readonly plugins?: readonly PluginFactory[];
  /** Breaks ties; the first is taken when absent. */
  readonly draw?: Draw;
  /** File the configuration came from, for messages. */
  readonly file?: string;
}

/** Spellings of lists in `objects`, lower case, and the kinds they hold. */
const LISTS: Readonly<Record<string, ObjectKind>> = {
  namespaces: "Namespace",
  persistentvolumes: "PersistentVolume",
  pvs: "PersistentVolume",
  persistentvolumeclaims: "PersistentVolumeClaim",
  pvcs: "PersistentVolumeClaim",
  storageclasses: "StorageClass",
  poddisruptionbudgets: "PodDisruptionBudget",
  pdbs: "PodDisruptionBudget",
  services: "Service",
  replicasets: "ReplicaSet",
  replicationcontrollers: "ReplicationController",
  rcs: "ReplicationController",
  statefulsets: "StatefulSet",
  csinodes: "CSINode",
  csidrivers: "CSIDriver",
  csistoragecapacities: "CSIStorageCapacity",
  volumeattachments: "VolumeAttachment",
  resourceclaims: "ResourceClaim",
  resourceslices: "ResourceSlice",
  deviceclasses: "DeviceClass",
  podgroups: POD_GROUP,
  elasticquotas: ELASTIC_QUOTA,
};

/** Fills a snapshot with the objects of a question. */
export function snapshotOf(input: Omit<DecideInput, "pending">): Snapshot {
  const snapshot = new Snapshot();
  for (const [list, items] of Object.entries(input.objects ?? {})) {
    const kind = LISTS[list.toLowerCase()];
    if (kind === undefined) continue;
    for (const item of items ?? []) snapshot.putObject(kind, item as ObjectKinds[typeof kind]);
  }
  for (const node of input.nodes) snapshot.addNode(node);
  for (const given of input.pods ?? []) {
    const pod = input.defaults === true ? defaultPod(given) : given;
    if ((pod.spec.nodeName ?? "") !== "") snapshot.addPod(pod);
    else if (!hasEnded(pod)) snapshot.nominate(pod, pod.status?.nominatedNodeName);
  }
  return snapshot;
}

/**
 * One decision with everything there is to say about it. Throws `SchedulerError` for a malformed configuration or
 * when no profile answers to the pod's `spec.schedulerName`.
 */
export function decide(input: DecideInput, options: DecideOptions = {}): DecisionRecord {
  const { config } = input;
  const pending = input.defaults === true ? defaultPod(input.pending) : input.pending;
  const { file } = options;
  const configs = config === undefined ? [DEFAULT_PROFILE] : readProfiles(config, file);
  const wanted = pending.spec.schedulerName ?? DEFAULT_SCHEDULER;
  const chosen =
    configs.find(({ schedulerName }) => schedulerName === wanted) ??
    (configs.length === 1 ? configs[0] : undefined);
  if (chosen === undefined)
    throw new SchedulerError(`no profile named ${JSON.stringify(wanted)}`, {
      ...(file === undefined ? {} : { file }),
      pod: `${pending.metadata.namespace ?? ""}/${pending.metadata.name ?? ""}`,
    });
  const profile = buildProfile(chosen, options.plugins ?? PLUGINS, file);
  const snapshot = snapshotOf(input);
  const pod = snapshot.reader.read(pending);
  const gated = runPreEnqueue(profile, pod, snapshot);
  if (gated !== undefined) {
    const { code, plugin, reasons } = gated;
    return { result: "gated", preEnqueue: { code, plugin, reasons }, feasible: 0 };
  }
  return explain(profile, pod, snapshot, options.draw ?? (() => 0)).record;
}
