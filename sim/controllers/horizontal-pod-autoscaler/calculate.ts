import { milliValue } from "../../api/meta/quantity.ts";
import { parseTimestamp } from "../../api/meta/time.ts";
import type { Pod } from "../../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import { isReady, isTerminating, podCondition } from "../runtime/pods.ts";
import { MetricsError, type Sample, type Samples } from "./metrics.ts";

/** `--horizontal-pod-autoscaler-cpu-initialization-period`. */
const CPU_INITIALIZATION: Micros = 5 * MINUTE;
/** `--horizontal-pod-autoscaler-initial-readiness-delay`. */
const INITIAL_READINESS: Micros = 30 * SECOND;
const LARGEST = 2_147_483_647;

/** How far usage may be from its target without a change, as shares: 0.1 each unless a behaviour says otherwise. */
export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

/** What a metric asks for. */
export interface Proposal {
  readonly replicas: number;
  /** Average per pod (or total, for values of one object), in thousandths. */
  readonly usage: number;
  /** Percent of the request, for utilization targets. */
  readonly utilization?: number;
}

/** What all formulas know of the target. */
export interface Target {
  readonly pods: readonly Pod[];
  /** `spec.replicas`. */
  readonly replicas: number;
  /** `status.replicas`. */
  readonly current: number;
  readonly tolerances: Tolerances;
  readonly now: Micros;
}

function isWithin({ up, down }: Tolerances, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

interface Groups {
  readonly ready: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  readonly ignored: readonly string[];
}

/** Sorts pods by what their samples are worth (upstream `groupPods`). */
function groupPods(pods: readonly Pod[], samples: Samples, cpu: boolean, now: Micros): Groups {
  const unready: string[] = [];
  const missing: string[] = [];
  const ignored: string[] = [];
  let ready = 0;
  for (const pod of pods) {
    const { name } = pod.metadata;
    const sample = samples.get(name);
    if (isTerminating(pod) || pod.status?.phase === "Failed") ignored.push(name);
    else if (pod.status?.phase === "Pending") unready.push(name);
    else if (sample === undefined) missing.push(name);
    else if (cpu && isInitializing(pod, sample, now)) unready.push(name);
    else ready++;
  }
  return { ready, unready, missing, ignored };
}

/** Whether a pod's CPU sample may still be that of its start. */
function isInitializing(pod: Pod, sample: Sample, now: Micros): boolean {
  const condition = podCondition(pod, "Ready");
  const started = parseTimestamp(pod.status?.startTime);
  if (condition === undefined || started === undefined) return true;
  const changed = parseTimestamp(condition.lastTransitionTime) ?? 0;
  if (started + CPU_INITIALIZATION > now)
    return condition.status === "False" || sample.at < changed + sample.window;
  return condition.status === "False" && started + INITIAL_READINESS > changed;
}

/** Samples that count, and the groups; throws when none is left. */
function counted(
  samples: Samples,
  { pods, now }: Target,
  cpu: boolean,
): { groups: Groups; used: Map<string, number> } {
  if (pods.length === 0)
    throw new MetricsError("no pods returned by selector while calculating replica count");
  const groups = groupPods(pods, samples, cpu, now);
  const used = new Map([...samples].map(([name, { value }]) => [name, value]));
  for (const name of [...groups.ignored, ...groups.unready]) used.delete(name);
  if (used.size === 0)
    throw new MetricsError("did not receive metrics for targeted pods (pods might be unready)");
  return { groups, used };
}

/**
 * The rule that all per-pod metrics share: the ratio of usage to target gives the replicas; pods without samples are
 * taken to use all of it on the way down and nothing on the way up (`assumedUsage`), pods not ready yet nothing on the
 * way up.
 */
function proposeReplicas(
  groups: Groups,
  used: Map<string, number>,
  { replicas, tolerances }: Target,
  ratioOf: (used: ReadonlyMap<string, number>) => number,
  assumedUsage: (pod: string, ratio: number) => number | undefined,
): number {
  const ratio = ratioOf(used);
  const unreadyCount = groups.unready.length > 0 && ratio > 1;
  if (!unreadyCount && groups.missing.length === 0) {
    return isWithin(tolerances, ratio) ? replicas : Math.ceil(ratio * groups.ready);
  }
  for (const pod of groups.missing) {
    const assumed = assumedUsage(pod, ratio);
    if (assumed !== undefined) used.set(pod, assumed);
  }
  if (unreadyCount) for (const pod of groups.unready) used.set(pod, 0);
  const corrected = ratioOf(used);
  const turned = (ratio < 1 && corrected > 1) || (ratio > 1 && corrected < 1);
  if (isWithin(tolerances, corrected) || turned) return replicas;
  const proposal = Math.ceil(corrected * used.size);
  const wrongWay = (corrected < 1 && proposal > replicas) || (corrected > 1 && proposal < replicas);
  return wrongWay ? replicas : proposal;
}

/** Replicas for a target utilization in percent of the pods' requests (upstream `GetResourceReplicas`). */
export function utilizationReplicas(
  samples: Samples,
  target: Target,
  resource: string,
  container: string | undefined,
  wanted: number,
): Proposal {
  const { groups, used } = counted(samples, target, resource === "cpu");
  const requests = new Map(
    target.pods.map((pod) => [pod.metadata.name, requestOf(pod, resource, container)]),
  );
  const utilizationOf = (
    values: ReadonlyMap<string, number>,
  ): { percent: number; average: number } => {
    let usage = 0;
    let requested = 0;
    for (const [pod, value] of values) {
      const request = requests.get(pod);
      if (request === undefined) continue;
      usage += value;
      requested += request;
    }
    if (requested === 0) throw new MetricsError("no metrics returned matched known pods");
    return {
      percent: Math.floor((usage * 100) / requested),
      average: Math.floor(usage / values.size),
    };
  };
  const { percent, average } = utilizationOf(used);
  const fallback = Math.max(100, wanted);
  const replicas = proposeReplicas(
    groups,
    used,
    target,
    (values) => utilizationOf(values).percent / wanted,
    (pod, ratio) => {
      if (ratio === 1) return undefined;
      return ratio > 1 ? 0 : Math.floor(((requests.get(pod) ?? 0) * fallback) / 100);
    },
  );
  return { replicas, usage: average, utilization: percent };
}

/** Replicas for a target average per pod, in thousandths (upstream `calcPlainMetricReplicas`). */
export function averageReplicas(
  samples: Samples,
  target: Target,
  resource: string | undefined,
  wanted: number,
): Proposal {
  const { groups, used } = counted(samples, target, resource === "cpu");
  const averageOf = (values: ReadonlyMap<string, number>): number => {
    let sum = 0;
    for (const value of values.values()) sum += value;
    return Math.floor(sum / values.size);
  };
  const usage = averageOf(used);
  const ratioOf = (values: ReadonlyMap<string, number>): number => averageOf(values) / wanted;
  const assumed = (_pod: string, ratio: number): number => (ratio < 1 ? wanted : 0);
  const replicas = proposeReplicas(groups, used, target, ratioOf, assumed);
  return { replicas, usage };
}

/** Replicas for a target value of something that is not a pod (upstream `getUsageRatioReplicaCount`). */
export function valueReplicas(usage: number, wanted: number, target: Target): Proposal {
  const ratio = usage / wanted;
  if (target.replicas === 0) return { replicas: Math.ceil(ratio), usage };
  if (isWithin(target.tolerances, ratio)) return { replicas: target.replicas, usage };
  if (target.pods.length === 0)
    throw new MetricsError(
      "unable to calculate ready pods: no pods returned by selector while calculating replica count",
    );
  const ready = target.pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod)).length;
  return { replicas: Math.min(Math.ceil(ratio * ready), LARGEST), usage };
}

