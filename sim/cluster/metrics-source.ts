import { milliValue } from "../api/meta/quantity.ts";
import { labelsInclude } from "../api/meta/selector.ts";
import { timestamp } from "../api/meta/time.ts";
import type { KubeObject } from "../api/object.ts";
import type { AdapterMetric } from "../api/rest/adapter-metrics.ts";
import type { Store } from "../api/store.ts";
import type { Pod } from "../api/types.gen.ts";
import type { ComputedReads } from "../api/virtual.ts";
import { type Micros, parseSpan } from "../engine/time.ts";
import type { Traffic } from "../network/traffic.ts";

type Labels = Readonly<Record<string, string>>;

/** A metric that applications, an object, or something outside the cluster reports: each value holds from its time on. */
export interface MetricSeries {
  readonly name: string;
  readonly namespace: string;
  /** Of each pod with these labels. */
  readonly pods: Labels | undefined;
  readonly object: { readonly kind: string; readonly name: string } | undefined;
  /** Labels of an external metric. */
  readonly external: Labels | undefined;
  readonly values: readonly { readonly from: Micros; readonly value: string }[];
}

/** Name under which the requests per second of simulated traffic are known, of pods and of their Service. */
const REQUESTS = "http_requests_per_second";

/** Reads metrics as a scenario writes them. Throws `RangeError` naming what is wrong. */
export function parseMetrics(spec: readonly object[]): readonly MetricSeries[] {
  return spec.map((one, at) => {
    const { name, namespace = "default", pods, object, external, values } = one as Loose;
    const owners = [pods, object, external].filter((owner) => owner !== undefined);
    if (owners.length !== 1)
      throw new RangeError(`metrics[${at}]: expected one of pods, object and external`);
    const read = values.map(({ from, value }) => {
      const time = parseSpan(from);
      if (time === undefined || Number.isNaN(milliValue(value)))
        throw new RangeError(`metrics[${at}]: expected {from: a duration, value: a quantity}`);
      return { from: time, value };
    });
    const sorted = [...read].sort((a, b) => a.from - b.from);
    return { name, namespace, pods, object, external, values: sorted };
  });
}

/** What the adapter of these metrics knows: those, and the requests of simulated traffic. */
export function adapterMetrics(series: readonly MetricSeries[]): readonly AdapterMetric[] {
  const declared = series.map(({ name, pods, object }) => ({
    kind: object?.kind ?? (pods === undefined ? undefined : "Pod"),
    name,
  }));
  return [...declared, ...["Pod", "Service"].map((kind) => ({ kind, name: REQUESTS }))];
}

interface Loose {
  readonly name: string;
  readonly namespace?: string;
  readonly pods?: Labels;
  readonly object?: { readonly kind: string; readonly name: string };
  readonly external?: Labels;
  readonly values: readonly { readonly from: string; readonly value: string }[];
}

/** What the sources of custom and external metrics read. */
interface Sources {
  readonly series: readonly MetricSeries[];
  readonly store: Store;
  readonly traffic: Traffic;
  readonly now: () => Micros;
}

/** Serves custom.metrics.k8s.io and external.metrics.k8s.io to the controllers, as a metrics adapter does. */
export function provideMetrics(virtual: ComputedReads, sources: Sources): void {
  const provide = (kind: string, values: (namespace: string) => Iterable<object>) =>
    virtual.provide(kind, {
      get: () => undefined,
      list: (namespace = "default") => [...values(namespace)] as KubeObject[],
    });
  provide("MetricValue", (namespace) => customValues(sources, namespace));
  provide("ExternalMetricValue", (namespace) => externalValues(sources, namespace));
}

function* current({ series, now }: Sources, namespace: string) {
  for (const one of series) {
    const value = one.values.findLast(({ from }) => from <= now())?.value;
    if (one.namespace === namespace && value !== undefined) yield [one, value] as const;
  }
}

function* customValues(sources: Sources, namespace: string): Iterable<object> {
  const at = timestamp(sources.now());
  const of = (kind: string, name: string, metric: string, value: string) => ({
    describedObject: { kind, namespace, name },
    metric: { name: metric },
    timestamp: at,
    value,
  });
  for (const [{ name, pods, object }, value] of current(sources, namespace)) {
    if (object !== undefined) yield of(object.kind, object.name, name, value);
    if (pods === undefined) continue;
    for (const pod of podsWith(sources.store, namespace, pods))
      yield of("Pod", pod.metadata.name, name, value);
  }
  const { services, pods } = ratesIn(sources.traffic, namespace);
  for (const [name, rate] of services) yield of("Service", name, REQUESTS, milli(rate));
  for (const [name, rate] of pods) yield of("Pod", name, REQUESTS, milli(rate));
}

function* externalValues(sources: Sources, namespace: string): Iterable<object> {
  for (const [{ name, external }, value] of current(sources, namespace))
    if (external !== undefined)
      yield {
        metricName: name,
        metricLabels: external,
        timestamp: timestamp(sources.now()),
        value,
      };
}

function* podsWith(store: Store, namespace: string, labels: Labels): Iterable<Pod> {
  for (const object of store.objects("Pod").values()) {
    const { metadata } = object;
    if (metadata.namespace === namespace && labelsInclude(metadata.labels, labels))
      yield object as Pod;
  }
}

/** Requests per second that reach the pods of Services, and each of the pods, over all loads. */
function ratesIn(
  traffic: Traffic,
  namespace: string,
): Readonly<Record<"services" | "pods", ReadonlyMap<string, number>>> {
  const [services, pods] = [new Map<string, number>(), new Map<string, number>()];
  for (const { load, flow, pods: targets } of traffic.loads()) {
    const [of, service = ""] = load.service.split("/");
    if (of !== namespace) continue;
    const rate = flow.succeeded + flow.errors + flow.overloaded;
    services.set(service, (services.get(service) ?? 0) + rate);
    for (const target of targets) {
      const pod = target.slice(target.indexOf("/") + 1);
      pods.set(pod, (pods.get(pod) ?? 0) + rate / targets.length);
    }
  }
  return { services, pods };
}

function milli(value: number): string {
  return `${Math.round(value * 1000)}m`;
}
