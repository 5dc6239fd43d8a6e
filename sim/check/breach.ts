import type { Micros } from "../engine/time.ts";

/** What a run with faults broke: which law, when, and how. */
export interface Breach {
  readonly invariant: string;
  readonly time: Micros;
  readonly message: string;
  /** Which of the scenario's expectations it is that is not kept, where it is one of them. */
  readonly expectation?: number;
  /** The workload that has not recovered. */
  readonly workload?: { readonly kind: string; readonly key: string };
}
