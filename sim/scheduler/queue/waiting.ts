import type { Key } from "../../api/object.ts";
import type { Seq } from "../../engine/journal.ts";
import type { Micros } from "../../engine/time.ts";
import type { QueuedPod } from "../framework/plugin.ts";

/** A pod on its way through the queue: plain data, replaced whole. */
export interface Waiting extends QueuedPod {
  readonly key: Key;
  /** Order of arrival, the last tie-break. */
  readonly sequence: number;
  /** Failed attempts so far. */
  readonly attempts: number;
  /** When it last came back from an attempt: back-off and the flush count from here. */
  readonly since: Micros;
  /** Plugins that refused it last: only events that these care about wake it. */
  readonly refusedBy: readonly string[];
  /** The PreEnqueue plugin that holds it back: counts no attempts, and only its own events release it. */
  readonly gatedBy: string | undefined;
  /** Journal entry that brought it to where it is. */
  readonly cause: Seq;
}
