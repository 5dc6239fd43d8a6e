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
  endpointSliceErrors,
  endpointSliceUpdateErrors,
  leaseErrors,
  priorityClassErrors,
  priorityClassUpdateErrors,
  roleBindingErrors,
  roleBindingUpdateErrors,
  roleErrors,
  runtimeClassErrors,
  runtimeClassUpdateErrors,
  webhookErrors,
} from "../../validation/cluster.ts";
import { definitionErrors, definitionStatusErrors } from "../../validation/definition.ts";
import { pathSegmentErrors } from "../../validation/names.ts";
import {
  ingressClassErrors,
  ingressErrors,
  networkPolicyErrors,
} from "../../validation/network.ts";
import {
  defaultBinding,
  defaultDefinition,
  defaultIngressClass,
  defaultNetworkPolicy,
  defaultPolicy,
  defaultPolicyBinding,
  defaultPriorityClass,
  defaultWebhooks,
  prepareDefinitionCreate,
  withStoredVersion,
} from "../cluster-defaults.ts";
import { defaultEndpointSlice } from "../core-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { rulesFor } from "./typed.ts";

/** Webhook configurations have no spec: what counts is the list of webhooks. */
const webhooksOf = (object: { readonly webhooks?: unknown }) => object.webhooks;

/** Rules of the other groups. */
export const clusterBehaviours: Readonly<Record<string, KindBehaviour>> = {
  Role: rulesFor<Role>({ nameRule: pathSegmentErrors, validateCreate: roleErrors }),
  ClusterRole: rulesFor<ClusterRole>({ nameRule: pathSegmentErrors, validateCreate: roleErrors }),
  RoleBinding: rulesFor<RoleBinding>({
    defaults: defaultBinding,
    nameRule: pathSegmentErrors,
    validateCreate: roleBindingErrors,
    validateUpdate: (next, before) => [
      ...roleBindingErrors(next),
      ...roleBindingUpdateErrors(next, before),
    ],
  }),
  ClusterRoleBinding: rulesFor<ClusterRoleBinding>({
    defaults: defaultBinding,
    nameRule: pathSegmentErrors,
    validateCreate: roleBindingErrors,
    validateUpdate: (next, before) => [
      ...roleBindingErrors(next),
      ...roleBindingUpdateErrors(next, before),
    ],
  }),
  Lease: rulesFor<Lease>({ validateCreate: leaseErrors }),
  RuntimeClass: rulesFor<RuntimeClass>({
    validateCreate: runtimeClassErrors,
    validateUpdate: (next, before) => [
      ...runtimeClassErrors(next),
      ...runtimeClassUpdateErrors(next, before),
    ],
  }),
  Ingress: rulesFor<Ingress>({ validateCreate: ingressErrors }),
  PriorityClass: rulesFor<PriorityClass>({
    defaults: defaultPriorityClass,
    generationOf: () => undefined,
    validateCreate: priorityClassErrors,
    validateUpdate: priorityClassUpdateErrors,
  }),
  IngressClass: rulesFor<IngressClass>({
    defaults: defaultIngressClass,
    validateCreate: ingressClassErrors,
  }),
  NetworkPolicy: rulesFor<NetworkPolicy>({
    defaults: defaultNetworkPolicy,
    validateCreate: networkPolicyErrors,
  }),
  EndpointSlice: rulesFor<EndpointSlice>({
    defaults: defaultEndpointSlice,
    generationOf: ({ metadata: _, ...content }) => content,
    validateCreate: endpointSliceErrors,
    validateUpdate: (next, before) => [
      ...endpointSliceErrors(next),
      ...endpointSliceUpdateErrors(next, before),
    ],
  }),
  MutatingWebhookConfiguration: rulesFor<MutatingWebhookConfiguration>({
    defaults: defaultWebhooks,
    generationOf: webhooksOf,
    validateCreate: webhookErrors,
  }),
  ValidatingWebhookConfiguration: rulesFor<ValidatingWebhookConfiguration>({
    defaults: defaultWebhooks,
    generationOf: webhooksOf,
    validateCreate: webhookErrors,
  }),
  ValidatingAdmissionPolicy: rulesFor<ValidatingAdmissionPolicy>({ defaults: defaultPolicy }),
  ValidatingAdmissionPolicyBinding: rulesFor<ValidatingAdmissionPolicyBinding>({
    defaults: defaultPolicyBinding,
  }),
  MutatingAdmissionPolicy: rulesFor<MutatingAdmissionPolicy>({ defaults: defaultPolicy }),
  MutatingAdmissionPolicyBinding: rulesFor<MutatingAdmissionPolicyBinding>({
    defaults: defaultPolicyBinding,
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
