import type { ApiError } from "../../api/api-error.ts";
import type { Client, LostWrite } from "../../api/client.ts";
import type { EventRecorder } from "../../api/event-recorder.ts";
import type { KindName } from "../../api/kinds/kind-map.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import type { Parts } from "../../api/object-parts.ts";
import type { IndexKeys, IndexRule } from "../../api/object-set.ts";
import type { Random } from "../../engine/random.ts";
import type { Micros } from "../../engine/time.ts";
import type { Retry } from "./work-queue.ts";

/** Objects of another kind whose changes concern a controller, and which of its keys they concern. */
export interface Watch {
  readonly kind: KindName;
  /** Keys to reconcile when an object appears, changes (`before` and `after`) or goes (`after` undefined). */
  readonly keys: (
    after: KubeObject | undefined,
    before: KubeObject | undefined,
    client: Client,
  ) => Iterable<Key>;
  /** Parts of an object whose changes concern it; every change when absent. What appears or goes always does. */
  readonly parts?: Parts;
  /** When the keys are to be reconciled, from now; at once when absent. */
  readonly delay?: Micros;
}

/** When to come back without any change, if at all; and what failed, which is tried again as if it had been thrown. */
export type ReconcileResult =
  | { readonly requeueAfter: Micros; readonly failed?: ApiError }
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that ends without a word is the normal case
  | void;

/** What a reconcile may use. */
export interface ReconcileContext {
  readonly client: Client;
  readonly now: Micros;
  /** Writes EventRecords. */
  readonly record: EventRecorder;
  /**
   * The controller's volatile memory (expectations, back-off records, recommendations): plain data under keys of its own.
   * A crash empties it; checkpoints hold it. Values are replaced, never changed in place.
   */
  readonly memory: Map<string, unknown>;
  /** The controller's own random stream. */
  readonly random: Random;
}

/**
 * A controller as the textbook has it: gets the key of an object, never the event; reads a cache that may lag; brings
 * the world closer to the object's spec; is called again when anything it declared changes. An `ApiError` means back-off.
 */
export interface Controller {
  /** As in the controller manager: `deployment-controller`. */
  readonly name: string;
  /** Source of its EventRecords, where that is not its name: `node-controller`. */
  readonly eventSource?: string;
  /** The kind whose keys are reconciled. */
  readonly for: KindName;
  /** Kinds whose objects it owns: their changes reconcile the controlling owner of kind `for`. */
  readonly owns?: readonly KindName[];
  readonly watches?: readonly Watch[];
  /**
   * For controllers of every kind: keys that a change of any object concerns; kinds in `except` are left out.
   * At the start every object there is counts as a change.
   */
  readonly everyKind?: {
    readonly except: ReadonlySet<string>;
    /** As of a `Watch`. */
    readonly parts?: Parts;
    readonly keys: (
      kind: string,
      after: KubeObject | undefined,
      before: KubeObject | undefined,
      client: Client,
    ) => Iterable<Key>;
  };
  /** Signals that are no changes of objects, like a heartbeat that stops: called once, told how to ask for a key. */
  readonly signals?: (enqueue: (key: Key) => void) => void;
  /** Kinds it only reads: followed, never a reason to reconcile. */
  readonly reads?: readonly KindName[];
  /** Indexes it needs on its caches, by kind and index name. */
  readonly indexes?: readonly {
    readonly kind: KindName;
    readonly name: string;
    readonly keys: IndexRule | IndexKeys;
  }[];
  /** Whether a change of an object of kind `for` is a reason to reconcile it; every change when absent. */
  readonly concerns?: (after: KubeObject | undefined, before: KubeObject | undefined) => boolean;
  /** How many keys are worked on at once; matters only where writes wait for tokens. Five, as upstream's default. */
  readonly workers?: number;
  /** Delays between tries of a key that failed, where they are not client-go's default of 5 ms to 1,000 s. */
  readonly retry?: Retry;
  /**
   * Whether a key waits until the cache shows what was last written to its own object, so that nobody acts twice on an
   * old state (upstream's stale controller mitigation, KEP-5647).
   */
  readonly readsOwnWrites?: boolean;
  /** Reconciles this key when the controller starts, once: for controllers that run on a timer. */
  readonly startKey?: Key;
  /** Sees every change of the kinds it follows before keys are queued: for expectations. Level-triggered logic stays in reconcile. */
  readonly observe?: (
    kind: KindName,
    after: KubeObject | undefined,
    before: KubeObject | undefined,
    memory: Map<string, unknown>,
  ) => void;
  /** Parts of an object whose changes `observe` sees; all when absent. It sees all that appears or goes. */
  readonly observedParts?: Parts;
  /** A write failed after it was queued: what was expected of it will not be seen. The key it was made for is retried anyway. */
  readonly writeFailed?: (write: LostWrite, memory: Map<string, unknown>) => void;
  reconcile(key: Key, context: ReconcileContext): ReconcileResult;
}
