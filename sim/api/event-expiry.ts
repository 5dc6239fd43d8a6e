import type { Actor, Engine } from "../engine/engine.ts";
import { HOUR, MINUTE, type Micros } from "../engine/time.ts";
import type { Key } from "./object.ts";
import type { Change, Store } from "./store.ts";

const KIND = "Event";
/** kube-apiserver `--event-ttl`. */
const LIFETIME: Micros = HOUR;
/** For how long a lease is given to further events, and to how many (etcd3 `LeaseManagerConfig`). */
const SHARED_FOR: Micros = MINUTE;
const SHARED_BY = 1000;

/** A lease of etcd: its events go together when it ends. */
interface EventLease {
  readonly givenUntil: Micros;
  readonly endsAt: Micros;
  readonly given: number;
}

interface ExpiryState {
  readonly leases: readonly EventLease[];
  readonly held: readonly (readonly [Key, Micros])[];
}

/**
 * Deletes Event objects an hour after their last write, with the lease they share. Costs one engine event for each lease,
 * and nothing where no Event is written.
 */
export class EventExpiry implements Actor<{ readonly type: "event-lease-ends" }> {
  readonly name = "api/event-expiry";
  readonly #engine: Engine;
  readonly #store: Store;
  /** Leases that have not ended, oldest first. */
  #leases: EventLease[] = [];
  /** When the lease of each event ends, in the order of their last writes. */
  #held = new Map<Key, Micros>();

  constructor(engine: Engine, store: Store) {
    this.#engine = engine;
    this.#store = store;
    engine.register(this);
    store.onCommit((change) => {
      if (change.kind === KIND) this.#changed(change);
    });
  }

  handle(): void {
    const { now } = this.#engine;
    this.#leases = this.#leases.filter(({ endsAt }) => endsAt > now);
    for (const [key, endsAt] of this.#held) {
      if (endsAt > now) break;
      this.#held.delete(key);
      this.#expire(key);
    }
  }

  save(): ExpiryState {
    return { leases: [...this.#leases], held: [...this.#held] };
  }

  load(state: unknown): void {
    const { leases, held } = state as ExpiryState;
    this.#leases = [...leases];
    this.#held = new Map(held);
  }

  #changed({ type, key }: Change): void {
    this.#held.delete(key);
    if (type !== "DELETED") this.#held.set(key, this.#lease().endsAt);
  }

  /** The newest lease while it is given, or a new one. */
  #lease(): EventLease {
    const { now } = this.#engine;
    const newest = this.#leases.at(-1);
    if (newest !== undefined && newest.givenUntil >= now && newest.given < SHARED_BY) {
      const given = { ...newest, given: newest.given + 1 };
      this.#leases[this.#leases.length - 1] = given;
      return given;
    }
    const lease = { givenUntil: now + SHARED_FOR, endsAt: now + LIFETIME + SHARED_FOR, given: 1 };
    this.#leases.push(lease);
    this.#engine.at(lease.endsAt, this.name, { type: "event-lease-ends" });
    return lease;
  }

  #expire(key: Key): void {
    const event = this.#store.get(KIND, key);
    if (event === undefined) return;
    const resourceVersion = String(this.#store.nextRevision());
    const last = { ...event, metadata: { ...event.metadata, resourceVersion } };
    this.#store.commit(KIND, "DELETED", event, last);
  }
}
