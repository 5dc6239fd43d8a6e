import type { KubeObject } from "../object.ts";
import type { CustomResourceDefinition, JSONSchemaProps, Quantity } from "../types.gen.ts";
import { customDescriptor } from "./custom/descriptor.ts";
import { apiVersionOf, type KindDescriptor } from "./descriptor.ts";

/*
 * Kinds about pods that are scheduled together. No default cluster serves them: those of scheduling.k8s.io stand behind
 * the gates GenericWorkload and GangScheduling (alpha in v1.36), those of scheduling.x-k8s.io are custom resources of
 * kubernetes-sigs/scheduler-plugins. Enabling the scheduler plugin that reads them serves them.
 */

/** Names in the store. */
export const POD_GROUP = "PodGroup.scheduling.k8s.io";
export const SIG_POD_GROUP = "PodGroup.scheduling.x-k8s.io";
export const ELASTIC_QUOTA = "ElasticQuota.scheduling.x-k8s.io";

/** scheduling.k8s.io/v1alpha2 PodGroup. */
export interface PodGroup extends KubeObject {
  readonly spec: {
    /** `basic`: as any pods; `gang`: at least `minCount` of them at once. Exactly one of them. */
    readonly schedulingPolicy: {
      readonly basic?: object;
      readonly gang?: { readonly minCount: number };
    };
  };
  readonly status?: { readonly conditions?: readonly GroupCondition[] };
}

/** meta/v1 Condition, as PodGroups carry it. */
export interface GroupCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly observedGeneration?: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

/** scheduling.x-k8s.io/v1alpha1 PodGroup: what Coscheduling reads. */
export interface SigPodGroup extends KubeObject {
  readonly spec?: { readonly minMember?: number; readonly scheduleTimeoutSeconds?: number };
}

/** scheduling.x-k8s.io/v1alpha1 ElasticQuota: what CapacityScheduling reads. */
export interface ElasticQuotaObject extends KubeObject {
  readonly spec?: {
    readonly min?: Readonly<Record<string, Quantity>>;
    readonly max?: Readonly<Record<string, Quantity>>;
  };
}

/** By the name each would be stored under. */
const definitions = new Map<string, CustomResourceDefinition>();

/** A namespaced kind with a status door, as a definition would add it. */
interface Facts {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly short?: readonly string[];
  readonly spec: JSONSchemaProps;
  readonly status?: JSONSchemaProps;
}

function describe({ group, version, kind, plural, short, spec, status }: Facts): KindDescriptor {
  const properties = { spec, ...(status === undefined ? {} : { status }) };
  const openAPIV3Schema = { type: "object", properties, required: ["spec"] };
  const name = `${plural}.${group}`;
  const definition = {
    metadata: { name },
    spec: {
      group,
      scope: "Namespaced",
      names: {
        kind,
        plural,
        singular: kind.toLowerCase(),
        ...(short === undefined ? {} : { shortNames: short }),
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          ...(status === undefined ? {} : { subresources: { status: {} } }),
        },
      ],
    },
  } as unknown as CustomResourceDefinition;
  definitions.set(name, definition);
  return customDescriptor(definition);
}

const text: JSONSchemaProps = { type: "string" };
const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const amounts: JSONSchemaProps = {
  type: "object",
  additionalProperties: {
    anyOf: [{ type: "integer" }, { type: "string" }],
    pattern:
      "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
    "x-kubernetes-int-or-string": true,
  },
};
const unchanging = { rule: "self == oldSelf", message: "field is immutable" };

function record(
  properties: Readonly<Record<string, JSONSchemaProps>>,
  ...required: readonly string[]
): JSONSchemaProps {
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
}

const policy: JSONSchemaProps = {
  ...record({
    basic: { type: "object" },
    gang: record({ minCount: { type: "integer", format: "int32", minimum: 1 } }, "minCount"),
  }),
  "x-kubernetes-validations": [
    { rule: "has(self.basic) != has(self.gang)", message: "exactly one policy must be set" },
  ],
};

const constraints = record({
  topologyConstraints: {
    type: "array",
    maxItems: 1,
    items: record({ topologyKey: text }, "topologyKey"),
  },
});

/** What the gates GenericWorkload and GangScheduling serve in v1.36. */
export const gangKinds: readonly KindDescriptor[] = [
  describe({
    group: "scheduling.k8s.io",
    version: "v1alpha2",
    kind: "Workload",
    plural: "workloads",
    spec: record(
      {
        controllerRef: record({ apiGroup: text, kind: text, name: text }, "kind", "name"),
        podGroupTemplates: {
          type: "array",
          maxItems: 8,
          items: record(
            { name: text, schedulingPolicy: policy, schedulingConstraints: constraints },
            "name",
            "schedulingPolicy",
          ),
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          "x-kubernetes-validations": [unchanging],
        },
      },
      "podGroupTemplates",
    ),
  }),
  describe({
    group: "scheduling.k8s.io",
    version: "v1alpha2",
    kind: "PodGroup",
    plural: "podgroups",
    spec: {
      ...record(
        {
          podGroupTemplateRef: record({
            workload: record(
              { workloadName: text, podGroupTemplateName: text },
              "workloadName",
              "podGroupTemplateName",
            ),
          }),
          schedulingPolicy: policy,
          schedulingConstraints: constraints,
        },
        "schedulingPolicy",
      ),
      "x-kubernetes-validations": [unchanging],
    },
    status: open,
  }),
];

/** The custom resource that Coscheduling brings along. */
export const coschedulingKinds: readonly KindDescriptor[] = [
  describe({
    group: "scheduling.x-k8s.io",
    version: "v1alpha1",
    kind: "PodGroup",
    plural: "podgroups",
    short: ["pg", "pgs"],
    spec: record({
      minMember: { type: "integer", format: "int32", minimum: 1 },
      minResources: amounts,
      scheduleTimeoutSeconds: { type: "integer", format: "int32" },
    }),
    status: open,
  }),
];

/** The custom resource that CapacityScheduling brings along. */
export const capacityKinds: readonly KindDescriptor[] = [
  describe({
    group: "scheduling.x-k8s.io",
    version: "v1alpha1",
    kind: "ElasticQuota",
    plural: "elasticquotas",
    short: ["eq", "eqs"],
    spec: record({ min: amounts, max: amounts }),
    status: open,
  }),
];

const optIn = [...gangKinds, ...coschedulingKinds, ...capacityKinds];

/** Descriptor of a kind that some scheduler plugin brings along. */
export function optInDescriptor(apiVersion: string, kind: string): KindDescriptor | undefined {
  return optIn.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
}

/** What describes the kinds that scheduler plugins bring along, by the name each definition would be stored under. */
export const optInDefinitions: ReadonlyMap<string, CustomResourceDefinition> = definitions;
