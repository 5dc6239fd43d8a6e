import type { KubeObject } from "./object.ts";
import type { ObjectMeta } from "./types.gen.ts";

/** Name of the kind in the store. */
export const VPA_KIND = "VerticalPodAutoscaler.autoscaling.k8s.io";

/** Annotation that tells which containers a pod had when its requests were set; others came after. */
export const OBSERVED_CONTAINERS = "vpaObservedContainers";

/** What one container should request. Quantities by resource name. */
export interface ContainerRecommendation {
  readonly containerName: string;
  readonly target: Readonly<Record<string, string>>;
  readonly lowerBound: Readonly<Record<string, string>>;
  readonly upperBound: Readonly<Record<string, string>>;
  readonly uncappedTarget: Readonly<Record<string, string>>;
}

/** Limits of what is recommended for a container; `*` stands for all others. */
export interface ContainerPolicy {
  readonly containerName?: string;
  /** `Off` leaves the container alone. */
  readonly mode?: string;
  readonly minAllowed?: Readonly<Record<string, string>>;
  readonly maxAllowed?: Readonly<Record<string, string>>;
  readonly controlledResources?: readonly string[];
  /** `RequestsOnly` leaves limits as they are; they bound what is requested. */
  readonly controlledValues?: string;
}

/** A pod is evicted only when one of the resources is to change this way. */
export interface EvictionRequirement {
  readonly resources: readonly string[];
  readonly changeRequirement: "TargetHigherThanRequests" | "TargetLowerThanRequests";
}

export interface AutoscalerCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
}

/** autoscaling.k8s.io/v1 VerticalPodAutoscaler: a custom resource that the add-on brings along. */
export interface VerticalPodAutoscaler extends KubeObject {
  readonly metadata: ObjectMeta;
  readonly spec?: {
    readonly targetRef?: {
      readonly apiVersion?: string;
      readonly kind: string;
      readonly name: string;
    };
    readonly updatePolicy?: {
      readonly updateMode?: string;
      readonly minReplicas?: number;
      readonly evictionRequirements?: readonly EvictionRequirement[];
    };
    readonly resourcePolicy?: { readonly containerPolicies?: readonly ContainerPolicy[] };
  };
  readonly status?: {
    readonly recommendation?: {
      readonly containerRecommendations?: readonly ContainerRecommendation[];
    };
    readonly conditions?: readonly AutoscalerCondition[];
  };
}

/** How recommendations reach pods: `Off`, `Initial`, or by recreating pods (`Recreate`, `Auto` and the default). */
export function updateMode({ spec }: VerticalPodAutoscaler): string {
  return spec?.updatePolicy?.updateMode ?? "Recreate";
}

/** The policy for a container. */
export function policyFor({ spec }: VerticalPodAutoscaler, container: string): ContainerPolicy {
  const policies = spec?.resourcePolicy?.containerPolicies ?? [];
  const find = (name: string): ContainerPolicy | undefined =>
    policies.find(({ containerName }) => containerName === name);
  return find(container) ?? find("*") ?? {};
}
