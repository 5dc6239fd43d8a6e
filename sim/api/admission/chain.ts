import { certificateSubjectRestriction } from "./certificate-subject.ts";
import { persistentVolumeClaimResize } from "./claim-resize.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { limitRanger } from "./limit-ranger.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { podNodeSelector } from "./pod-node-selector.ts";
import { podTopologyLabels } from "./pod-topology-labels.ts";
import { mutatingAdmissionPolicy } from "./policy/mutating.ts";
import { validatingAdmissionPolicy } from "./policy/validating.ts";
import { priority } from "./priority.ts";
import { resourceQuota } from "./resource-quota.ts";
import { runtimeClass } from "./runtime-class.ts";
import { serviceAccount } from "./service-account.ts";
import {
  defaultIngressClass,
  defaultStorageClass,
  namespaceLifecycle,
  storageObjectInUseProtection,
  taintNodesByCondition,
} from "./small-plugins.ts";
import { verticalPodAutoscaler } from "./vertical-pod-autoscaler.ts";
import { mutatingWebhook, validatingWebhook } from "./webhooks.ts";

/** Upstream refuses in the mutating pass already: a missing namespace is told before anything else. */
function early(plugin: AdmissionPlugin): AdmissionPlugin {
  return {
    name: plugin.name,
    mutate: (request, reader) => {
      plugin.validate?.(request, reader);
      return request.object;
    },
    validate: (request, reader) => {
      if (request.operation === "DELETE") plugin.validate?.(request, reader);
    },
  };
}

/** The plugins that are on by default, in upstream's order (`AllOrderedPlugins`). */
export const admissionChain: readonly AdmissionPlugin[] = [
  early(namespaceLifecycle),
  limitRanger,
  serviceAccount,
  podNodeSelector,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  persistentVolumeClaimResize,
  runtimeClass,
  certificateSubjectRestriction,
  defaultIngressClass,
  podTopologyLabels,
  verticalPodAutoscaler,
  mutatingAdmissionPolicy,
  mutatingWebhook,
  validatingAdmissionPolicy,
  validatingWebhook,
  resourceQuota,
];
