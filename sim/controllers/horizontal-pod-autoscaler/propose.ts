import { formatQuantity, milliValue } from "../../api/meta/quantity.ts";
import { goSelector } from "../../api/meta/selector-text.ts";
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from "../../api/types.gen.ts";
import type { VirtualObjects } from "../runtime/services.ts";
import {
  averageReplicas,
  type Proposal,
  perPodReplicas,
  type Target,
  utilizationReplicas,
  valueReplicas,
} from "./calculate.ts";
import {
  externalValue,
  MetricsError,
  objectValue,
  podSamples,
  resourceSamples,
} from "./metrics.ts";

/** What one metric says. */
export interface MetricProposal {
  readonly replicas: number;
  /** As conditions and events name the metric. */
  readonly name: string;
  readonly status: MetricStatus;
}

/** A metric that says nothing: the condition's reason, and what it and the summary tell. */
class MetricFailure extends Error {
  readonly reason: string;
  /** What the condition and the metric's own event say. */
  readonly detail: string;

  constructor(reason: string, detail: string, summary: string) {
    super(summary);
    this.reason = reason;
    this.detail = detail;
  }
}

/** What all metrics of an autoscaler together say. */
export interface Proposals {
  /** `undefined` when nothing can be said. */
  readonly best: { readonly replicas: number; readonly name: string } | undefined;
  readonly statuses: readonly MetricStatus[];
  readonly failures: readonly MetricFailure[];
}

/** Asks every metric; the largest proposal wins, but with a silent metric nothing is scaled down. */
export function proposeAll(
  { spec, metadata }: HorizontalPodAutoscaler,
  target: Target,
  virtual: VirtualObjects,
): Proposals {
  const metrics = spec?.metrics ?? [];
  const statuses: MetricStatus[] = [];
  const failures: MetricFailure[] = [];
  let best: { replicas: number; name: string } | undefined;
  for (const metric of metrics) {
    try {
      const proposal = propose(metric, target, virtual, metadata.namespace ?? "");
      statuses.push(proposal.status);
      // The last one wins among metrics that all ask for none.
      if (best === undefined || best.replicas === 0 || proposal.replicas > best.replicas)
        best = proposal;
    } catch (error) {
      if (!(error instanceof MetricFailure)) throw error;
      failures.push(error);
      statuses.push({ type: "" });
    }
  }
  const blocked =
    failures.length >= metrics.length ||
    (failures.length > 0 && (best?.replicas ?? 0) < target.replicas);
  return { best: blocked ? undefined : best, statuses, failures };
}

function propose(
  metric: MetricSpec,
  target: Target,
  virtual: VirtualObjects,
  namespace: string,
): MetricProposal {
  switch (metric.type) {
    case "Resource":
      return fromResource(metric, target, virtual);
    case "ContainerResource":
      return fromContainer(metric, target, virtual);
    case "Pods":
      return fromPods(metric, target, virtual, namespace);
    case "Object":
      return fromObject(metric, target, virtual, namespace);
    case "External":
      return fromExternal(metric, target, virtual, namespace);
    default: {
      const why = `unknown metric source type ${JSON.stringify(metric.type)}`;
      throw new MetricFailure("InvalidMetricSourceType", why, why);
    }
  }
}

/** Runs a formula; what it cannot say becomes a failure with the texts of its kind of metric. */
function attempt<T>(reason: string, detail: string, summary: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MetricsError)) throw error;
    const text = `${detail}${error.message}`;
    throw new MetricFailure(reason, text, `${summary}: ${text}`);
  }
}

const NO_RESOURCE_TARGET =
  "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set";

function resourceProposal(
  resource: string,
  container: string | undefined,
  wanted: MetricTarget,
  target: Target,
  virtual: VirtualObjects,
  texts: { readonly reason: string; readonly summary: string },
): { proposal: Proposal; current: MetricStatus["resource"] } {
  const utilization = wanted.averageValue === undefined;
  if (utilization && wanted.averageUtilization === undefined)
    throw new MetricFailure(
      texts.reason,
      NO_RESOURCE_TARGET,
      `${texts.summary}: ${NO_RESOURCE_TARGET}`,
    );
  const detail = `failed to get ${resource} ${utilization ? "utilization" : "usage"}: `;
  const proposal = attempt(texts.reason, detail, texts.summary, () => {
    const samples = resourceSamples(virtual, resource, target.pods, container);
    return utilization
      ? utilizationReplicas(samples, target, resource, container, wanted.averageUtilization ?? 0)
      : averageReplicas(samples, target, resource, milliValue(wanted.averageValue ?? "0"));
  });
  const averageValue =
    resource === "memory" ? kibibytes(proposal.usage) : milliQuantity(proposal.usage);
  const { utilization: percent } = proposal;
  const current = {
    averageValue,
    ...(percent === undefined ? {} : { averageUtilization: percent }),
  };
  return { proposal, current: { name: resource, current } };
}

function fromResource(
  { resource }: MetricSpec,
  target: Target,
  virtual: VirtualObjects,
): MetricProposal {
  const { name, target: wanted } = resource ?? { name: "", target: { type: "" } };
  const { proposal, current } = resourceProposal(name, undefined, wanted, target, virtual, {
    reason: "FailedGetResourceMetric",
    summary: `failed to get ${name} resource metric value`,
  });
  const label =
    proposal.utilization === undefined
      ? `${name} resource`
      : `${name} resource utilization (percentage of request)`;
  const status: MetricStatus = { type: "Resource", ...(current && { resource: current }) };
  return { replicas: proposal.replicas, name: label, status };
}

