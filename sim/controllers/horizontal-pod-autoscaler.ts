import { ApiError } from "../api/api-error.ts";
import type { Client } from "../api/client.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { milliValue } from "../api/meta/quantity.ts";
import { timestamp } from "../api/meta/time.ts";
import { type Key, keyOf } from "../api/object.ts";
import { NO_PART } from "../api/object-parts.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
  Pod,
} from "../api/types.gen.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { decide, type Past, remember } from "./horizontal-pod-autoscaler/behaviour.ts";
import type { Tolerances } from "./horizontal-pod-autoscaler/calculate.ts";
import { proposeAll } from "./horizontal-pod-autoscaler/propose.ts";
import type { Controller, ReconcileContext } from "./runtime/controller.ts";
import { readScale, type ScaleView, writeScale } from "./runtime/scale.ts";
import type { ControllerServices } from "./runtime/services.ts";

/** `--horizontal-pod-autoscaler-sync-period`. */
const SYNC: Micros = 15 * SECOND;
/** `--horizontal-pod-autoscaler-tolerance`. */
const TOLERANCE = 0.1;
const EMPTY: Past = { recommendations: [], ups: [], downs: [] };
const NAME = "horizontal-pod-autoscaler";

/** An autoscaler while it is being reconciled: its status as it will be written. */
interface Sync {
  readonly hpa: HorizontalPodAutoscaler;
  readonly context: ReconcileContext;
  readonly services: ControllerServices;
  status: HorizontalPodAutoscalerStatus;
}

/** Scales workloads to what their metrics ask for, every 15 s, within limits, windows and policies. */
export function horizontalPodAutoscaler(services: ControllerServices): Controller {
  return {
    name: `${NAME}-controller`,
    eventSource: NAME,
    for: "HorizontalPodAutoscaler",
    concerns: () => false,
    watches: [
      {
        kind: "HorizontalPodAutoscaler",
        delay: SYNC,
        keys: (after) => (after === undefined ? [] : [keyOf(after)]),
      },
    ],
    reads: ["Pod"],
    observedParts: NO_PART,
    observe(kind, after, before, memory) {
      if (kind === "HorizontalPodAutoscaler" && after === undefined && before !== undefined)
        memory.delete(keyOf(before));
    },
    reconcile(key, context) {
      const hpa = context.client.get("HorizontalPodAutoscaler", key);
      if (hpa === undefined) {
        context.memory.delete(key);
        return undefined;
      }
      const status = hpa.status ?? { desiredReplicas: 0 };
      const sync: Sync = { hpa, context, services, status };
      try {
        reconcile(key, sync);
      } catch (error) {
        // Upstream's queue has one delay for everything: a failure is tried again at the next sync.
        if (!(error instanceof ApiError)) throw error;
      }
      return { requeueAfter: SYNC };
    },
  };
}

function reconcile(key: Key, sync: Sync): void {
  const { hpa, context, services } = sync;
  const { client, record } = context;
  const reference = hpa.spec?.scaleTargetRef ?? { kind: "", name: "" };
  let scale: ScaleView;
  try {
    scale = readScale(client, services.kinds, reference, hpa.metadata.namespace);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    record.event(hpa, "Warning", "FailedGetScale", error.message);
    const why = `the HPA controller was unable to get the target's current scale: ${error.message}`;
    setCondition(sync, "AbleToScale", "False", "FailedGetScale", why);
    writeStatus(sync);
    return;
  }
  const able = "the HPA controller was able to get the target's current scale";
  setCondition(sync, "AbleToScale", "True", "SucceededGetScale", able);
  if (pastOf(sync, key).recommendations.length === 0)
    setPast(sync, key, {
      ...EMPTY,
      recommendations: [{ replicas: scale.replicas, at: context.now }],
    });
  scaleTo(key, sync, scale);
}

function pastOf({ context }: Sync, key: Key): Past {
  return (context.memory.get(key) as Past | undefined) ?? EMPTY;
}

function setPast({ context }: Sync, key: Key, past: Past): void {
  context.memory.set(key, past);
}

/** What to scale to and why; `undefined` when nothing can be said now, which is written then. */
interface Wanted {
  readonly replicas: number;
  readonly reason: string;
  readonly metrics: readonly MetricStatus[];
  readonly rescale: boolean;
}

