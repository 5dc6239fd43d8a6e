import { milliValue, parseQuantity } from "../api/meta/quantity.ts";
import { type Random, randomFrom } from "../engine/random.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { type Distribution, draw, naturalLog } from "../node/behaviour/distribution.ts";
import type { Workload, WorkloadEvent, WorkloadPod } from "./workload.ts";

/** How much of a resource: one quantity, or quantities drawn at random. Thousandths of the resource's unit. */
export type Amount =
  | number
  | { readonly dist: "choice"; readonly of: readonly number[] }
  | {
      readonly dist: "uniform";
      readonly min: number;
      readonly max: number;
      /** Amounts are multiples of it above `min`. */
      readonly step: number;
    }
  | {
      readonly dist: "normal";
      readonly mean: number;
      readonly deviation: number;
      readonly min: number;
      readonly max: number;
    }
  | {
      readonly dist: "exponential";
      readonly mean: number;
      readonly min: number;
      readonly max: number;
    };

/** Pods of one kind. */
export interface PodClass {
  readonly name: string;
  /** How often it comes, against the other classes. */
  readonly weight: number;
  readonly requests: Readonly<Record<string, Amount>>;
  /** Running time; until the end when absent. */
  readonly runs: Distribution | undefined;
  /** Pods that arrive together. */
  readonly together: number;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly nodeSelector: Readonly<Record<string, string>> | undefined;
  readonly priority: number | undefined;
  readonly spec: Readonly<Record<string, unknown>> | undefined;
}

/** Pods that arrive at random. */
export interface Generator {
  /** Most pods; without a bound when absent, then `until` ends it. */
  readonly pods: number | undefined;
  /** When arrivals end. */
  readonly until: Micros | undefined;
  /** Time between arrivals. */
  readonly arrivals: Distribution;
  readonly classes: readonly PodClass[];
}

/** Arrivals that no experiment means, without a bound on their number. */
const MOST_PODS = 1_000_000;

/** The workload of a seed. It depends on nothing but the seed: every scheduler meets the same arrivals. */
export function generate(generator: Generator, seed: string): Workload {
  const random = randomFrom(seed).fork("workload");
  const gaps = random.fork("arrivals");
  const picks = random.fork("classes");
  const sizes = random.fork("sizes");
  const times = random.fork("durations");
  const events: WorkloadEvent[] = [];
  const most = Math.min(generator.pods ?? MOST_PODS, MOST_PODS);
  for (let at = 0; events.length < most; at += Math.max(0, draw(generator.arrivals, gaps))) {
    if (generator.until !== undefined && at > generator.until) break;
    const chosen = pick(generator.classes, picks);
    for (let one = 0; one < chosen.together && events.length < most; one++)
      events.push({ at, pod: makePod(chosen, events.length + 1, sizes, times) });
  }
  return { name: "generated", source: "generator", nodes: undefined, events };
}

function pick(classes: readonly PodClass[], random: Random): PodClass {
  let total = 0;
  for (const { weight } of classes) total += weight;
  let left = random.fraction() * total;
  for (const each of classes) {
    left -= each.weight;
    if (left < 0) return each;
  }
  return classes.at(-1) as PodClass;
}

function makePod(kind: PodClass, number: number, sizes: Random, times: Random): WorkloadPod {
  const { name, labels, annotations, nodeSelector, priority, spec } = kind;
  const runs = kind.runs === undefined ? undefined : draw(kind.runs, times) / SECOND;
  const requests = Object.fromEntries(
    Object.entries(kind.requests).map(([resource, amount]) => [
      resource,
      amountText(drawAmount(amount, sizes), resource),
    ]),
  );
  return {
    name: `${name}-${number}`,
    requests,
    labels: { app: name, ...labels },
    ...(runs === undefined ? {} : { runs }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(priority === undefined ? {} : { priority }),
    ...(spec === undefined ? {} : { spec }),
  };
}

/** CPU in thousandths; everything else in whole units, of which fractions mean nothing. */
function amountText(milli: number, resource: string): string {
  return resource === "cpu" ? `${Math.round(milli)}m` : String(Math.round(milli / 1000));
}

function drawAmount(amount: Amount, random: Random): number {
  if (typeof amount === "number") return amount;
  switch (amount.dist) {
    case "choice":
      return amount.of[random.int(amount.of.length)] ?? 0;
    case "uniform": {
      const steps = Math.floor((amount.max - amount.min) / amount.step) + 1;
      return amount.min + Math.floor(random.fraction() * steps) * amount.step;
    }
    case "normal": {
      // Sum of twelve uniform numbers less six: mean 0, deviation 1 (Irwin–Hall).
      let sum = -6;
      for (let draws = 0; draws < 12; draws++) sum += random.fraction();
      return within(amount.mean + sum * amount.deviation, amount);
    }
    case "exponential":
      return within(-naturalLog(1 - random.fraction()) * amount.mean, amount);
  }
}

function within(
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  return Math.max(min, Math.min(max, value));
}

/** Reads an amount as people write it: `500m`, `[1, 2, 4]`, `{dist: uniform, min: 100m, max: 2}`. Throws `RangeError`. */
export function parseAmount(value: unknown, place: string): Amount {
  if (typeof value === "string" || typeof value === "number") return quantity(value, place);
  if (Array.isArray(value)) {
    if (value.length === 0) throw new RangeError(`${place}: expected at least one quantity`);
    return { dist: "choice", of: value.map((item, at) => quantity(item, `${place}[${at}]`)) };
  }
  if (value === null || typeof value !== "object")
    throw new RangeError(`${place}: expected a quantity like 500m, got ${JSON.stringify(value)}`);
  const given = value as Readonly<Record<string, unknown>>;
  const at = (key: string, otherwise?: number): number =>
    given[key] === undefined && otherwise !== undefined
      ? otherwise
      : quantity(given[key], `${place}.${key}`);
  switch (given["dist"]) {
    case "choice":
      return parseAmount(given["of"], `${place}.of`);
    case "uniform": {
      const [min, max] = [at("min", 0), at("max")];
      if (max < min) throw new RangeError(`${place}.max: expected at least min`);
      return { dist: "uniform", min, max, step: Math.max(1, at("step", 1)) };
    }
    case "normal":
      return {
        dist: "normal",
        mean: at("mean"),
        deviation: at("deviation"),
        min: at("min", 0),
        max: at("max", Number.MAX_SAFE_INTEGER),
      };
    case "exponential":
      return {
        dist: "exponential",
        mean: at("mean"),
        min: at("min", 0),
        max: at("max", Number.MAX_SAFE_INTEGER),
      };
    default:
      throw new RangeError(
        `${place}.dist: expected uniform, normal, exponential or choice, got ${JSON.stringify(given["dist"])}`,
      );
  }
}

function quantity(value: unknown, place: string): number {
  const known =
    (typeof value === "string" || typeof value === "number") && parseQuantity(value) !== undefined;
  const milli = known ? milliValue(value) : Number.NaN;
  if (!(milli >= 0))
    throw new RangeError(
      `${place}: expected a quantity like 500m or 4Gi, got ${JSON.stringify(value) ?? "nothing"}`,
    );
  return milli;
}
