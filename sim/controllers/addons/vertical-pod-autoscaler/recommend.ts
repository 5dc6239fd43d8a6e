import { formatQuantity, milliValue } from "../../../api/meta/quantity.ts";
import type {
  ContainerPolicy,
  ContainerRecommendation,
} from "../../../api/vertical-pod-autoscaler.ts";
import { MINUTE, type Micros } from "../../../engine/time.ts";
import { EMPTY, type Histogram, percentile, scaleOf, withSample } from "./histogram.ts";

/** CPU in thousandths of a core: the first bucket is 10m wide, the last begins at 1000 cores. */
const CPU = scaleOf(10, 1_000_000);
/** Memory in bytes: 10 MB wide at first, up to 1 TB. */
const MEMORY = scaleOf(1e7, 1e12);
const DAY_MINUTES = 1440;
/** `--recommendation-margin-fraction` 0.15. */
const MARGIN = 1.15;
/** `--pod-recommendation-min-cpu-millicores` and `--pod-recommendation-min-memory-mb`, for a whole pod. */
const LEAST_CPU = 25;
const LEAST_MEMORY = 250 * 1024 * 1024;
/** `--oom-bump-up-ratio` and `--oom-min-bump-up-bytes`. */
const OOM_RATIO = 1.2;
const OOM_BUMP = 100 * 1024 * 1024;

/** What was observed of one container of a workload: plain data. */
export interface Observed {
  readonly cpu: Histogram;
  readonly memory: Histogram;
  /** Day of the last memory peak, and the peak. */
  readonly day: number;
  readonly peak: number;
  readonly first: Micros;
  readonly samples: number;
}

/** Nothing observed yet. */
export function nothing(now: Micros): Observed {
  return { cpu: EMPTY, memory: EMPTY, day: -1, peak: 0, first: now, samples: 0 };
}

/** Takes in the usage of one container: CPU in thousandths of a core, memory in bytes. Of memory, a day's peak counts. */
export function observe(
  before: Observed,
  cpu: number,
  memory: number,
  requestedCpu: number,
  now: Micros,
): Observed {
  const minute = Math.floor(now / MINUTE);
  const weight = Math.max(requestedCpu / 1000, 0.1);
  const next = withPeak(before, memory, now);
  return {
    ...next,
    cpu: withSample(CPU, before.cpu, cpu, weight, minute),
    samples: before.samples + 1,
  };
}

/** Takes in that a container ran out of memory at a usage. */
export function observeOutOfMemory(before: Observed, memory: number, now: Micros): Observed {
  const needed = Math.max(memory * OOM_RATIO, memory + OOM_BUMP);
  return withPeak(before, needed, now);
}

function withPeak(before: Observed, memory: number, now: Micros): Observed {
  const minute = Math.floor(now / MINUTE);
  const day = Math.floor(minute / DAY_MINUTES);
  if (day === before.day && memory <= before.peak) return before;
  const kept =
    day === before.day ? withSample(MEMORY, before.memory, before.peak, -1, minute) : before.memory;
  return { ...before, memory: withSample(MEMORY, kept, memory, 1, minute), day, peak: memory };
}

/** How sure the bounds are: days observed, or samples as days at one a minute, whichever is less. */
function confidence({ first, samples }: Observed, now: Micros): number {
  return Math.min((now - first) / (DAY_MINUTES * MINUTE), samples / DAY_MINUTES);
}

/** What a container should request: the 90th percentile with a margin, between bounds that narrow with time. */
export function recommend(
  containerName: string,
  observed: Observed,
  policy: ContainerPolicy,
  containers: number,
  now: Micros,
): ContainerRecommendation {
  const sure = Math.max(confidence(observed, now), 1e-6);
  const lowFactor = 1 + 0.001 / sure;
  const amounts = (share: number, factor: number): Readonly<Record<string, number>> => ({
    cpu: Math.max(percentile(CPU, observed.cpu, share) * MARGIN * factor, LEAST_CPU / containers),
    memory: Math.max(
      percentile(MEMORY, observed.memory, share) * MARGIN * factor,
      LEAST_MEMORY / containers,
    ),
  });
  const target = amounts(0.9, 1);
  const lower = amounts(0.5, 1 / (lowFactor * lowFactor));
  const upper = amounts(0.95, 1 + 1 / sure);
  const wanted = policy.controlledResources ?? ["cpu", "memory"];
  const print = (
    values: Readonly<Record<string, number>>,
    capped: boolean,
  ): Record<string, string> =>
    Object.fromEntries(
      wanted.map((name) => [
        name,
        quantity(name, capped ? cap(name, values[name] ?? 0, policy) : (values[name] ?? 0)),
      ]),
    );
  return {
    containerName,
    target: print(target, true),
    lowerBound: print(lower, true),
    upperBound: print(upper, true),
    uncappedTarget: print(target, false),
  };
}

/** CPU limits are in thousandths, memory limits in bytes, as the amounts are. */
function cap(name: string, value: number, { minAllowed, maxAllowed }: ContainerPolicy): number {
  const unit = name === "cpu" ? 1 : 1000;
  const least = minAllowed?.[name];
  const most = maxAllowed?.[name];
  let capped = value;
  if (most !== undefined) capped = Math.min(capped, milliValue(most) / unit);
  if (least !== undefined) capped = Math.max(capped, milliValue(least) / unit);
  return capped;
}

function quantity(name: string, value: number): string {
  const whole = Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER);
  const nanos = BigInt(whole) * (name === "cpu" ? 1_000_000n : 1_000_000_000n);
  return formatQuantity({ nanos, format: "DecimalSI" });
}
