import type { KubeObject } from "../../api/object.ts";
import type { JournalEntry } from "../../engine/journal.ts";
import type { Micros } from "../../engine/time.ts";

/** One observed value. The weight is 1, or for levels over time the span in microseconds that it held. */
export interface Sample {
  readonly time: Micros;
  readonly value: number;
  readonly weight: number;
  /** How often it was observed in each microsecond of the span, relative to the others; 1 when absent. */
  readonly density?: number;
  /** The value is an amount that came evenly over the span: a part of the span has its part of it. */
  readonly spread?: true;
}

/** Gathers the samples of one run from its journal. */
export interface Collector {
  take(entry: JournalEntry): void;
  /** Everything gathered until the end of the run. */
  samples(end: Micros): readonly Sample[];
}

/** Which pods count. */
export type PodFilter = (pod: KubeObject) => boolean;

/** Something that can be measured about a run. One file each. */
export interface Metric {
  readonly name: string;
  readonly description: string;
  /** Unit of the values: seconds, share, pods, count. */
  readonly unit: string;
  /** Statistic that is meant when none is named. */
  readonly stat: string;
  readonly collect: (counts: PodFilter) => Collector;
}
