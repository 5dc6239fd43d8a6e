import type {
  ClusterRoleBinding,
  CustomResourceDefinition,
  EndpointSlice,
  IngressClass,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  NetworkPolicy,
  PriorityClass,
  RoleBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from "../../types.gen.ts";
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
} from "../cluster-defaults.ts";
import { defaultEndpointSlice } from "../core-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { rulesFor } from "./typed.ts";

/** Webhook configurations have no spec: what counts is the list of webhooks. */
const webhooksOf = (object: { readonly webhooks?: unknown }) => object.webhooks;

/** Rules of the other groups. */
export const clusterBehaviours: Readonly<Record<string, KindBehaviour>> = {
  RoleBinding: rulesFor<RoleBinding>({ defaults: defaultBinding }),
  ClusterRoleBinding: rulesFor<ClusterRoleBinding>({ defaults: defaultBinding }),
  PriorityClass: rulesFor<PriorityClass>({
    defaults: defaultPriorityClass,
    generationOf: () => undefined,
  }),
  IngressClass: rulesFor<IngressClass>({ defaults: defaultIngressClass }),
  NetworkPolicy: rulesFor<NetworkPolicy>({ defaults: defaultNetworkPolicy }),
  EndpointSlice: rulesFor<EndpointSlice>({
    defaults: defaultEndpointSlice,
    generationOf: ({ metadata: _, ...content }) => content,
  }),
  MutatingWebhookConfiguration: rulesFor<MutatingWebhookConfiguration>({
    defaults: defaultWebhooks,
    generationOf: webhooksOf,
  }),
  ValidatingWebhookConfiguration: rulesFor<ValidatingWebhookConfiguration>({
    defaults: defaultWebhooks,
    generationOf: webhooksOf,
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
  }),
};
