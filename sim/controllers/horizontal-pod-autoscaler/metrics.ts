import { milliValue } from "../../api/meta/quantity.ts";
import { matchesSelector } from "../../api/meta/selector.ts";
import { goSelector } from "../../api/meta/selector-text.ts";
import { parseTimestamp } from "../../api/meta/time.ts";
import type { PodMetrics } from "../../api/metrics-types.ts";
import { type KubeObject, keyOf, makeKey } from "../../api/object.ts";
import type { CrossVersionObjectReference, MetricIdentifier, Pod } from "../../api/types.gen.ts";
import { type Micros, parseSpan } from "../../engine/time.ts";
import type { VirtualObjects } from "../runtime/services.ts";

/** A pod's value of a metric. */
export interface Sample {
  /** In thousandths. */
  readonly value: number;
  readonly at: Micros;
  readonly window: Micros;
}

/** Samples by pod name. */
export type Samples = Map<string, Sample>;

/** Why no number of replicas can be computed. */
export class MetricsError extends Error {}

/** custom.metrics.k8s.io: what is known of one object. */
export interface MetricValue extends KubeObject {
  readonly describedObject: {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  };
  readonly metric: MetricIdentifier;
  readonly timestamp?: string;
  readonly value: string;
}

/** external.metrics.k8s.io: a value that belongs to no object. */
export interface ExternalMetricValue extends KubeObject {
  readonly metricName: string;
  readonly metricLabels?: Readonly<Record<string, string>>;
  readonly timestamp?: string;
  readonly value: string;
}

/** Virtual kinds under which metrics that are no resources are asked for. */
const CUSTOM = "MetricValue";
const EXTERNAL = "ExternalMetricValue";
/** Window of samples that do not tell theirs (upstream `metricServerDefaultMetricWindow`). */
const DEFAULT_WINDOW: Micros = 60_000_000;
const MISSING = "the server could not find the requested resource";

/** Usage of a resource by pods, of one container or of all together. Pods without it are left out. */
export function resourceSamples(
  virtual: VirtualObjects,
  resource: string,
  pods: readonly Pod[],
  container: string | undefined,
): Samples {
  const unable = `unable to get metrics for resource ${resource}:`;
  if (!virtual.has("PodMetrics")) {
    const why = `${MISSING} (get pods.metrics.k8s.io)`;
    throw new MetricsError(`${unable} unable to fetch metrics from resource metrics API: ${why}`);
  }
  const samples: Samples = new Map();
  let found = 0;
  for (const pod of pods) {
    const metrics = virtual.get("PodMetrics", keyOf(pod)) as unknown as PodMetrics | undefined;
    if (metrics === undefined) continue;
    found++;
    const value = usageOf(metrics, resource, container, unable);
    if (value === undefined) continue;
    const at = parseTimestamp(metrics.timestamp) ?? 0;
    const window = parseSpan(metrics.window) ?? 0;
    samples.set(pod.metadata.name, { value, at, window });
  }
  if (found === 0)
    throw new MetricsError(`${unable} no metrics returned from resource metrics API`);
  return samples;
}

function usageOf(
  { containers, metadata }: PodMetrics,
  resource: string,
  container: string | undefined,
  unable: string,
): number | undefined {
  if (container !== undefined) {
    const one = containers.find(({ name }) => name === container);
    if (one === undefined) {
      const place = `${metadata.namespace}/${metadata.name}`;
      throw new MetricsError(
        `${unable} failed to get container metrics: container ${container} not present in metrics for pod ${place}`,
      );
    }
    const usage = one.usage[resource];
    return usage === undefined ? undefined : milliValue(usage);
  }
  let sum = 0;
  for (const { usage } of containers) {
    const amount = usage[resource];
    if (amount === undefined) return undefined;
    sum += milliValue(amount);
  }
  return sum;
}

/** A custom metric of pods. */
export function podSamples(
  virtual: VirtualObjects,
  { name, selector }: MetricIdentifier,
  namespace: string,
  pods: readonly Pod[],
): Samples {
  const unable = `unable to get metric ${name}:`;
  if (!virtual.has(CUSTOM))
    throw new MetricsError(`${unable} unable to fetch metrics from custom metrics API: ${MISSING}`);
  const wanted = new Set(pods.map(({ metadata }) => metadata.name));
  const samples: Samples = new Map();
  for (const value of customValues(virtual, namespace, name, selector)) {
    const { describedObject, timestamp } = value;
    if (describedObject.kind !== "Pod" || !wanted.has(describedObject.name)) continue;
    const at = parseTimestamp(timestamp) ?? 0;
    samples.set(describedObject.name, {
      value: milliValue(value.value),
      at,
      window: DEFAULT_WINDOW,
    });
  }
  if (samples.size === 0)
    throw new MetricsError(`${unable} no metrics returned from custom metrics API`);
  return samples;
}

/** A custom metric of one object, in thousandths. */
export function objectValue(
  virtual: VirtualObjects,
  { name, selector }: MetricIdentifier,
  namespace: string,
  target: CrossVersionObjectReference,
): number {
  const unable = `unable to get metric ${name} on ${target.kind} ${namespace}/${target.name}: unable to fetch metrics from custom metrics API:`;
  if (!virtual.has(CUSTOM)) throw new MetricsError(`${unable} ${MISSING}`);
  for (const { describedObject, value } of customValues(virtual, namespace, name, selector)) {
    if (describedObject.kind === target.kind && describedObject.name === target.name)
      return milliValue(value);
  }
  const plural = `${target.kind.toLowerCase()}s`;
  throw new MetricsError(
    `${unable} ${plural} ${JSON.stringify(makeKey(undefined, target.name))} not found`,
  );
}

function* customValues(
  virtual: VirtualObjects,
  namespace: string,
  name: string,
  selector: MetricIdentifier["selector"],
): Iterable<MetricValue> {
  const matches = selector === undefined ? undefined : matchesSelector(selector);
  for (const object of virtual.list(CUSTOM, namespace)) {
    const value = object as MetricValue;
    if (value.metric.name !== name) continue;
    const labels = value.metric.selector?.matchLabels;
    if (matches === undefined || matches(labels)) yield value;
  }
}

/** An external metric, in thousandths: the sum over all series that match. */
export function externalValue(
  virtual: VirtualObjects,
  { name, selector }: MetricIdentifier,
  namespace: string,
): number {
  const unable = `unable to get external metric ${namespace}/${name}/${goSelector(selector)}:`;
  if (!virtual.has(EXTERNAL))
    throw new MetricsError(
      `${unable} unable to fetch metrics from external metrics API: ${MISSING}`,
    );
  const matches = selector === undefined ? undefined : matchesSelector(selector);
  let sum: number | undefined;
  for (const object of virtual.list(EXTERNAL, namespace)) {
    const { metricName, metricLabels, value } = object as ExternalMetricValue;
    if (metricName !== name || matches?.(metricLabels) === false) continue;
    sum = (sum ?? 0) + milliValue(value);
  }
  if (sum === undefined)
    throw new MetricsError(`${unable} no metrics returned from external metrics API`);
  return sum;
}
