import type { Micros } from "../../engine/time.ts";

/** A step without an action, at its time: it is told by an observer and never enters the future event list. */
export interface Narration {
  readonly time: Micros;
  readonly step: number;
  readonly occurrence: number;
}
