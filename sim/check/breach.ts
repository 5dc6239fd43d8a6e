import type { Micros } from "../engine/time.ts";

/** What a run with faults broke: which law, when, and how. */
export interface Breach {
  readonly invariant: string;
  readonly time: Micros;
  readonly message: string;
}
