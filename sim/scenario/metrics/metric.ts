import type { KubeObject } from "../../api/object.ts";
import type { JournalEntry } from "../../engine/journal.ts";
import type { Micros } from "../../engine/time.ts";

/** One observed value. The weight is 1, or for levels over time the span in microseconds that it held. */
export interface Sample {
  readonly time: Micros;
  readonly value: number;
  readonly weight: number;
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