function fromContainer(
  { containerResource }: MetricSpec,
  target: Target,
  virtual: VirtualObjects,
): MetricProposal {
  const {
    name,
    container,
    target: wanted,
  } = containerResource ?? {
    name: "",
    container: "",
    target: { type: "" },
  };
  const { proposal, current } = resourceProposal(name, container, wanted, target, virtual, {
    reason: "FailedGetContainerResourceMetric",
    summary: `failed to get ${container} container metric value`,
  });
  const label =
    proposal.utilization === undefined
      ? `${name} resource`
      : `${name} container resource utilization (percentage of request)`;
  const status: MetricStatus = {
    type: "ContainerResource",
    ...(current && { containerResource: { ...current, container } }),
  };
  return { replicas: proposal.replicas, name: label, status };
}

function fromPods(
  { pods }: MetricSpec,
  target: Target,
  virtual: VirtualObjects,
  namespace: string,
): MetricProposal {
  const { metric, target: wanted } = pods ?? { metric: { name: "" }, target: { type: "" } };
  const summary = "failed to get pods metric value";
  const proposal = attempt("FailedGetPodsMetric", "", summary, () =>
    averageReplicas(
      podSamples(virtual, metric, namespace, target.pods),
      target,
      undefined,
      milliValue(wanted.averageValue ?? "0"),
    ),
  );
  const status: MetricStatus = {
    type: "Pods",
    pods: { metric, current: { averageValue: milliQuantity(proposal.usage) } },
  };
  return { replicas: proposal.replicas, name: `pods metric ${metric.name}`, status };
}

function fromObject(
  { object }: MetricSpec,
  target: Target,
  virtual: VirtualObjects,
  namespace: string,
): MetricProposal {
  const reason = "FailedGetObjectMetric";
  const summary = "failed to get object metric value";
  const {
    metric,
    describedObject,
    target: wanted,
  } = object ?? {
    metric: { name: "" },
    describedObject: { kind: "", name: "" },
    target: { type: "" },
  };
  const read = (): number => objectValue(virtual, metric, namespace, describedObject);
  if (wanted.type === "Value" && wanted.value !== undefined) {
    const value = milliValue(wanted.value);
    const proposal = attempt(reason, "", summary, () => valueReplicas(read(), value, target));
    const current = { value: milliQuantity(proposal.usage) };
    const status: MetricStatus = { type: "Object", object: { metric, describedObject, current } };
    const name = `${describedObject.kind} metric ${metric.name}`;
    return { replicas: proposal.replicas, name, status };
  }
  if (wanted.type === "AverageValue" && wanted.averageValue !== undefined) {
    const value = milliValue(wanted.averageValue);
    const inner = `${summary}: failed to get ${metric.name} object metric`;
    const proposal = attempt(reason, "", inner, () => perPodReplicas(read(), value, target));
    const current = { averageValue: milliQuantity(proposal.usage) };
    const status: MetricStatus = { type: "Object", object: { metric, describedObject, current } };
    const name = `external metric ${metric.name}(${goSelector(metric.selector)})`;
    return { replicas: proposal.replicas, name, status };
  }
  const why =
    "invalid object metric source: neither a value target nor an average value target was set";
  throw new MetricFailure(reason, why, `${summary}: ${why}`);
}

function fromExternal(
  { external }: MetricSpec,
  target: Target,
  virtual: VirtualObjects,
  namespace: string,
): MetricProposal {
  const reason = "FailedGetExternalMetric";
  const { metric, target: wanted } = external ?? { metric: { name: "" }, target: { type: "" } };
  const summary = `failed to get ${metric.name} external metric value`;
  const read = (): number => externalValue(virtual, metric, namespace);
  const name = `external metric ${metric.name}(${goSelector(metric.selector)})`;
  if (wanted.averageValue !== undefined) {
    const value = milliValue(wanted.averageValue);
    const inner = `${summary}: failed to get ${metric.name} external metric`;
    const proposal = attempt(reason, "", inner, () => perPodReplicas(read(), value, target));
    const current = { averageValue: milliQuantity(proposal.usage) };
    const status: MetricStatus = { type: "External", external: { metric, current } };
    return { replicas: proposal.replicas, name, status };
  }
  if (wanted.value !== undefined) {
    const value = milliValue(wanted.value);
    const inner = `${summary}: failed to get external metric ${metric.name}`;
    const proposal = attempt(reason, "", inner, () => valueReplicas(read(), value, target));
    const current = { value: milliQuantity(proposal.usage) };
    const status: MetricStatus = { type: "External", external: { metric, current } };
    return { replicas: proposal.replicas, name, status };
  }
  const why =
    "invalid external metric source: neither a value target nor an average value target was set";
  throw new MetricFailure(reason, why, `${summary}: ${why}`);
}

/** Memory is told in whole kibibytes, or a larger unit that says the same. */
function kibibytes(thousandths: number): string {
  const bytes = BigInt(Math.floor(thousandths / 1000 / 1024)) * 1024n;
  return formatQuantity({ nanos: bytes * 1_000_000_000n, format: "BinarySI" });
}

/** Whatever else is measured is told in decimal units. */
function milliQuantity(thousandths: number): string {
  return formatQuantity({
    nanos: BigInt(Math.round(thousandths)) * 1_000_000n,
    format: "DecimalSI",
  });
}
