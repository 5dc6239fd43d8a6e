import { canonicalQuantity } from "../../meta/quantity.ts";
import type {
  AutoscalingV1HorizontalPodAutoscaler,
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "../../types.gen.ts";
import type { KindPrinter } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { shortList } from "./text.ts";

/** Metrics that the Targets column shows before it counts the rest. */
const SHOWN = 2;
const METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT_ANNOTATION = "autoscaling.alpha.kubernetes.io/current-metrics";

type AnyAutoscaler = HorizontalPodAutoscaler | AutoscalingV1HorizontalPodAutoscaler;

function amount(quantity: string | undefined, otherwise = "<unknown>"): string {
  return quantity === undefined ? otherwise : (canonicalQuantity(quantity) ?? quantity);
}

/** A measured amount; one that its metric should have and has not is Go's empty pointer. */
function measured(current: MetricValueStatus | undefined, of: "value" | "averageValue"): string {
  return current === undefined ? "<unknown>" : amount(current[of], "<nil>");
}

/** Absolute metrics: `current/target`, with `(avg)` where the target is a mean over pods. */
function valueText(target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined)
    return `${amount(current?.averageValue)}/${amount(target.averageValue)} (avg)`;
  return `${measured(current, "value")}/${amount(target.value)}`;
}

function percent(value: number | undefined, otherwise: string): string {
  return value === undefined ? otherwise : `${value}%`;
}

function resourceText(
  name: string,
  target: MetricTarget,
  current: MetricValueStatus | undefined,
): string {
  if (target.averageValue !== undefined)
    return `${name}: ${measured(current, "averageValue")}/${amount(target.averageValue)}`;
  const now = percent(current?.averageUtilization, "<unknown>");
  return `${name}: ${now}/${percent(target.averageUtilization, "<auto>")}`;
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource } = spec;
  if (external) return valueText(external.target, status?.external?.current);
  if (object) return valueText(object.target, status?.object?.current);
  if (pods)
    return `${measured(status?.pods?.current, "averageValue")}/${amount(pods.target.averageValue)}`;
  if (resource) return resourceText(resource.name, resource.target, status?.resource?.current);
  if (containerResource) {
    const { name, target } = containerResource;
    return resourceText(name, target, status?.containerResource?.current);
  }
  return "<unknown type>";
}

function metricsText(
  specs: readonly MetricSpec[],
  statuses: readonly MetricStatus[] | undefined | null,
): string {
  if (specs.length === 0) return "<none>";
  const texts = specs.map((spec, index) => metricText(spec, statuses?.[index]));
  return shortList(texts, SHOWN, ", ");
}

/** A metric as the v1 annotation writes it. */
interface OldMetric {
  readonly type: string;
  readonly [source: string]: unknown;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function oldMetricText(spec: OldMetric, status: OldMetric | undefined): string {
  const source = Object.entries(spec).find(([key]) => key !== "type")?.[1];
  const now = Object.entries(status ?? {}).find(([key]) => key !== "type")?.[1];
  const target = (source ?? {}) as Readonly<Record<string, unknown>>;
  const current = (now ?? {}) as Readonly<Record<string, unknown>>;
  const average = text(target["targetAverageValue"] ?? target["averageValue"]);
  const averageNow = amount(text(current["currentAverageValue"] ?? current["averageValue"]));
  if (spec.type === "Resource" || spec.type === "ContainerResource") {
    const name = String(target["name"]);
    if (average !== undefined) return `${name}: ${averageNow}/${amount(average)}`;
    const used = current["currentAverageUtilization"] as number | undefined;
    const wanted = target["targetAverageUtilization"] as number | undefined;
    return `${name}: ${percent(used, "<unknown>")}/${percent(wanted, "<auto>")}`;
  }
  if (spec.type === "Pods") return `${averageNow}/${amount(average)}`;
  if (average !== undefined) return `${averageNow}/${amount(average)} (avg)`;
  return `${amount(text(current["currentValue"]))}/${amount(text(target["targetValue"]))}`;
}

function annotated(object: AnyAutoscaler, name: string): readonly OldMetric[] {
  const json = object.metadata.annotations?.[name];
  if (json === undefined) return [];
  try {
    return JSON.parse(json) as readonly OldMetric[];
  } catch {
    return [];
  }
}

/** Targets of an autoscaling/v1 object: the CPU target, then the other metrics kept in an annotation. */
function oldTargets(object: AutoscalingV1HorizontalPodAutoscaler): string {
  const { targetCPUUtilizationPercentage: target } = object.spec ?? {};
  const others = annotated(object, METRICS_ANNOTATION);
  const statuses = annotated(object, CURRENT_ANNOTATION);
  const texts = others.map((metric, index) => oldMetricText(metric, statuses[index]));
  if (target !== undefined) {
    const used = object.status?.currentCPUUtilizationPercentage;
    texts.push(`cpu: ${percent(used, "<unknown>")}/${target}%`);
  }
  return texts.length === 0 ? "<none>" : shortList(texts, SHOWN, ", ");
}

function targets(object: AnyAutoscaler): string {
  const { spec } = object;
  if (spec !== undefined && "metrics" in spec)
    return metricsText(
      spec.metrics ?? [],
      (object as HorizontalPodAutoscaler).status?.currentMetrics,
    );
  return oldTargets(object as AutoscalingV1HorizontalPodAutoscaler);
}

export const autoscalerPrinter: KindPrinter = printer<AnyAutoscaler>(
  columns("Name", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"),
  (object, context) => {
    const { spec, status } = object;
    return [
      object.metadata.name,
      `${spec?.scaleTargetRef.kind ?? ""}/${spec?.scaleTargetRef.name ?? ""}`,
      targets(object),
      String(spec?.minReplicas ?? "<unset>"),
      spec?.maxReplicas ?? 0,
      status?.currentReplicas ?? 0,
      age(object, context),
    ];
  },
);
