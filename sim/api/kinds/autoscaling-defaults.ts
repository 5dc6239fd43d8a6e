import type { KubeObject } from "../object.ts";
import type {
  AutoscalingV1HorizontalPodAutoscaler,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
} from "../types.gen.ts";
import { fill, refine } from "./fill.ts";

/** The target that an autoscaler without metrics gets: 80 % of the requested cpu. */
const DEFAULT_METRICS: readonly MetricSpec[] = [
  {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
  },
];
const SCALE_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN: HPAScalingRules = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

/** autoscaling/v2 `SetDefaults_HorizontalPodAutoscaler`. */
export function defaultAutoscaler(object: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  return refine(object, "spec", (spec) =>
    refine(fill(spec, { minReplicas: 1, metrics: DEFAULT_METRICS }), "behavior", (behavior) => ({
      ...behavior,
      scaleUp: fill(behavior.scaleUp ?? {}, SCALE_UP),
      scaleDown: fill(behavior.scaleDown ?? {}, SCALE_DOWN),
    })),
  );
}

/** autoscaling/v1 → v2: the one percentage becomes a cpu metric. */
export function autoscalerFromV1(object: KubeObject): KubeObject {
  const old = object as AutoscalingV1HorizontalPodAutoscaler;
  const { targetCPUUtilizationPercentage, ...spec } = old.spec ?? {
    maxReplicas: 0,
    scaleTargetRef: { kind: "", name: "" },
  };
  const metrics = cpuMetric(targetCPUUtilizationPercentage);
  const { currentCPUUtilizationPercentage: current, ...status } = old.status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  const currentMetrics =
    current === undefined
      ? {}
      : {
          currentMetrics: [
            {
              type: "Resource",
              resource: { name: "cpu", current: { averageUtilization: current } },
            },
          ],
        };
  return {
    ...object,
    apiVersion: "autoscaling/v2",
    spec: { ...spec, ...(metrics === undefined ? {} : { metrics }) },
    ...(old.status === undefined ? {} : { status: { ...status, ...currentMetrics } }),
  };
}

function cpuMetric(percent: number | undefined): readonly MetricSpec[] | undefined {
  if (percent === undefined) return undefined;
  const target = { type: "Utilization", averageUtilization: percent };
  return [{ type: "Resource", resource: { name: "cpu", target } }];
}

const METRICS_NOTE = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR_NOTE = "autoscaling.alpha.kubernetes.io/behavior";

/** autoscaling/v2 → v1: what v1 cannot say moves to annotations. */
export function autoscalerToV1(object: KubeObject): KubeObject {
  const now = object as HorizontalPodAutoscaler;
  const {
    metrics = [],
    behavior,
    ...spec
  } = now.spec ?? {
    maxReplicas: 0,
    scaleTargetRef: { kind: "", name: "" },
  };
  const cpu = metrics.find(isCpuUtilization);
  const others = metrics.filter((metric) => metric !== cpu);
  const percent = cpu?.resource?.target.averageUtilization;
  const notes = {
    ...now.metadata.annotations,
    ...(others.length > 0 ? { [METRICS_NOTE]: JSON.stringify(others) } : {}),
    ...(behavior === undefined ? {} : { [BEHAVIOR_NOTE]: JSON.stringify(behavior) }),
  };
  const { annotations: _, ...metadata } = now.metadata;
  const {
    currentMetrics: measured,
    conditions: _conditions,
    ...status
  } = now.status ?? { desiredReplicas: 0, currentMetrics: [] };
  const current = (measured ?? []).find((metric) => metric.resource?.name === "cpu")?.resource
    ?.current.averageUtilization;
  return {
    apiVersion: "autoscaling/v1",
    kind: object.kind,
    metadata: {
      ...metadata,
      ...(Object.keys(notes).length > 0 ? { annotations: notes } : {}),
    },
    spec: {
      ...spec,
      ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }),
    },
    ...(now.status === undefined
      ? {}
      : {
          status: {
            ...status,
            ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
          },
        }),
  };
}

function isCpuUtilization(metric: MetricSpec): boolean {
  return (
    metric.type === "Resource" &&
    metric.resource?.name === "cpu" &&
    metric.resource.target.averageUtilization !== undefined
  );
}
