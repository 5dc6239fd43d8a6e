import { describeKind, type KindDescriptor, type KindFacts } from "./descriptor.ts";

const create = ["create"] as const;
const authorization = { group: "authorization.k8s.io", verbs: create };

const facts: readonly KindFacts[] = [
  { kind: "Binding", plural: "bindings", verbs: create },
  {
    group: "authentication.k8s.io",
    kind: "TokenReview",
    plural: "tokenreviews",
    verbs: create,
    clusterScoped: true,
  },
  {
    group: "authentication.k8s.io",
    kind: "SelfSubjectReview",
    plural: "selfsubjectreviews",
    verbs: create,
    clusterScoped: true,
  },
  { ...authorization, kind: "LocalSubjectAccessReview", plural: "localsubjectaccessreviews" },
  {
    ...authorization,
    kind: "SelfSubjectAccessReview",
    plural: "selfsubjectaccessreviews",
    clusterScoped: true,
  },
  {
    ...authorization,
    kind: "SelfSubjectRulesReview",
    plural: "selfsubjectrulesreviews",
    clusterScoped: true,
  },
  {
    ...authorization,
    kind: "SubjectAccessReview",
    plural: "subjectaccessreviews",
    clusterScoped: true,
  },
];

/** Kinds that are asked and answered but never stored. */
export const reviewKinds: readonly KindDescriptor[] = facts.map(describeKind);

const metrics = {
  group: "metrics.k8s.io",
  version: "v1beta1",
  verbs: ["get", "list"],
} as const;

/** metrics.k8s.io: computed on read, never stored. */
export const metricsKinds: readonly KindDescriptor[] = [
  describeKind({ ...metrics, kind: "PodMetrics", plural: "pods" }),
  describeKind({ ...metrics, kind: "NodeMetrics", plural: "nodes", clusterScoped: true }),
];
