import { milliValue, wholeValue } from "../api/meta/quantity.ts";
import { randomFrom } from "../engine/random.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { draw, parseDistribution } from "../node/distribution.ts";

/** A pod of a workload: when it arrives, what it asks for, how long it runs (for ever when absent). */
export interface Arrival {
  readonly at: Micros;
  readonly name: string;
  readonly requests: Readonly<Record<string, string>>;
  readonly duration: Micros | undefined;
}

/** A workload file, as `ksim import` writes it. */
export interface WorkloadFile {
  readonly apiVersion: "ksim.dev/v1";
  readonly kind: "Workload";
  readonly metadata: { readonly name: string };
  readonly nodes?: readonly unknown[];
  readonly pods: readonly {
    readonly name: string;
    readonly at: number;
    readonly requests: Readonly<Record<string, string>>;
    readonly duration?: number;
  }[];
}

/** The pods of a workload file; its times are in seconds. */
export function arrivalsOf(file: WorkloadFile): readonly Arrival[] {
  return file.pods.map(({ name, at, requests, duration }) => ({
    name,
    requests,
    at: Math.round(at * SECOND),
    duration: duration === undefined ? undefined : Math.round(duration * SECOND),
  }));
}

interface Size {
  readonly weight: number;
  readonly requests: Readonly<Record<string, string>>;
}

/**
 * Draws a workload: `pods`, the `arrival` distance between two, their `sizes` with weights, and their `duration`.
 * Throws `RangeError` naming what is wrong.
 */
export function generate(spec: unknown, seed: string): readonly Arrival[] {
  const given = (spec ?? {}) as Record<string, unknown>;
  for (const key of Object.keys(given))
    if (!["pods", "arrival", "sizes", "duration"].includes(key))
      throw new RangeError(`generate.${key}: unknown; known are pods, arrival, sizes, duration`);
  const count = Number(given["pods"] ?? 100);
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError("generate.pods: expected a whole number");
  const random = randomFrom(seed).fork("workload");
  const arrival = parseDistribution(
    given["arrival"] ?? { dist: "exponential", mean: "1s" },
    "generate.arrival",
  );
  const duration =
    given["duration"] === undefined
      ? undefined
      : parseDistribution(given["duration"], "generate.duration");
  const sizes = sizesOf(given["sizes"]);
  const total = sizes.reduce((sum, { weight }) => sum + weight, 0);
  const arrivals: Arrival[] = [];
  let at: Micros = 0;
  for (let index = 1; index <= count; index++) {
    at += draw(arrival, random);
    arrivals.push({
      at,
      name: `pod-${index}`,
      requests: pick(sizes, random.int(total)),
      duration: duration === undefined ? undefined : Math.max(SECOND, draw(duration, random)),
    });
  }
  return arrivals;
}

function sizesOf(value: unknown): readonly Size[] {
  const items = (
    Array.isArray(value) ? value : [{ cpu: "500m", memory: "512Mi" }]
  ) as readonly Record<string, unknown>[];
  return items.map((item, at) => {
    const { weight = 1, ...resources } = item;
    if (!Number.isInteger(weight) || Number(weight) < 1)
      throw new RangeError(`generate.sizes[${at}].weight: expected a whole number from 1`);
    const requests = Object.fromEntries(
      Object.entries(resources).map(([name, amount]) => [name, String(amount)]),
    );
    // Reading them now names the place of a mistake.
    for (const [name, amount] of Object.entries(requests))
      (name === "cpu" ? milliValue : wholeValue)(amount);
    return { weight: Number(weight), requests };
  });
}

function pick(sizes: readonly Size[], drawn: number): Readonly<Record<string, string>> {
  let left = drawn;
  for (const { weight, requests } of sizes) {
    if (left < weight) return requests;
    left -= weight;
  }
  return {};
}
