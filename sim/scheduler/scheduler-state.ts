import type { Key } from "../api/object.ts";
import type { Pod } from "../api/types.gen.ts";
import type { EntryId } from "../engine/event-list.ts";
import type { Seq } from "../engine/journal.ts";
import type { RandomState } from "../engine/random.ts";
import type { Micros } from "../engine/time.ts";
import type { CoreState } from "./cycle/scheduling-core.ts";
import type { SchedulingQueueState } from "./queue/scheduling-queue.ts";
import type { Waiting } from "./queue/waiting.ts";

/** What the scheduler plans for itself. */
export type SchedulerEvent =
  | { readonly type: "schedule" }
  | { readonly type: "flush" }
  | { readonly type: "bind"; readonly uid: string; readonly since?: Micros };

/** A pod that was given a node and waits for its binding to be written. */
export interface Assumed {
  readonly pod: Pod;
  readonly node: string;
  readonly waiting: Waiting;
  /** Journal entry of the decision. */
  readonly decision: Seq;
}

/** Until when a Permit plugin holds a pod back, and why it is refused then. */
export interface Held {
  readonly until: Micros;
  readonly reason: string;
}

/** The scheduler as plain data. */
export interface SchedulerState {
  readonly queue: SchedulingQueueState;
  readonly assumed: readonly Assumed[];
  readonly waiting: readonly (readonly [uid: string, Held])[];
  readonly nominated: readonly (readonly [Key, string])[];
  readonly limiter: Micros;
  readonly scheduled: boolean;
  /** Whether no process of it runs. */
  readonly down: boolean;
  readonly flushAt: Micros | undefined;
  readonly flushEvent: EntryId | undefined;
  readonly random: RandomState;
  readonly recorder: unknown;
  readonly core: CoreState;
}
