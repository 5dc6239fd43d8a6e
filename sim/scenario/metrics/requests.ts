import { type Micros, SECOND } from "../../engine/time.ts";
import { type Flow, lossOf } from "../../network/flow.ts";
import type { Collector, Metric, Sample } from "./metric.ts";

/** What all loads together met for a while. */
interface Stretch {
  readonly from: Micros;
  readonly span: Micros;
  readonly flows: readonly Flow[];
}

/** Cuts the run into stretches in which no load's flow changes, and takes samples of each. */
function overStretches(samplesOf: (stretch: Stretch) => readonly Sample[]): Collector {
  const flows = new Map<number, Flow>();
  const found: Sample[] = [];
  let since: Micros = 0;
  const close = (time: Micros): void => {
    const span = time - since;
    if (span > 0 && flows.size > 0)
      found.push(...samplesOf({ from: since, span, flows: [...flows.values()] }));
    since = Math.max(since, time);
  };
  return {
    take: (entry) => {
      if (entry.kind !== "flow") return;
      close(entry.time);
      flows.set(entry.id, entry.flow as Flow);
    },
    samples: (end) => {
      close(end);
      return found;
    },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const rateOf = (flow: Flow): number => flow.succeeded + lossOf(flow);

/** How many requests were sent. */
export const requestsTotal: Metric = {
  name: "requests_total",
  description: "Requests of all loads, answered or not.",
  unit: "count",
  stat: "sum",
  collect: () =>
    overStretches(({ from, span, flows }) => {
      const value = (sum(flows.map(rateOf)) * span) / SECOND;
      return [{ time: from, value, weight: span, spread: true }];
    }),
};

/** How many requests come each second. */
export const requestRate: Metric = {
  name: "request_rate",
  description: "Requests a second of all loads, over time.",
  unit: "requests/s",
  stat: "mean",
  collect: () =>
    overStretches(({ from, span, flows }) => [
      { time: from, value: sum(flows.map(rateOf)), weight: span },
    ]),
};

/** Which share of the requests fails. */
export const requestErrors: Metric = {
  name: "request_errors",
  description:
    "Share of requests that fail: nowhere to go, refused, answered with an error, or not answered in time. Its mean is over requests, its highest over time.",
  unit: "share",
  stat: "mean",
  collect: () =>
    overStretches(({ from, span, flows }) => {
      const density = sum(flows.map(rateOf));
      if (density === 0) return [];
      const value = sum(flows.map(lossOf)) / density;
      return [{ time: from, value, weight: span, density }];
    }),
};

/** How long answered requests take. */
export const requestSeconds: Metric = {
  name: "request_seconds",
  description:
    "Time that answered requests take, over requests: each counts with the mean of the pod that answers it.",
  unit: "seconds",
  stat: "p99",
  collect: () =>
    overStretches(({ from, span, flows }) =>
      flows.flatMap(({ answered }) =>
        answered.map(({ rate, latency }) => ({
          time: from,
          value: latency / SECOND,
          weight: span,
          density: rate,
        })),
      ),
    ),
};
