import { milliValue } from "../api/meta/quantity.ts";
import { MILLISECOND, type Micros, parseSpan, SECOND } from "../engine/time.ts";
import type { ClientPlace } from "./routing.ts";

/** Requests a second from an instant on. */
export interface RateStep {
  /** Since the load began. */
  readonly from: Micros;
  readonly rate: number;
}

/** Open-loop requests to a Service: they come whether or not they are answered. */
export interface LoadSpec {
  /** `namespace/name` of the Service. */
  readonly service: string;
  /** Oldest step first; the first at 0. */
  readonly rates: readonly RateStep[];
  /** When a client gives up. */
  readonly timeout: Micros;
  /** A name looked up for each request, and what one query takes; none when absent. */
  readonly lookup: { readonly host: string; readonly each: Micros } | undefined;
  /** Where the clients are, for endpoints that are hinted for zones or nodes; near none when absent. */
  readonly client?: ClientPlace;
}

const KEYS = ["service", "namespace", "rate", "rates", "timeout", "lookup", "client", "for"];

/**
 * Reads a load as a scenario writes it: `{service: web, rate: 100}`, `rates: [{from: 0s, rate: 10}, {from: 1m, rate: 50}]`.
 * Throws `RangeError` naming the key that is wrong.
 */
export function parseLoad(value: Readonly<Record<string, unknown>>): LoadSpec {
  for (const key of Object.keys(value))
    if (!KEYS.includes(key))
      throw new RangeError(`load.${key}: unknown; known are ${KEYS.join(", ")}`);
  const service = value["service"];
  if (typeof service !== "string" || service === "")
    throw new RangeError("load.service: expected the name of a Service");
  const namespace = String(value["namespace"] ?? "default");
  return {
    service: service.includes("/") ? service : `${namespace}/${service}`,
    rates: readRates(value),
    timeout:
      value["timeout"] === undefined ? 5 * SECOND : readSpan(value["timeout"], "load.timeout"),
    lookup: readLookup(value["lookup"]),
    client: readClient(value["client"]),
  };
}

function readRates(value: Readonly<Record<string, unknown>>): readonly RateStep[] {
  const { rate, rates } = value;
  if (rate !== undefined) return [{ from: 0, rate: readRate(rate, "load.rate") }];
  if (!Array.isArray(rates) || rates.length === 0)
    throw new RangeError(
      "load.rate: expected requests a second, or load.rates: a list of {from, rate}",
    );
  const steps = rates.map((item, at) => {
    const step = item as { from?: unknown; rate?: unknown };
    return {
      from: step.from === undefined ? 0 : readSpan(step.from, `load.rates[${at}].from`),
      rate: readRate(step.rate, `load.rates[${at}].rate`),
    };
  });
  return steps.sort((a, b) => a.from - b.from);
}

/** Requests a second: a number, or `10/s`. */
function readRate(value: unknown, place: string): number {
  const text = typeof value === "string" ? value.replace(/\/s$/, "") : value;
  const rate = Number(text);
  if (text === "" || !(rate >= 0 && rate < Number.POSITIVE_INFINITY))
    throw new RangeError(`${place}: expected requests a second, got ${JSON.stringify(value)}`);
  return milliValue(String(rate)) / 1000;
}

function readSpan(value: unknown, place: string): Micros {
  const span = typeof value === "number" ? value * SECOND : parseSpan(String(value));
  if (span === undefined)
    throw new RangeError(`${place}: expected a span like 5s, got ${JSON.stringify(value)}`);
  return span;
}

function readLookup(value: unknown): LoadSpec["lookup"] {
  if (value === undefined) return undefined;
  if (typeof value === "string") return { host: value, each: MILLISECOND };
  const { host, each } = value as { host?: unknown; each?: unknown };
  if (typeof host !== "string") throw new RangeError("load.lookup.host: expected a name");
  return { host, each: each === undefined ? MILLISECOND : readSpan(each, "load.lookup.each") };
}

function readClient(value: unknown = {}): ClientPlace {
  const { node, zone, ...other } = value as Readonly<Record<string, unknown>>;
  const wrong = [node, zone].some((name) => name !== undefined && typeof name !== "string");
  if (wrong || Object.keys(other).length > 0)
    throw new RangeError("load.client: expected {node: a name} or {zone: a name}");
  return { node: node as string | undefined, zone: zone as string | undefined };
}

/** Requests a second at an age of the load. */
export function rateAt(load: LoadSpec, age: Micros): number {
  let rate = 0;
  for (const step of load.rates) {
    if (step.from > age) break;
    rate = step.rate;
  }
  return rate;
}

/** Next age at which the rate changes. */
export function nextRateChange(load: LoadSpec, age: Micros): Micros | undefined {
  return load.rates.find((step) => step.from > age)?.from;
}