/** Replicas for a target share per pod of something that is not a pod. */
export function perPodReplicas(usage: number, wanted: number, target: Target): Proposal {
  const ratio = usage / (wanted * target.current);
  const replicas = isWithin(target.tolerances, ratio)
    ? target.current
    : Math.min(Math.ceil(usage / wanted), LARGEST);
  return { replicas, usage: target.current === 0 ? 0 : Math.ceil(usage / target.current) };
}

/** What a pod requests of a resource, in thousandths: of one container, of the pod, or of its containers together. */
function requestOf(pod: Pod, resource: string, container: string | undefined): number {
  const { name } = pod.metadata;
  const podLevel = pod.spec?.resources?.requests;
  if (container === undefined && podLevel !== undefined) {
    const request = podLevel[resource];
    if (request !== undefined) return milliValue(request);
  }
  const sidecars = (pod.spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  let sum = 0;
  for (const one of [...(pod.spec?.containers ?? []), ...sidecars]) {
    if (container !== undefined && container !== one.name) continue;
    const request = one.resources?.requests?.[resource];
    if (request === undefined)
      throw new MetricsError(
        `missing request for ${resource} in container ${one.name} of Pod ${name}`,
      );
    if (container === one.name) return milliValue(request);
    sum += milliValue(request);
  }
  if (container !== undefined)
    throw new MetricsError(`container ${container} not found in Pod ${name}`);
  return sum;
}
