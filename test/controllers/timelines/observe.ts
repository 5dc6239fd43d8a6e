import { findDescriptor } from "../../../sim/api/kinds/registry.ts";
import { complete } from "../../../sim/api/schema/complete.ts";
import type { Cluster } from "../../../sim/cluster.ts";
import type { Names } from "./names.ts";
import type { Row } from "./recording.ts";

/** Rows of a run in the recording's form: the changes of a namespace, and of some nodes, from a time on. */
export function rowsOf(
  cluster: Cluster,
  namespace: string,
  from: number,
  names: Names,
  nodes: ReadonlySet<string>,
): Row[] {
  const rows: Row[] = [];
  for (const entry of cluster.engine.journal.entries) {
    if (entry.kind !== "change" || entry.time < from) continue;
    const object: any = entry.after ?? entry.before;
    const own = object.metadata.namespace === namespace || object.metadata.name === namespace;
    const ofNode =
      (entry.collection === "Node" && nodes.has(object.metadata.name)) ||
      (entry.collection === "Event" &&
        object.involvedObject.kind === "Node" &&
        nodes.has(object.involvedObject.name));
    if (!own && !ofNode) continue;
    const type =
      entry.after === undefined ? "DELETED" : entry.before === undefined ? "ADDED" : "MODIFIED";
    const t = (entry.time - from) / 1e6;
    rows.push(rowOf(t, type, entry.collection, object, names));
  }
  return rows;
}

function rowOf(t: number, type: Row["type"], kind: string, object: any, names: Names): Row {
  const name = kind === "Event" ? "" : names.of(kind, object);
  const printed: any = complete(findDescriptor(kind)?.type, object);
  const k =
    kind === "Event"
      ? eventOf(printed, names)
      : { ...common(printed, kind, names), ...own(kind, printed, names) };
  return { t, type, kind, ...(kind === "Event" ? {} : { name }), k };
}

function eventOf(event: any, names: Names): any {
  const about = event.involvedObject;
  return {
    obj: `${about.kind}/${names.inText(about.name)}`,
    reason: event.reason,
    etype: event.type,
    message: names.inText(event.message),
    count: event.count,
    component: event.source?.component ?? event.reportingComponent,
  };
}

function common({ metadata }: any, kind: string, names: Names): any {
  const owner = metadata.ownerReferences?.map(
    (reference: any) =>
      `${reference.kind}/${names.inText(reference.name)}${reference.controller ? "*" : ""}`,
  );
  return {
    gen: metadata.generation,
    deleting: metadata.deletionTimestamp,
    grace: metadata.deletionGracePeriodSeconds,
    finalizers: metadata.finalizers,
    owner,
    labels: labelsOf(metadata, kind, names),
    ann: annotationsOf(metadata, names),
  };
}

function labelsOf(metadata: any, _kind: string, names: Names): any {
  if (metadata.labels === undefined) return undefined;
  const owner = metadata.name.replace(/-[^-]+$/, "");
  return Object.fromEntries(
    Object.entries<string>(metadata.labels).map(([key, value]) => {
      if (key === "pod-template-hash") return [key, "hashN"];
      if (key === "controller-revision-hash" || key === "controller.kubernetes.io/hash")
        return [key, names.hash("crhash", owner, value) && "crhashN"];
      return [key, names.inText(value)];
    }),
  );
}

function annotationsOf(metadata: any, names: Names): any {
  const kept = Object.entries<string>(metadata.annotations ?? {}).filter(
    ([key]) => !key.startsWith("fake/"),
  );
  if (kept.length === 0) return undefined;
  return Object.fromEntries(kept.map(([key, value]) => [key, names.inText(value)]));
}

const imageOf = (template: any) => template?.spec?.containers?.[0]?.image;

function own(kind: string, { spec, status, ...rest }: any, names: Names): any {
  const texts = <T>(value: T): T => JSON.parse(names.inText(JSON.stringify(value ?? null)));
  switch (kind) {
    case "Deployment":
    case "ReplicaSet":
    case "ReplicationController":
      return {
        spec: { replicas: spec.replicas, image: imageOf(spec.template) },
        status: texts(status),
      };
    case "StatefulSet":
    case "DaemonSet":
      return { spec: { ...spec, image: imageOf(spec.template) }, status: texts(status) };
    case "Pod":
      return podOf(spec, status);
    case "EndpointSlice":
      return {
        addressType: rest.addressType,
        ports: rest.ports ?? null,
        endpoints: (rest.endpoints ?? []).map((endpoint: any) => ({
          a: endpoint.addresses,
          c: endpoint.conditions,
          t: names.inText(endpoint.targetRef?.name ?? ""),
          n: endpoint.nodeName,
          z: endpoint.zone,
        })),
      };
    case "Endpoints":
      return {
        subsets: (rest.subsets ?? []).map((subset: any) => ({
          addr: (subset.addresses ?? []).map((address: any) =>
            names.inText(address.targetRef?.name),
          ),
          not: (subset.notReadyAddresses ?? []).map((address: any) =>
            names.inText(address.targetRef?.name),
          ),
          ports: subset.ports,
        })),
      };
    case "CronJob":
      return {
        spec,
        status: { ...status, active: status?.active?.map(({ name }: any) => names.inText(name)) },
      };
    case "Service":
      return { type: spec.type };
    case "ControllerRevision":
      return { revision: rest.revision };
    case "Node":
      return {
        unschedulable: spec.unschedulable,
        taints: spec.taints,
        conditions: status?.conditions?.map(({ type, status: is, reason, message }: any) => [
          type,
          is,
          reason,
          message,
        ]),
      };
    default:
      return { spec, status: texts(status) };
  }
}

function podOf(spec: any, status: any): any {
  return {
    node: spec.nodeName || undefined,
    images: spec.containers.map(({ image }: any) => image),
    gates: spec.schedulingGates?.map(({ name }: any) => name),
    tolerations: spec.tolerations,
    status: {
      observedGeneration: status?.observedGeneration,
      phase: status?.phase,
      conditions: status?.conditions,
      podIP: status?.podIP,
      startTime: status?.startTime,
      qosClass: status?.qosClass,
      containerStatuses: status?.containerStatuses?.map(({ ready, restartCount, state }: any) => ({
        ready,
        restarts: restartCount,
        state,
      })),
    },
  };
}
