import type { JournalEntry } from "../../engine/journal.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { selects } from "../expect/state-functions.ts";
import type { Collector, Sample } from "../metrics/metric.ts";
import { metrics } from "../metrics/registry.ts";
import { statistic } from "../metrics/statistic.ts";
import type { Instant, Measure, Threshold } from "../model.ts";
import type { RunResult } from "./run-result.ts";

/** Takes the measures of a run from its journal. */
export class MeasureTaker {
  readonly #measures: readonly { readonly measure: Measure; readonly collector: Collector }[];
  readonly #began = new Map<string, Micros>();

  constructor(measures: readonly Measure[]) {
    this.#measures = measures.flatMap((measure) => {
      const metric = metrics.find(({ name }) => name === measure.metric);
      const { selector } = measure;
      const collector = metric?.collect(
        ({ metadata }) => selector === undefined || selects(selector, metadata.labels),
      );
      return collector === undefined ? [] : [{ measure, collector }];
    });
  }

  take(entry: JournalEntry): void {
    for (const { collector } of this.#measures) collector.take(entry);
  }

  stepBegan(step: string, now: Micros): void {
    if (!this.#began.has(step)) this.#began.set(step, now);
  }

  results(end: Micros): RunResult["measures"] {
    return this.#measures.map(({ measure, collector }) => {
      const from = this.#time(measure.from) ?? 0;
      const to = this.#time(measure.to) ?? end;
      const value = statistic(measure.stat, within(collector.samples(end), from, to));
      const metric = metrics.find(({ name }) => name === measure.metric);
      return {
        name: measure.name,
        value: value === undefined ? null : rounded(value),
        unit: metric?.unit ?? "",
        threshold: measure.threshold?.text ?? null,
        passed:
          measure.threshold === undefined ||
          (value !== undefined && passes(value, measure.threshold)),
      };
    });
  }

  #time(instant: Instant | undefined): Micros | undefined {
    if (instant === undefined) return undefined;
    return "time" in instant ? instant.time : this.#began.get(instant.step);
  }
}

/** Samples of a window; a level that reaches over its edges counts for what lies inside. */
function within(samples: readonly Sample[], from: Micros, to: Micros): readonly Sample[] {
  return samples.flatMap((sample) => {
    if (sample.weight === 1) return sample.time >= from && sample.time <= to ? [sample] : [];
    const begin = Math.max(sample.time, from);
    const end = Math.min(sample.time + sample.weight, to);
    if (end <= begin) return [];
    const weight = end - begin;
    const part = sample.spread === true ? weight / sample.weight : 1;
    return [{ ...sample, time: begin, value: sample.value * part, weight }];
  });
}

function passes(value: number, { operator, value: bound }: Threshold): boolean {
  switch (operator) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "==":
      return value === bound;
  }
}

function rounded(value: number): number {
  return Math.round(value * SECOND) / SECOND;
}
