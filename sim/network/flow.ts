import { type Micros, SECOND } from "../engine/time.ts";
import type { Answering } from "./pods.ts";

/** What becomes of a load's requests, each second, as long as nothing changes. */
export interface Flow {
  readonly succeeded: number;
  /** No endpoint to send them to. */
  readonly unrouted: number;
  /** Sent to a pod that takes no connections: the drain race, a crashed container, a dead node. */
  readonly refused: number;
  /** Answered with an error. */
  readonly errors: number;
  /** Not answered in time: more than the pods can take. */
  readonly overloaded: number;
  /** Mean time of those that succeeded. */
  readonly latency: Micros;
  /** Those that succeeded, by the pod that answered: their rate and their time. */
  readonly answered: readonly Answered[];
}

/** Requests that one pod answers each second, and how long each takes. */
export interface Answered {
  readonly rate: number;
  readonly latency: Micros;
}

export const NO_FLOW: Flow = {
  succeeded: 0,
  unrouted: 0,
  refused: 0,
  errors: 0,
  overloaded: 0,
  latency: 0,
  answered: [],
};

/** Requests dealt evenly to the pods, as kube-proxy's random choice does on average. */
export function flowOf(
  rate: number,
  pods: readonly (Answering | undefined)[],
  timeout: Micros,
  extraLatency: Micros,
): Flow {
  if (rate === 0) return NO_FLOW;
  if (pods.length === 0) return { ...NO_FLOW, unrouted: rate };
  const share = rate / pods.length;
  let succeeded = 0;
  let refused = 0;
  let errors = 0;
  let overloaded = 0;
  let spent = 0;
  const answered: Answered[] = [];
  for (const pod of pods) {
    if (pod?.accepts !== true) {
      refused += share;
      continue;
    }
    const taken = Math.min(share, pod.capacity ?? share);
    const good = taken * (1 - pod.errors);
    overloaded += share - taken;
    errors += taken - good;
    succeeded += good;
    const latency = latencyUnder(pod, share, timeout);
    spent += good * latency;
    if (good > 0) answered.push({ rate: good, latency: latency + extraLatency });
  }
  const latency = succeeded === 0 ? 0 : Math.round(spent / succeeded) + extraLatency;
  return { succeeded, unrouted: 0, refused, errors, overloaded, latency, answered };
}

/** Requests that fail each second. */
export function lossOf({ unrouted, refused, errors, overloaded }: Flow): number {
  return unrouted + refused + errors + overloaded;
}

/** Whether nothing changes from one flow to another. */
export function sameFlow(one: Flow, other: Flow): boolean {
  if (one === other) return true;
  return (
    one.succeeded === other.succeeded &&
    one.unrouted === other.unrouted &&
    one.refused === other.refused &&
    one.errors === other.errors &&
    one.overloaded === other.overloaded &&
    one.answered.length === other.answered.length &&
    one.answered.every(({ rate, latency }, at) => {
      const before = other.answered[at];
      return rate === before?.rate && latency === before.latency;
    })
  );
}

/** Latency grows as in a queue with one server: 1 / (1 − utilization), up to the client's timeout. */
function latencyUnder(pod: Answering, rate: number, timeout: Micros): Micros {
  if (pod.capacity === undefined) return pod.latency;
  const utilization = rate / pod.capacity;
  return utilization >= 1
    ? timeout
    : Math.min(Math.round(pod.latency / (1 - utilization)), timeout);
}

/** Requests since a load began. Fractions are kept: rates are averages. */
export interface TrafficCounters {
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly unrouted: number;
  readonly refused: number;
  readonly errors: number;
  readonly overloaded: number;
  /** Sum of latencies in seconds, of those that succeeded. */
  readonly latencySum: number;
  /** Queries that DNS had to answer. */
  readonly queries: number;
}

export const NO_TRAFFIC: TrafficCounters = {
  sent: 0,
  succeeded: 0,
  failed: 0,
  unrouted: 0,
  refused: 0,
  errors: 0,
  overloaded: 0,
  latencySum: 0,
  queries: 0,
};

/** Counters after a flow went on for a span. */
export function addFlow(
  counters: TrafficCounters,
  flow: Flow,
  span: Micros,
  queriesPerRequest: number,
): TrafficCounters {
  if (span === 0) return counters;
  const seconds = span / SECOND;
  const lost = lossOf(flow);
  const sent = (flow.succeeded + lost) * seconds;
  return {
    sent: counters.sent + sent,
    succeeded: counters.succeeded + flow.succeeded * seconds,
    failed: counters.failed + lost * seconds,
    unrouted: counters.unrouted + flow.unrouted * seconds,
    refused: counters.refused + flow.refused * seconds,
    errors: counters.errors + flow.errors * seconds,
    overloaded: counters.overloaded + flow.overloaded * seconds,
    latencySum: counters.latencySum + (flow.succeeded * seconds * flow.latency) / SECOND,
    queries: counters.queries + sent * queriesPerRequest,
  };
}
