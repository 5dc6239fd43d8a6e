import type { KubeObject } from "../../object.ts";
import { autoscalerPrinter } from "./autoscaling.ts";
import { cronJobPrinter, jobPrinter } from "./batch.ts";
import {
  componentStatusPrinter,
  configMapPrinter,
  leasePrinter,
  namespacePrinter,
  priorityClassPrinter,
  resourceQuotaPrinter,
  runtimeClassPrinter,
  scalePrinter,
  secretPrinter,
} from "./core.ts";
import { customResourcePrinter } from "./custom-resource.ts";
import { eventPrinter } from "./events.ts";
import {
  endpointSlicePrinter,
  endpointsPrinter,
  ingressClassPrinter,
  ingressPrinter,
  ipAddressPrinter,
  networkPolicyPrinter,
  serviceCidrPrinter,
  servicePrinter,
} from "./network.ts";
import { nodePrinter } from "./node.ts";
import { podPrinter, podTemplatePrinter } from "./pod.ts";
import {
  apiServicePrinter,
  certificateRequestPrinter,
  flowSchemaPrinter,
  mutatingPolicyPrinter,
  policyBindingPrinter,
  priorityLevelPrinter,
  roleBindingPrinter,
  validatingPolicyPrinter,
  webhookConfigurationPrinter,
} from "./policy.ts";
import type { Cell, ColumnDefinition, KindPrinter, PrintContext } from "./printer.ts";
import { defaultPrinter, namePrinter } from "./printer.ts";
import { resourceClaimPrinter, resourceSlicePrinter } from "./resource.ts";
import {
  csiDriverPrinter,
  csiNodePrinter,
  persistentVolumeClaimPrinter,
  persistentVolumePrinter,
  storageClassPrinter,
  volumeAttachmentPrinter,
  volumeAttributesClassPrinter,
} from "./storage.ts";
import {
  controllerRevisionPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  podDisruptionBudgetPrinter,
  replicaSetPrinter,
  replicationControllerPrinter,
  statefulSetPrinter,
} from "./workloads.ts";

/** Printers of built-in kinds; a kind that is absent prints its name and creation time. */
const printers: Readonly<Record<string, KindPrinter>> = {
  APIService: apiServicePrinter,
  CertificateSigningRequest: certificateRequestPrinter,
  ClusterRoleBinding: roleBindingPrinter,
  ComponentStatus: componentStatusPrinter,
  ConfigMap: configMapPrinter,
  ControllerRevision: controllerRevisionPrinter,
  CronJob: cronJobPrinter,
  CSIDriver: csiDriverPrinter,
  CSINode: csiNodePrinter,
  DaemonSet: daemonSetPrinter,
  Deployment: deploymentPrinter,
  DeviceClass: namePrinter,
  Endpoints: endpointsPrinter,
  EndpointSlice: endpointSlicePrinter,
  Event: eventPrinter,
  FlowSchema: flowSchemaPrinter,
  HorizontalPodAutoscaler: autoscalerPrinter,
  Ingress: ingressPrinter,
  IngressClass: ingressClassPrinter,
  IPAddress: ipAddressPrinter,
  Job: jobPrinter,
  Lease: leasePrinter,
  MutatingAdmissionPolicy: mutatingPolicyPrinter,
  MutatingAdmissionPolicyBinding: policyBindingPrinter,
  MutatingWebhookConfiguration: webhookConfigurationPrinter,
  Namespace: namespacePrinter,
  NetworkPolicy: networkPolicyPrinter,
  Node: nodePrinter,
  PersistentVolume: persistentVolumePrinter,
  PersistentVolumeClaim: persistentVolumeClaimPrinter,
  Pod: podPrinter,
  PodDisruptionBudget: podDisruptionBudgetPrinter,
  PodMetrics: customResourcePrinter(undefined),
  NodeMetrics: customResourcePrinter(undefined),
  PodTemplate: podTemplatePrinter,
  PriorityClass: priorityClassPrinter,
  PriorityLevelConfiguration: priorityLevelPrinter,
  ReplicaSet: replicaSetPrinter,
  ReplicationController: replicationControllerPrinter,
  ResourceClaim: resourceClaimPrinter,
  ResourceClaimTemplate: namePrinter,
  ResourceQuota: resourceQuotaPrinter,
  ResourceSlice: resourceSlicePrinter,
  RoleBinding: roleBindingPrinter,
  RuntimeClass: runtimeClassPrinter,
  Scale: scalePrinter,
  Secret: secretPrinter,
  Service: servicePrinter,
  ServiceAccount: namePrinter,
  ServiceCIDR: serviceCidrPrinter,
  StatefulSet: statefulSetPrinter,
  StorageClass: storageClassPrinter,
  ValidatingAdmissionPolicy: validatingPolicyPrinter,
  ValidatingAdmissionPolicyBinding: policyBindingPrinter,
  ValidatingWebhookConfiguration: webhookConfigurationPrinter,
  VolumeAttachment: volumeAttachmentPrinter,
  VolumeAttributesClass: volumeAttributesClassPrinter,
};

/** The printer of a built-in kind. Custom resources have `customResourcePrinter`. */
export function printerOf(kind: string): KindPrinter {
  return (Object.hasOwn(printers, kind) ? printers[kind] : undefined) ?? defaultPrinter;
}

/** Columns of a built-in kind's table. */
export function columnsOf(kind: string): readonly ColumnDefinition[] {
  return printerOf(kind).columns;
}

/** Cells of one object of a built-in kind, in the order of its columns. */
export function cellsOf(kind: string, object: KubeObject, context: PrintContext): readonly Cell[] {
  return printerOf(kind).cells(object, context);
}
