import { describeKind, type KindDescriptor, type KindFacts } from "./descriptor.ts";
import { readField, readFields } from "./fields.ts";

const scheduling = { group: "scheduling.k8s.io" };
const storage = { group: "storage.k8s.io" };
const networking = { group: "networking.k8s.io" };
const rbac = { group: "rbac.authorization.k8s.io" };
const resource = { group: "resource.k8s.io" };
const admission = {
  group: "admissionregistration.k8s.io",
  clusterScoped: true,
  categories: ["api-extensions"],
  hasGeneration: true,
  unconditionalUpdate: false,
};
const flow = {
  group: "flowcontrol.apiserver.k8s.io",
  clusterScoped: true,
  hasGeneration: true,
  subresources: ["status"],
} as const;

const facts: readonly KindFacts[] = [
  {
    ...scheduling,
    kind: "PriorityClass",
    plural: "priorityclasses",
    short: ["pc"],
    clusterScoped: true,
    hasGeneration: true,
  },
  {
    group: "node.k8s.io",
    kind: "RuntimeClass",
    unconditionalUpdate: false,
    plural: "runtimeclasses",
    clusterScoped: true,
  },
  { group: "coordination.k8s.io", kind: "Lease", unconditionalUpdate: false, plural: "leases" },
  {
    ...storage,
    kind: "StorageClass",
    plural: "storageclasses",
    short: ["sc"],
    clusterScoped: true,
  },
  {
    ...storage,
    kind: "VolumeAttributesClass",
    plural: "volumeattributesclasses",
    short: ["vac"],
    clusterScoped: true,
  },
  {
    ...storage,
    kind: "CSINode",
    unconditionalUpdate: false,
    plural: "csinodes",
    clusterScoped: true,
  },
  {
    ...storage,
    kind: "CSIDriver",
    unconditionalUpdate: false,
    plural: "csidrivers",
    clusterScoped: true,
    hasGeneration: true,
  },
  {
    ...storage,
    kind: "CSIStorageCapacity",
    unconditionalUpdate: false,
    plural: "csistoragecapacities",
  },
  {
    ...storage,
    kind: "VolumeAttachment",
    unconditionalUpdate: false,
    plural: "volumeattachments",
    clusterScoped: true,
    subresources: ["status"],
  },
  {
    ...networking,
    kind: "Ingress",
    plural: "ingresses",
    short: ["ing"],
    hasGeneration: true,
    subresources: ["status"],
  },
  {
    ...networking,
    kind: "IngressClass",
    plural: "ingressclasses",
    clusterScoped: true,
    hasGeneration: true,
  },
  {
    ...networking,
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    short: ["netpol"],
    hasGeneration: true,
  },
  {
    ...networking,
    kind: "IPAddress",
    plural: "ipaddresses",
    short: ["ip"],
    clusterScoped: true,
    selectableFields: {
      "spec.parentRef.resource": readField("spec.parentRef.resource"),
    },
  },
  {
    ...networking,
    kind: "ServiceCIDR",
    plural: "servicecidrs",
    clusterScoped: true,
    subresources: ["status"],
  },
  {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    hasGeneration: true,
  },
  { ...rbac, kind: "Role", plural: "roles" },
  { ...rbac, kind: "ClusterRole", plural: "clusterroles", clusterScoped: true },
  { ...rbac, kind: "RoleBinding", plural: "rolebindings" },
  { ...rbac, kind: "ClusterRoleBinding", plural: "clusterrolebindings", clusterScoped: true },
  {
    group: "apiextensions.k8s.io",
    kind: "CustomResourceDefinition",
    unconditionalUpdate: false,
    plural: "customresourcedefinitions",
    short: ["crd", "crds"],
    categories: ["api-extensions"],
    clusterScoped: true,
    hasGeneration: true,
    subresources: ["status"],
  },
  {
    group: "apiregistration.k8s.io",
    kind: "APIService",
    unconditionalUpdate: false,
    plural: "apiservices",
    categories: ["api-extensions"],
    clusterScoped: true,
    subresources: ["status"],
  },
  {
    ...resource,
    kind: "ResourceClaim",
    plural: "resourceclaims",
    subresources: ["status"],
  },
  { ...resource, kind: "ResourceClaimTemplate", plural: "resourceclaimtemplates" },
  {
    ...resource,
    kind: "DeviceClass",
    plural: "deviceclasses",
    clusterScoped: true,
    hasGeneration: true,
  },
  {
    ...resource,
    kind: "ResourceSlice",
    plural: "resourceslices",
    clusterScoped: true,
    hasGeneration: true,
    selectableFields: readFields("spec.nodeName", "spec.driver"),
  },
  { ...admission, kind: "MutatingWebhookConfiguration", plural: "mutatingwebhookconfigurations" },
  {
    ...admission,
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
  },
  {
    ...admission,
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    subresources: ["status"],
  },
  {
    ...admission,
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
  },
  { ...admission, kind: "MutatingAdmissionPolicy", plural: "mutatingadmissionpolicies" },
  {
    ...admission,
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
  },
  {
    group: "certificates.k8s.io",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    short: ["csr"],
    clusterScoped: true,
    subresources: ["approval", "status"],
    selectableFields: readFields("spec.signerName"),
  },
  { ...flow, kind: "FlowSchema", plural: "flowschemas" },
  {
    ...flow,
    kind: "PriorityLevelConfiguration",
    plural: "prioritylevelconfigurations",
  },
];

/** Everything outside the core group and the workloads. */
export const clusterWideKinds: readonly KindDescriptor[] = facts.map(describeKind);