function scaleTo(key: Key, sync: Sync, scale: ScaleView): void {
  const wanted = wantedReplicas(key, sync, scale);
  if (wanted === undefined) return;
  const { hpa, context } = sync;
  const { replicas, reason, metrics, rescale } = wanted;
  if (rescale) {
    try {
      writeScale(context.client, scale, replicas);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const why = `New size: ${replicas}; reason: ${reason}; error: ${error.message}`;
      context.record.event(hpa, "Warning", "FailedRescale", why);
      const text = `the HPA controller was unable to update the target scale: ${error.message}`;
      setCondition(sync, "AbleToScale", "False", "FailedUpdateScale", text);
      setReplicas(sync, scale.replicas, sync.status.desiredReplicas, metrics, false);
      writeStatus(sync);
      return;
    }
    const text = `the HPA controller was able to update the target scale to ${replicas}`;
    setCondition(sync, "AbleToScale", "True", "SucceededRescale", text);
    context.record.event(
      hpa,
      "Normal",
      "SuccessfulRescale",
      `New size: ${replicas}; reason: ${reason}`,
    );
    const past = pastOf(sync, key);
    setPast(sync, key, remember(past, hpa.spec?.behavior, scale.replicas, replicas, context.now));
  }
  setReplicas(sync, scale.replicas, rescale ? replicas : scale.replicas, metrics, rescale);
  writeStatus(sync);
}

function wantedReplicas(key: Key, sync: Sync, scale: ScaleView): Wanted | undefined {
  const { hpa } = sync;
  const max = hpa.spec?.maxReplicas ?? 1;
  const min = hpa.spec?.minReplicas ?? 1;
  if (scale.replicas === 0) {
    const why = "scaling is disabled since the replica count of the target is zero";
    setCondition(sync, "ScalingActive", "False", "ScalingDisabled", why);
    return { replicas: 0, reason: "", metrics: [], rescale: false };
  }
  if (scale.replicas > max) {
    const reason = "Current number of replicas above Spec.MaxReplicas";
    return { replicas: max, reason, metrics: [], rescale: true };
  }
  if (scale.replicas < min) {
    const reason = "Current number of replicas below Spec.MinReplicas";
    return { replicas: min, reason, metrics: [], rescale: true };
  }
  return byMetrics(key, sync, scale, min, max);
}

function byMetrics(
  key: Key,
  sync: Sync,
  scale: ScaleView,
  min: number,
  max: number,
): Wanted | undefined {
  const { hpa, context, services } = sync;
  const pods = selectedPods(sync, scale);
  if (pods === undefined) return undefined;
  const target = {
    pods,
    replicas: scale.replicas,
    current: scale.current,
    tolerances: tolerancesOf(hpa),
    now: context.now,
  };
  const { best, statuses, failures } = proposeAll(hpa, target, services.virtual);
  for (const { reason, detail } of failures) context.record.event(hpa, "Warning", reason, detail);
  const [first] = failures;
  if (best === undefined) {
    const why = `the HPA was unable to compute the replica count: ${first?.detail ?? ""}`;
    setCondition(sync, "ScalingActive", "False", first?.reason ?? "", why);
    const count = `${failures.length} invalid out of ${hpa.spec?.metrics?.length ?? 0}`;
    const all = `invalid metrics (${count}), first error is: ${first?.message ?? ""}`;
    setReplicas(sync, scale.replicas, sync.status.desiredReplicas, statuses, false);
    writeStatus(sync);
    context.record.event(hpa, "Warning", "FailedComputeMetricsReplicas", all);
    return undefined;
  }
  const found = `the HPA was able to successfully calculate a replica count from ${best.name}`;
  setCondition(sync, "ScalingActive", "True", "ValidMetricFound", found);
  const wish = { current: scale.replicas, desired: best.replicas, min, max };
  const decision = decide(wish, hpa.spec?.behavior, pastOf(sync, key), context.now);
  setPast(sync, key, decision.past);
  setCondition(sync, "AbleToScale", "True", ...decision.able);
  setCondition(sync, "ScalingLimited", decision.limited ? "True" : "False", ...decision.limit);
  const above = best.replicas > scale.replicas ? `${best.name} above target` : "";
  const reason = best.replicas < scale.replicas ? "All metrics below target" : above;
  const rescale = decision.replicas !== scale.replicas;
  return { replicas: decision.replicas, reason, metrics: statuses, rescale };
}

