import type {
  ClusterRole,
  ClusterRoleBinding,
  CustomResourceDefinition,
  EndpointSlice,
  Ingress,
  IngressClass,
  Lease,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  NetworkPolicy,
  PriorityClass,
  Role,
  RoleBinding,
  RuntimeClass,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from "../../types.gen.ts";
import {
  mutatingBindingErrors,
  mutatingPolicyErrors,
  validatingBindingErrors,
  validatingPolicyErrors,
} from "../../validation/admission/admission-policy.ts";
import { webhookErrors } from "../../validation/admission/webhook.ts";
import {
  leaseErrors,
  priorityClassErrors,
  priorityClassUpdateErrors,
  runtimeClassErrors,
  runtimeClassUpdateErrors,
} from "../../validation/cluster/cluster.ts";
import {
  roleBindingErrors,
  roleBindingUpdateErrors,
  roleErrors,
} from "../../validation/cluster/rbac.ts";
import {
  definitionErrors,
  definitionStatusErrors,
} from "../../validation/definition/definition.ts";
import { pathSegmentErrors } from "../../validation/names.ts";
import {
  endpointSliceErrors,
  endpointSliceUpdateErrors,
} from "../../validation/network/endpoint-slice.ts";
import {
  ingressClassErrors,
  ingressClassUpdateErrors,
  ingressCreateErrors,
  ingressErrors,
  ingressWarnings,
} from "../../validation/network/ingress.ts";
import { networkPolicyErrors } from "../../validation/network/network.ts";
import {
  defaultBinding,
  defaultDefinition,
  defaultIngressClass,
  defaultNetworkPolicy,
  defaultPolicy,
  defaultPolicyBinding,
  defaultPriorityClass,
  defaultRuntimeClass,
  defaultWebhooks,
  prepareDefinitionCreate,
  withoutCoordination,
  withStoredVersion,
} from "../cluster-defaults.ts";
import { defaultEndpointSlice } from "../core-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { rulesFor, twice } from "./typed.ts";

/** Webhook configurations have no spec: what counts is the list of webhooks. */
const webhooksOf = (object: { readonly webhooks?: unknown }) => object.webhooks;

/** Rules of the other groups. */
export const clusterBehaviours: Readonly<Record<string, KindBehaviour>> = {
  Role: rulesFor<Role>({
    metaOnUpdate: ["create", "update"],
    nameRule: pathSegmentErrors,
    validateCreate: roleErrors,
    validateUpdate: roleErrors,
  }),
  ClusterRole: rulesFor<ClusterRole>({
    metaOnUpdate: ["create", "update"],
    nameRule: pathSegmentErrors,
    validateCreate: roleErrors,
    validateUpdate: roleErrors,
  }),
  RoleBinding: rulesFor<RoleBinding>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultBinding,
    nameRule: pathSegmentErrors,
    validateCreate: roleBindingErrors,
    validateUpdate: (next, before) => [
      ...roleBindingErrors(next),
      ...roleBindingUpdateErrors(next, before),
    ],
  }),
  ClusterRoleBinding: rulesFor<ClusterRoleBinding>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultBinding,
    nameRule: pathSegmentErrors,
    validateCreate: roleBindingErrors,
    validateUpdate: (next, before) => [
      ...roleBindingErrors(next),
      ...roleBindingUpdateErrors(next, before),
    ],
  }),
  Lease: rulesFor<Lease>({
    prepareCreate: (object) => withoutCoordination(object),
    prepareUpdate: withoutCoordination,
    validateCreate: leaseErrors,
  }),
  RuntimeClass: rulesFor<RuntimeClass>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultRuntimeClass,
    validateCreate: runtimeClassErrors,
    validateUpdate: (next, before) => [
      ...runtimeClassErrors(next),
      ...runtimeClassUpdateErrors(next, before),
    ],
  }),
  Ingress: rulesFor<Ingress>({
    validateCreate: ingressCreateErrors,
    validateUpdate: ingressErrors,
    warnings: ingressWarnings,
  }),
  PriorityClass: rulesFor<PriorityClass>({
    defaults: defaultPriorityClass,
    generationOf: () => undefined,
    validateCreate: priorityClassErrors,
    validateUpdate: priorityClassUpdateErrors,
  }),
  IngressClass: rulesFor<IngressClass>({
    defaults: defaultIngressClass,
    validateCreate: ingressClassErrors,
    validateUpdate: (next, before) => [
      ...ingressClassErrors(next),
      ...ingressClassUpdateErrors(next, before),
    ],
  }),
  NetworkPolicy: rulesFor<NetworkPolicy>({
    metaOnUpdate: ["create", "update"],
    defaults: defaultNetworkPolicy,
    validateCreate: networkPolicyErrors,
    validateUpdate: (next) => twice(networkPolicyErrors(next)),
  }),
  EndpointSlice: rulesFor<EndpointSlice>({
    metaOnUpdate: ["create"],
    defaults: defaultEndpointSlice,
    generationOf: ({ metadata: _, ...content }) => content,
    validateCreate: endpointSliceErrors,
    validateUpdate: (next, before) => [
      ...endpointSliceErrors(next),
      ...endpointSliceUpdateErrors(next, before),
    ],
  }),
  MutatingWebhookConfiguration: rulesFor<MutatingWebhookConfiguration>({
    metaOnUpdate: ["create"],
    defaults: defaultWebhooks,
    generationOf: webhooksOf,
    validateCreate: webhookErrors,
  }),
  ValidatingWebhookConfiguration: rulesFor<ValidatingWebhookConfiguration>({
    metaOnUpdate: ["create"],
    defaults: defaultWebhooks,
    generationOf: webhooksOf,
    validateCreate: webhookErrors,
  }),
  ValidatingAdmissionPolicy: rulesFor<ValidatingAdmissionPolicy>({
    metaOnUpdate: ["create"],
    defaults: defaultPolicy,
    validateCreate: validatingPolicyErrors,
  }),
  ValidatingAdmissionPolicyBinding: rulesFor<ValidatingAdmissionPolicyBinding>({
    metaOnUpdate: ["create"],
    defaults: defaultPolicyBinding,
    validateCreate: validatingBindingErrors,
  }),
  MutatingAdmissionPolicy: rulesFor<MutatingAdmissionPolicy>({
    metaOnUpdate: ["create"],
    defaults: defaultPolicy,
    validateCreate: mutatingPolicyErrors,
  }),
  MutatingAdmissionPolicyBinding: rulesFor<MutatingAdmissionPolicyBinding>({
    metaOnUpdate: ["create"],
    defaults: defaultPolicyBinding,
    validateCreate: mutatingBindingErrors,
  }),
  CustomResourceDefinition: rulesFor<CustomResourceDefinition>({
    defaults: defaultDefinition,
    prepareCreate: prepareDefinitionCreate,
    prepareUpdate: withStoredVersion,
    validateCreate: (object) => definitionErrors(object),
    validateUpdate: definitionErrors,
    validateStatusUpdate: definitionStatusErrors,
  }),
};
