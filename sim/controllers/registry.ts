import { clusterAutoscaler } from "./addons/cluster-autoscaler.ts";
import { consolidation } from "./addons/consolidation.ts";
import { descheduler } from "./addons/descheduler.ts";
import { verticalPodAutoscaler } from "./addons/vertical-pod-autoscaler.ts";
import { attachDetach } from "./attach-detach.ts";
import { tokenCleaner } from "./bootstrap-token/cleaner.ts";
import { bootstrapSigner } from "./bootstrap-token/signer.ts";
import { clusterRoleAggregation } from "./cluster-role-aggregation.ts";
import { cronJobController } from "./cron-job.ts";
import { daemonSetController } from "./daemon-set.ts";
import { deploymentController } from "./deployment.ts";
import { deviceTaintEviction } from "./device-taint-eviction.ts";
import { disruption } from "./disruption.ts";
import { endpointSliceController } from "./endpoint-slice.ts";
import { endpointSliceMirroring } from "./endpoint-slice-mirroring.ts";
import { endpointsController } from "./endpoints.ts";
import { ephemeralVolumes } from "./ephemeral-volume.ts";
import { garbageCollector } from "./garbage-collector.ts";
import { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import { jobController } from "./job.ts";
import { legacyTokenCleaner } from "./legacy-token-cleaner.ts";
import { namespaceDeletion } from "./namespace.ts";
import { nodeIpam } from "./node-ipam.ts";
import { nodeLifecycle } from "./node-lifecycle.ts";
import { nodeTtl } from "./node-ttl.ts";
import { persistentVolumeBinder } from "./persistent-volume-binder.ts";
import { podGarbageCollector } from "./pod-gc.ts";
import { attributesClassProtection, claimProtection, volumeProtection } from "./protection.ts";
import { replicaSetController } from "./replica-set.ts";
import { replicationController } from "./replication-controller.ts";
import { resourceClaimController } from "./resource-claim.ts";
import { resourceQuotaController } from "./resource-quota.ts";
import type { Controller } from "./runtime/controller.ts";
import type { ControllerServices } from "./runtime/services.ts";
import { rootCaPublisher, serviceAccounts } from "./service-account.ts";
import { serviceAccountTokens } from "./service-account-tokens.ts";
import { serviceCidrController } from "./service-cidr.ts";
import { signingRequestApprover } from "./signing-request/approver.ts";
import { signingRequestCleaner } from "./signing-request/cleaner.ts";
import { signingRequestSigner } from "./signing-request/signer.ts";
import { statefulSetController } from "./stateful-set.ts";
import { taintEviction } from "./taint-eviction.ts";
import { ttlAfterFinished } from "./ttl-after-finished.ts";
import { policyStatus } from "./validating-admission-policy-status.ts";
import { volumeAttacher } from "./volume-attacher.ts";
import { volumeExpander, volumeResizer } from "./volume-expander.ts";
import { volumeProvisioner } from "./volume-provisioner.ts";

/** How a controller is made. */
export interface ControllerEntry {
  /** As the controller has it. */
  readonly name: string;
  /** Whether it runs unless it is disabled; otherwise it is an add-on to be enabled by name. */
  readonly default: boolean;
  make(services: ControllerServices): Controller;
  /** File of a controller of the user's own, for messages. */
  readonly file?: string;
}

/** Every controller, in the order in which they start. */
export const controllers: readonly ControllerEntry[] = [
  { name: "garbage-collector-controller", default: true, make: garbageCollector },
  { name: "node-lifecycle-controller", default: true, make: nodeLifecycle },
  { name: "taint-eviction-controller", default: true, make: taintEviction },
  { name: "pod-garbage-collector-controller", default: true, make: podGarbageCollector },
  { name: "deployment-controller", default: true, make: () => deploymentController },
  { name: "replicaset-controller", default: true, make: () => replicaSetController },
  { name: "replicationcontroller-controller", default: true, make: () => replicationController },
  { name: "endpointslice-controller", default: true, make: () => endpointSliceController },
  { name: "endpoints-controller", default: true, make: () => endpointsController },
  { name: "endpointslice-mirroring-controller", default: true, make: endpointSliceMirroring },
  { name: "statefulset-controller", default: true, make: () => statefulSetController },
  { name: "daemonset-controller", default: true, make: () => daemonSetController },
  { name: "namespace-controller", default: true, make: namespaceDeletion },
  { name: "serviceaccount-controller", default: true, make: serviceAccounts },
  { name: "serviceaccount-token-controller", default: true, make: serviceAccountTokens },
  {
    name: "legacy-serviceaccount-token-cleaner-controller",
    default: true,
    make: legacyTokenCleaner,
  },
  { name: "bootstrap-signer-controller", default: false, make: bootstrapSigner },
  { name: "token-cleaner-controller", default: false, make: tokenCleaner },
  { name: "root-ca-certificate-publisher-controller", default: true, make: rootCaPublisher },
  { name: "service-cidr-controller", default: true, make: serviceCidrController },
  { name: "disruption-controller", default: true, make: disruption },
  { name: "ttl-controller", default: true, make: nodeTtl },
  { name: "ttl-after-finished-controller", default: true, make: ttlAfterFinished },
  { name: "clusterrole-aggregation-controller", default: true, make: clusterRoleAggregation },
  { name: "validatingadmissionpolicy-status-controller", default: true, make: policyStatus },
  {
    name: "certificatesigningrequest-approving-controller",
    default: true,
    make: signingRequestApprover,
  },
  {
    name: "certificatesigningrequest-signing-controller",
    default: true,
    make: signingRequestSigner,
  },
  {
    name: "certificatesigningrequest-cleaner-controller",
    default: true,
    make: signingRequestCleaner,
  },
  { name: "persistentvolumeclaim-protection-controller", default: true, make: claimProtection },
  { name: "persistentvolume-protection-controller", default: true, make: volumeProtection },
  {
    name: "volumeattributesclass-protection-controller",
    default: true,
    make: attributesClassProtection,
  },
  { name: "node-ipam-controller", default: false, make: nodeIpam },
  { name: "job-controller", default: true, make: () => jobController },
  { name: "horizontal-pod-autoscaler-controller", default: true, make: horizontalPodAutoscaler },
  { name: "cronjob-controller", default: true, make: () => cronJobController },
  { name: "persistentvolume-binder-controller", default: true, make: persistentVolumeBinder },
  { name: "persistentvolume-attach-detach-controller", default: true, make: attachDetach },
  { name: "persistentvolume-expander-controller", default: true, make: volumeExpander },
  { name: "ephemeral-volume-controller", default: true, make: ephemeralVolumes },
  { name: "volume-provisioner", default: true, make: volumeProvisioner },
  { name: "volume-resizer", default: true, make: volumeResizer },
  { name: "volume-attacher", default: true, make: volumeAttacher },
  { name: "resourceclaim-controller", default: true, make: resourceClaimController },
  { name: "device-taint-eviction-controller", default: true, make: deviceTaintEviction },
  { name: "resourcequota-controller", default: true, make: resourceQuotaController },
  { name: "cluster-autoscaler", default: false, make: clusterAutoscaler },
  { name: "descheduler", default: false, make: descheduler },
  { name: "consolidation", default: false, make: consolidation },
  { name: "vertical-pod-autoscaler", default: false, make: verticalPodAutoscaler },
];