function tolerancesOf({ spec }: HorizontalPodAutoscaler): Tolerances {
  const share = (text: string | undefined): number =>
    text === undefined ? TOLERANCE : milliValue(text) / 1000;
  return {
    up: share(spec?.behavior?.scaleUp?.tolerance),
    down: share(spec?.behavior?.scaleDown?.tolerance),
  };
}

/** Pods of the target's selector; `undefined` when it selects none of its own, which is written then. */
function selectedPods(
  sync: Sync,
  { matches, replicas, selectorText }: ScaleView,
): readonly Pod[] | undefined {
  const { hpa, context } = sync;
  const { client, record } = context;
  const fail = (event: string, text: string, why: string, reason: string): undefined => {
    record.event(hpa, "Warning", event, text);
    setCondition(sync, "ScalingActive", "False", reason, why);
    setReplicas(sync, replicas, sync.status.desiredReplicas, [], false);
    writeStatus(sync);
    record.event(hpa, "Warning", "FailedComputeMetricsReplicas", text);
    return undefined;
  };
  if (matches === undefined) {
    const why = "the HPA target's scale is missing a selector";
    return fail("SelectorRequired", "selector is required", why, "InvalidSelector");
  }
  const pods = [...client.list("Pod", hpa.metadata.namespace)].filter(({ metadata }) =>
    matches(metadata.labels),
  );
  const rivals = rivalsOf(sync, pods);
  if (rivals.length === 0) return pods;
  const all = [hpa, ...rivals].map(({ metadata }) => `{${metadata.name} ${metadata.namespace}}`);
  const text = `pods by selector ${selectorText} are controlled by multiple HPAs: [${all.join(" ")}]`;
  return fail("AmbiguousSelector", text, text, "AmbiguousSelector");
}

/** Other autoscalers of the namespace whose targets select one of the pods. */
function rivalsOf(
  { hpa, context, services }: Sync,
  pods: readonly Pod[],
): readonly HorizontalPodAutoscaler[] {
  const { client } = context;
  const rivals: HorizontalPodAutoscaler[] = [];
  for (const other of client.list("HorizontalPodAutoscaler", hpa.metadata.namespace)) {
    if (other.metadata.name === hpa.metadata.name || other.status?.conditions === undefined)
      continue;
    const matches = selectorOf(client, services, other);
    if (matches !== undefined && pods.some(({ metadata }) => matches(metadata.labels)))
      rivals.push(other);
  }
  return rivals;
}

function selectorOf(
  client: Client,
  { kinds }: ControllerServices,
  { spec, metadata }: HorizontalPodAutoscaler,
): ScaleView["matches"] {
  try {
    const reference = spec?.scaleTargetRef ?? { kind: "", name: "" };
    return readScale(client, kinds, reference, metadata.namespace).matches;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return undefined;
  }
}

function setCondition(
  sync: Sync,
  type: string,
  status: string,
  reason: string,
  message: string,
): void {
  const conditions = sync.status.conditions ?? [];
  const at = conditions.findIndex((condition) => condition.type === type);
  const before = conditions[at];
  const next: HorizontalPodAutoscalerCondition = {
    type,
    status,
    lastTransitionTime:
      before?.status === status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : timestamp(sync.context.now),
    reason,
    message,
  };
  const list = before === undefined ? [...conditions, next] : conditions.with(at, next);
  sync.status = { ...sync.status, conditions: list };
}

function setReplicas(
  sync: Sync,
  currentReplicas: number,
  desiredReplicas: number,
  metrics: readonly MetricStatus[],
  rescaled: boolean,
): void {
  const { currentMetrics: _, ...status } = sync.status;
  const next = {
    ...status,
    currentReplicas,
    desiredReplicas,
    ...(metrics.length === 0 ? {} : { currentMetrics: metrics }),
    ...(rescaled ? { lastScaleTime: timestamp(sync.context.now) } : {}),
  };
  const { currentReplicas: __, ...without } = next;
  sync.status = currentReplicas === 0 ? without : next;
}

function writeStatus({ hpa, context, status }: Sync): void {
  if (deepEqual(status, hpa.status)) return;
  try {
    context.client.updateStatus("HorizontalPodAutoscaler", { ...hpa, status });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    context.record.event(hpa, "Warning", "FailedUpdateStatus", error.message);
  }
}
