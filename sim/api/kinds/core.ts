import { describeKind, type KindDescriptor, type KindFacts } from "./descriptor.ts";
import { eventFromNew, eventToNew } from "./event-versions.ts";
import { readField, readFields, readWithZero } from "./fields.ts";

const readOnly = ["get", "list"] as const;

const facts: readonly KindFacts[] = [
  {
    kind: "Pod",
    plural: "pods",
    short: ["po"],
    categories: ["all"],
    hasGeneration: true,
    subresources: [
      "attach",
      "binding",
      "ephemeralcontainers",
      "eviction",
      "exec",
      "log",
      "portforward",
      "proxy",
      "resize",
      "status",
    ],
    selectableFields: {
      ...readFields(
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
      ),
      "spec.hostNetwork": readWithZero("spec.hostNetwork", "false"),
    },
  },
  { kind: "PodTemplate", plural: "podtemplates", hasGeneration: true },
  {
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    short: ["rc"],
    categories: ["all"],
    hasGeneration: true,
    subresources: ["scale", "status"],
    selectableFields: { "status.replicas": readWithZero("status.replicas", "0") },
  },
  {
    kind: "Service",
    plural: "services",
    short: ["svc"],
    categories: ["all"],
    subresources: ["proxy", "status"],
    selectableFields: readFields("spec.clusterIP", "spec.type"),
  },
  { kind: "Endpoints", plural: "endpoints", singular: "endpoints", short: ["ep"] },
  { kind: "ConfigMap", plural: "configmaps", short: ["cm"] },
  { kind: "Secret", plural: "secrets", selectableFields: readFields("type") },
  {
    kind: "Namespace",
    plural: "namespaces",
    short: ["ns"],
    clusterScoped: true,
    subresources: ["finalize", "status"],
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    selectableFields: {
      "status.phase": readField("status.phase"),
      name: readField("metadata.name"),
    },
  },
  {
    kind: "Node",
    plural: "nodes",
    short: ["no"],
    clusterScoped: true,
    bringsStatus: true,
    subresources: ["proxy", "status"],
    selectableFields: { "spec.unschedulable": readWithZero("spec.unschedulable", "false") },
  },
  {
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    short: ["pv"],
    clusterScoped: true,
    subresources: ["status"],
    selectableFields: { name: readField("metadata.name") },
  },
  {
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    short: ["pvc"],
    subresources: ["status"],
    selectableFields: { name: readField("metadata.name") },
  },
  { kind: "ServiceAccount", plural: "serviceaccounts", short: ["sa"], subresources: ["token"] },
  {
    kind: "Event",
    plural: "events",
    short: ["ev"],
    otherVersions: [
      {
        group: "events.k8s.io",
        version: "v1",
        type: "events.v1.Event",
        toStored: eventFromNew,
        fromStored: eventToNew,
      },
    ],
    selectableFields: {
      ...readFields(
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "type",
      ),
      source: (event) =>
        readField("source.component")(event) || readField("reportingComponent")(event),
    },
  },
  { kind: "LimitRange", plural: "limitranges", short: ["limits"] },
  { kind: "ResourceQuota", plural: "resourcequotas", short: ["quota"], subresources: ["status"] },
  {
    kind: "ComponentStatus",
    plural: "componentstatuses",
    short: ["cs"],
    clusterScoped: true,
    verbs: readOnly,
  },
];

/** The kinds of the core group. */
export const coreKinds: readonly KindDescriptor[] = facts.map(describeKind);
