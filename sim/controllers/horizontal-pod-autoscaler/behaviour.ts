import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from "../../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";

/** `--horizontal-pod-autoscaler-downscale-stabilization`. */
const DOWNSCALE_WINDOW: Micros = 5 * MINUTE;
/** Without a behaviour: at most double, or four, at once. */
const SCALE_UP_FACTOR = 2;
const SCALE_UP_MINIMUM = 4;

/** A number of replicas that was recommended, or by which they changed, and when. */
export interface Moment {
  readonly replicas: number;
  readonly at: Micros;
}

/** What is remembered of an autoscaler: its recommendations and its changes in the windows that matter. */
export interface Past {
  readonly recommendations: readonly Moment[];
  readonly ups: readonly Moment[];
  readonly downs: readonly Moment[];
}

/** Reason and message of a condition. */
export type Why = readonly [reason: string, message: string];

/** What limits and windows make of a recommendation. */
export interface Decision {
  readonly replicas: number;
  /** Of AbleToScale. */
  readonly able: Why;
  /** Of ScalingLimited, and whether it is. */
  readonly limited: boolean;
  readonly limit: Why;
  readonly past: Past;
}

/** Between which numbers an autoscaler moves, from where to where. */
export interface Wish {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
}

const READY: Why = ["ReadyForNewScale", "recommended size matches current size"];
const STABILIZED_UP: Why = [
  "ScaleUpStabilized",
  "recent recommendations were lower than current one, applying the lowest recent recommendation",
];
const STABILIZED_DOWN: Why = [
  "ScaleDownStabilized",
  "recent recommendations were higher than current one, applying the highest recent recommendation",
];
const TOO_MANY: Why = [
  "TooManyReplicas",
  "the desired replica count is more than the maximum replica count",
];
const TOO_FEW: Why = [
  "TooFewReplicas",
  "the desired replica count is less than the minimum replica count",
];
const TOO_FAST_UP: Why = [
  "ScaleUpLimit",
  "the desired replica count is increasing faster than the maximum scale rate",
];
const TOO_FAST_DOWN: Why = [
  "ScaleDownLimit",
  "the desired replica count is decreasing faster than the maximum scale rate",
];
const WITHIN: Why = ["DesiredWithinRange", "the desired count is within the acceptable range"];

/** Applies stabilization windows and rate limits to a recommendation. */
export function decide(
  wish: Wish,
  behaviour: HorizontalPodAutoscalerBehavior | undefined,
  past: Past,
  now: Micros,
): Decision {
  const [stable, why] =
    behaviour === undefined
      ? stabilizeDown(wish, past, now)
      : stabilize(wish, behaviour, past, now);
  const [replicas, limit] =
    behaviour === undefined
      ? limitPlainly({ ...wish, desired: stable })
      : limitByPolicies({ ...wish, desired: stable }, behaviour, past, now);
  const longest = Math.max(
    DOWNSCALE_WINDOW,
    windowOf(behaviour?.scaleUp, 0),
    windowOf(behaviour?.scaleDown, DOWNSCALE_WINDOW),
  );
  const kept = past.recommendations.filter(({ at }) => at >= now - longest);
  return {
    replicas,
    able: stable === wish.desired ? READY : why,
    limited: replicas !== stable,
    limit,
    past: { ...past, recommendations: [...kept, { replicas: wish.desired, at: now }] },
  };
}

function windowOf(rules: HPAScalingRules | undefined, fallback: Micros): Micros {
  const seconds = rules?.stabilizationWindowSeconds;
  return seconds === undefined ? fallback : seconds * SECOND;
}

function stabilizeDown({ desired }: Wish, past: Past, now: Micros): readonly [number, Why] {
  let highest = desired;
  for (const { replicas, at } of past.recommendations)
    if (at >= now - DOWNSCALE_WINDOW) highest = Math.max(highest, replicas);
  return [highest, STABILIZED_DOWN];
}

/** Goes no higher than the lowest and no lower than the highest recommendation of the windows. */
function stabilize(
  { current, desired }: Wish,
  { scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior,
  past: Past,
  now: Micros,
): readonly [number, Why] {
  const upFrom = now - windowOf(scaleUp, 0);
  const downFrom = now - windowOf(scaleDown, DOWNSCALE_WINDOW);
  let up = desired;
  let down = desired;
  for (const { replicas, at } of past.recommendations) {
    if (at > upFrom) up = Math.min(up, replicas);
    if (at > downFrom) down = Math.max(down, replicas);
  }
  const stable = Math.min(Math.max(current, up), down);
  return [stable, desired >= current ? STABILIZED_UP : STABILIZED_DOWN];
}

function limitPlainly({ current, desired, min, max }: Wish): readonly [number, Why] {
  const fastest = Math.max(SCALE_UP_FACTOR * current, SCALE_UP_MINIMUM);
  if (desired < min) return [min, TOO_FEW];
  if (desired <= Math.min(max, fastest)) return [desired, WITHIN];
  return max > fastest ? [fastest, TOO_FAST_UP] : [max, TOO_MANY];
}

function limitByPolicies(
  { current, desired, min, max }: Wish,
  { scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior,
  past: Past,
  now: Micros,
): readonly [number, Why] {
  if (desired > current) {
    const fastest = Math.max(current, rateLimit(current, past, scaleUp, "up", now));
    const [most, why] = max > fastest ? [fastest, TOO_FAST_UP] : [max, TOO_MANY];
    if (desired > most) return [most, why];
  } else if (desired < current) {
    const fastest = Math.min(current, rateLimit(current, past, scaleDown, "down", now));
    const [least, why] = min < fastest ? [fastest, TOO_FAST_DOWN] : [min, TOO_FEW];
    if (desired < least) return [least, why];
  }
  return [desired, WITHIN];
}

/** The farthest that policies allow from the number of replicas at the start of their periods. */
function rateLimit(
  current: number,
  past: Past,
  rules: HPAScalingRules | undefined,
  direction: "up" | "down",
  now: Micros,
): number {
  const select = rules?.selectPolicy ?? "Max";
  if (select === "Disabled") return current;
  const proposals = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const from = now - periodSeconds * SECOND;
    const start = current - changed(past.ups, from) + changed(past.downs, from);
    if (type === "Pods") return direction === "up" ? start + value : start - value;
    return direction === "up"
      ? Math.ceil(start * (1 + value / 100))
      : Math.trunc(start * (1 - value / 100));
  });
  const farthest = (direction === "up") === (select === "Max");
  return farthest ? Math.max(...proposals) : Math.min(...proposals);
}

function changed(moments: readonly Moment[], after: Micros): number {
  let sum = 0;
  for (const { replicas, at } of moments) if (at > after) sum += replicas;
  return sum;
}

/** Remembers a change of the number of replicas; only policies ask for it. */
export function remember(
  past: Past,
  behaviour: HorizontalPodAutoscalerBehavior | undefined,
  before: number,
  after: number,
  now: Micros,
): Past {
  if (behaviour === undefined) return past;
  const rules = after > before ? behaviour.scaleUp : behaviour.scaleDown;
  const longest = Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds));
  const moment = { replicas: Math.abs(after - before), at: now };
  // A moment that no policy of its direction asks for any more gives way; others stay, for the other direction's policies.
  const noted = (moments: readonly Moment[]): readonly Moment[] => {
    const outdated = moments.findLastIndex(({ at }) => at < now - longest * SECOND);
    return outdated < 0 ? [...moments, moment] : moments.with(outdated, moment);
  };
  return after > before ? { ...past, ups: noted(past.ups) } : { ...past, downs: noted(past.downs) };
}
