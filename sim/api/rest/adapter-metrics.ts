import type { Access } from "../access.ts";
import type { User } from "../admission/plugin.ts";
import { ApiError, methodNotAllowed, noSuchResource } from "../api-error.ts";
import type { ServedResource } from "../discovery/served-resource.ts";
import { kindDescriptors } from "../kinds/registry.ts";
import { type KubeObject, makeKey } from "../object.ts";
import type { Store } from "../store.ts";
import type { VirtualReads } from "../virtual.ts";
import { demand } from "./authorize.ts";
import type { Answer } from "./context.ts";
import { readLabelSelector } from "./label-selector.ts";
import type { Target } from "./path.ts";
import { parameter, type Query } from "./request.ts";

/** A metric that the adapter knows: of what kind of objects, or of none of the cluster's. */
export interface AdapterMetric {
  readonly kind: string | undefined;
  readonly name: string;
}

const CUSTOM = { group: "custom.metrics.k8s.io", version: "v1beta2" };
const EXTERNAL = { group: "external.metrics.k8s.io", version: "v1beta1" };

interface CustomValue extends KubeObject {
  readonly describedObject: { readonly kind: string; readonly name: string };
  readonly metric: { readonly name: string };
  readonly timestamp: string;
  readonly value: string;
}

interface ExternalValue extends KubeObject {
  readonly metricName: string;
  readonly metricLabels: Readonly<Record<string, string>>;
}

/** Resource of a kind as metric paths name it (`pods`, `ingresses.networking.k8s.io`), and its version. */
function resourceOf(kind: string): { readonly resource: string; readonly apiVersion: string } {
  const known = kindDescriptors.find((one) => one.kind === kind);
  if (known === undefined) return { resource: `${kind.toLowerCase()}s`, apiVersion: "" };
  const { plural, group, version } = known;
  const resource = group === "" ? plural : `${plural}.${group}`;
  return { resource, apiVersion: `${group}/${version}` };
}

/** What discovery tells of the adapter: a resource for each metric. */
export function adapterResources(metrics: readonly AdapterMetric[]): readonly ServedResource[] {
  const served = metrics.map(({ kind, name }) => {
    const external = kind === undefined;
    return {
      ...(external ? EXTERNAL : CUSTOM),
      kind: external ? "ExternalMetricValueList" : "MetricValueList",
      plural: external ? name : `${resourceOf(kind).resource}/${name}`,
      singular: "",
      shortNames: [],
      categories: [],
      namespaced: true,
      verbs: ["get"],
      subresources: [],
      type: undefined,
      custom: false,
    } satisfies ServedResource;
  });
  return [...new Map(served.map((one) => [`${one.group}/${one.plural}`, one])).values()];
}

/** Answers the paths of custom.metrics.k8s.io and external.metrics.k8s.io as a metrics adapter does. */
export class MetricsAdapter {
  readonly #metrics: readonly AdapterMetric[];
  readonly #store: Store;
  readonly #virtual: VirtualReads;
  readonly #access: Access;

  constructor(
    metrics: readonly AdapterMetric[],
    store: Store,
    virtual: VirtualReads,
    access: Access,
  ) {
    this.#metrics = metrics;
    this.#store = store;
    this.#virtual = virtual;
    this.#access = access;
  }

  /** A list of values; `undefined` for a path of another group. Throws `ApiError` for metrics that it does not know. */
  answer(user: User, method: string, target: Target, query: Query): Answer | undefined {
    const { group, version } = target;
    const served = [CUSTOM, EXTERNAL].find((one) => one.group === group && one.version === version);
    if (served === undefined) return undefined;
    demand(user, this.#access, target, target.name === undefined ? "list" : "get");
    if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
    if (target.namespace === undefined || target.rest.length > 0) throw noSuchResource();
    const external = served === EXTERNAL;
    const items = external ? this.#external(target, query) : this.#custom(target, query);
    const kind = external ? "ExternalMetricValueList" : "MetricValueList";
    const apiVersion = `${group}/${version}`;
    return { code: 200, body: { kind, apiVersion, metadata: {}, items } };
  }

  /** `namespaces/NAMESPACE/METRIC`: the series whose labels match. */
  #external({ namespace, resource, name }: Target, query: Query): readonly object[] {
    if (name !== undefined) throw noSuchResource();
    const matches = readLabelSelector(parameter(query, "labelSelector"));
    return (this.#virtual.list("ExternalMetricValue", namespace) as ExternalValue[]).filter(
      ({ metricName, metricLabels }) =>
        metricName === resource && (matches === undefined || matches(metricLabels)),
    );
  }

  /** `namespaces/NAMESPACE/RESOURCE/NAME/METRIC`: of one object, or (`*`) of all whose labels match. */
  #custom(target: Target, query: Query): readonly object[] {
    const { namespace, resource, name, subresource: metric } = target;
    if (name === undefined || metric === undefined) throw noSuchResource();
    const known = this.#metrics.some(
      (one) => one.name === metric && one.kind && resourceOf(one.kind).resource === resource,
    );
    if (!known) throw unknownMetric(`${metric} for ${resource}`);
    const ofObjects = readLabelSelector(parameter(query, "labelSelector"));
    const ofMetrics = readLabelSelector(parameter(query, "metricLabelSelector"));
    const values = this.#virtual.list("MetricValue", namespace) as CustomValue[];
    const items = values.filter(({ describedObject, metric: { name: measured } }) => {
      const { kind, name: object } = describedObject;
      if (measured !== metric || resourceOf(kind).resource !== resource) return false;
      // Declared metrics have no labels of their own.
      if (ofMetrics?.({}) === false) return false;
      if (name !== "*") return object === name;
      const { labels } = this.#store.get(kind, makeKey(namespace, object))?.metadata ?? {};
      return ofObjects === undefined || ofObjects(labels);
    });
    if (items.length === 0 && name !== "*")
      throw unknownMetric(`${metric} for ${resource} ${name}`);
    return items.map(presentValue);
  }
}

function presentValue({ describedObject, metric, timestamp, value }: CustomValue): object {
  const { apiVersion } = resourceOf(describedObject.kind);
  return {
    describedObject: { ...describedObject, ...(apiVersion === "" ? {} : { apiVersion }) },
    metric: { name: metric.name, selector: null },
    timestamp,
    value,
  };
}

function unknownMetric(what: string): ApiError {
  return new ApiError(404, "NotFound", `the server could not find the metric ${what}`);
}
