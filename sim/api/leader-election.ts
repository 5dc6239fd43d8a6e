import type { Actor, Engine } from "../engine/engine.ts";
import type { EntryId } from "../engine/event-list.ts";
import type { Random, RandomState } from "../engine/random.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import type { ApiServer } from "./api-server.ts";
import type { ComponentRecorder } from "./event-recorder.ts";
import type { Heartbeats } from "./heartbeats.ts";
import { randomUid } from "./meta/generated-name.ts";
import { microTimestamp } from "./meta/time.ts";
import type { KubeObject } from "./object.ts";
import type { Lease } from "./types.gen.ts";
import { LEADER_LEASE_NAMESPACE } from "./virtual.ts";

/** client-go's `leaseDuration`, `renewDeadline` and `retryPeriod`, as the control plane sets them. */
const LEASE: Micros = 15 * SECOND;
const RENEW_DEADLINE: Micros = 10 * SECOND;
const RETRY: Micros = 2 * SECOND;

/** What is led: work that only the leader's process does. */
export interface Led {
  /** The process that works ends: what it remembers is lost. */
  stop(): void;
  /** A process begins to work, from fresh caches. */
  start(): void;
  /** The process stands still. Answers what it remembers: plain data. */
  suspend(): unknown;
  /** The same process goes on. */
  resume(): void;
  /**
   * A process that stood still goes on for a moment without knowing that it leads no more: nothing fences its writes.
   * Gets what `suspend` answered.
   */
  straggle(memory: unknown): void;
}

/** Why a replica's process does not renew: it ended, it cannot reach the API server, or it stands still. */
export type Absence = "crash" | "partition" | "pause";

interface Replica {
  readonly identity: string;
  /** Since when its process runs: it tries for the lease at once, then every two seconds. */
  readonly since: Micros;
  readonly away: Absence | undefined;
  /** What it remembers while it stands still. */
  readonly memory?: unknown;
}

type ElectionEvent =
  | { readonly type: "takeover"; readonly replica: number }
  | { readonly type: "back"; readonly replica: number };

interface ElectionState {
  readonly replicas: readonly Replica[];
  readonly leader: number | undefined;
  readonly transitions: number;
  readonly planned: EntryId | undefined;
  readonly random: RandomState;
}

/**
 * Leader election of a component by its Lease: the replicas' clocks and tries are computed, so that a healthy leader
 * costs nothing; events come only when one is lost. The next leader is the first replica that has seen an unchanged Lease
 * for 15 s at one of its tries: 14 to 18 s after the last one's end, 16 s where its own process starts again.
 */
export class LeaderElection implements Actor<ElectionEvent> {
  readonly name: string;
  readonly #component: string;
  readonly #engine: Engine;
  readonly #api: ApiServer;
  readonly #recorder: ComponentRecorder;
  readonly #renewals: Heartbeats;
  readonly #led: Led;
  readonly #random: Random;
  #replicas: readonly Replica[];
  #leader: number | undefined = 0;
  #transitions = 0;
  #planned: EntryId | undefined;

  /** The first of the replicas leads from now on. `renewals`: where the Lease's renewals are computed from. */
  constructor(
    component: string,
    replicas: number,
    led: Led,
    parts: {
      readonly engine: Engine;
      readonly api: ApiServer;
      readonly recorder: ComponentRecorder;
      readonly renewals: Heartbeats;
    },
  ) {
    if (!Number.isInteger(replicas) || replicas < 1)
      throw new RangeError(
        `controlPlane.replicas: expected a whole number from 1, got ${replicas}`,
      );
    this.#component = component;
    this.name = `${component}/leader-election`;
    this.#engine = parts.engine;
    this.#api = parts.api;
    this.#recorder = parts.recorder;
    this.#renewals = parts.renewals;
    this.#led = led;
    this.#random = parts.engine.random.fork(this.name);
    this.#replicas = Array.from({ length: replicas }, (_, at) => ({
      identity: this.#identity(at),
      since: -this.#random.int(RETRY),
      away: undefined,
    }));
    parts.engine.register<ElectionEvent>(this);
    parts.engine.as(component, 0, () => this.#acquire(0));
  }

  /** Identity of the replica that leads, if one does. */
  get leader(): string | undefined {
    return this.#leader === undefined ? undefined : this.#replicas[this.#leader]?.identity;
  }

  /** How long a crash of the leader's process now would leave the component without one. */
  get gap(): Micros {
    const { now } = this.#engine;
    const replicas = this.#replicas.map((replica, at) =>
      at === this.#leader ? { ...replica, since: now } : replica,
    );
    return (this.#next(replicas)?.at ?? now + LEASE) - now;
  }

  /**
   * The leader's process is away from now on: ended, cut off, or standing still. `span`: after which it is back; when
   * `return` says so without one. Answers its number; `undefined` when nobody leads.
   */
  lose(how: Absence, span?: Micros): number | undefined {
    const { now } = this.#engine;
    const at = this.#leader;
    if (at === undefined || this.#replicas[at]?.away !== undefined) return undefined;
    this.#renewals.stop(this.#component, now);
    if (how === "crash") {
      this.#led.stop();
      this.#leader = undefined;
      this.#replace(at, { away: how });
    } else this.#replace(at, { away: how, memory: this.#led.suspend() });
    if (span !== undefined) this.#engine.after(span, this.name, { type: "back", replica: at });
    this.#plan();
    return at;
  }

  /** A replica's process is back: it goes on leading when it is in time to renew, and starts afresh otherwise. */
  return(at: number): void {
    const replica = this.#replicas[at];
    if (replica?.away === undefined) return;
    const { now } = this.#engine;
    const leads = this.#leader === at;
    if (leads && now < this.#lastRenewal() + RENEW_DEADLINE) {
      this.#replace(at, { away: undefined, memory: undefined });
      this.#renewals.begin(this.#component, now, RETRY);
      this.#led.resume();
    } else {
      if (replica.away === "pause") this.#led.straggle(replica.memory);
      if (leads) {
        this.#leader = undefined;
        this.#led.stop();
      }
      this.#replace(at, {
        identity: this.#identity(at),
        since: now,
        away: undefined,
        memory: undefined,
      });
    }
    this.#plan();
  }

  handle(event: ElectionEvent): void {
    if (event.type === "back") {
      this.return(event.replica);
      return;
    }
    this.#planned = undefined;
    if (this.#leader !== undefined) this.#led.stop();
    this.#acquire(event.replica);
    this.#led.start();
  }

  save(): ElectionState {
    return {
      replicas: this.#replicas,
      leader: this.#leader,
      transitions: this.#transitions,
      planned: this.#planned,
      random: this.#random.save(),
    };
  }

  load(state: unknown): void {
    const saved = state as ElectionState;
    this.#replicas = saved.replicas;
    this.#leader = saved.leader;
    this.#transitions = saved.transitions;
    this.#planned = saved.planned;
    this.#random.load(saved.random);
  }

  #identity(at: number): string {
    return `control-plane-${at + 1}_${randomUid(this.#random)}`;
  }

  #replace(at: number, change: Partial<Replica>): void {
    this.#replicas = this.#replicas.map((replica, index) =>
      index === at ? { ...replica, ...change } : replica,
    );
  }

  #lastRenewal(): Micros {
    return this.#renewals.lastRenewal(this.#component, this.#engine.now) ?? 0;
  }

  /** Sees to it that the takeover has an event, when the leader is away and somebody can follow. */
  #plan(): void {
    if (this.#planned !== undefined) this.#engine.cancel(this.#planned);
    this.#planned = undefined;
    if (this.#leader !== undefined && this.#replicas[this.#leader]?.away === undefined) return;
    const next = this.#next(this.#replicas);
    if (next === undefined) return;
    const { at, replica } = next;
    this.#planned = this.#engine.at(at, this.name, { type: "takeover", replica });
  }

  /** Who is first to have seen the Lease unchanged for its duration, and when. */
  #next(
    replicas: readonly Replica[],
  ): { readonly at: Micros; readonly replica: number } | undefined {
    const renewed = this.#lastRenewal();
    let first: { readonly at: Micros; readonly replica: number } | undefined;
    replicas.forEach(({ since, away }, replica) => {
      if (away !== undefined) return;
      const seen = tryAfter(since, renewed);
      const at = Math.max(tryAfter(since, seen + LEASE + 1), this.#engine.now);
      if (first === undefined || at < first.at) first = { at, replica };
    });
    return first;
  }

  #acquire(at: number): void {
    const { now } = this.#engine;
    const { identity = "" } = this.#replicas[at] ?? {};
    this.#leader = at;
    this.#renewals.begin(this.#component, now, RETRY);
    const key = `${LEADER_LEASE_NAMESPACE}/${this.#component}`;
    const before = this.#api.store.get("Lease", key) as Lease | undefined;
    if (before !== undefined) this.#transitions++;
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE / SECOND,
      acquireTime: microTimestamp(now),
      renewTime: microTimestamp(now),
      leaseTransitions: this.#transitions,
    };
    const lease =
      before === undefined
        ? this.#api.create<Lease>("Lease", {
            apiVersion: "coordination.k8s.io/v1",
            kind: "Lease",
            metadata: { name: this.#component, namespace: LEADER_LEASE_NAMESPACE },
            spec,
          })
        : this.#api.update<Lease>("Lease", { ...before, spec });
    this.#recorder.event(
      lease as KubeObject,
      "Normal",
      "LeaderElection",
      `${identity} became leader`,
    );
  }
}

/** The first try of a process that is not before a time. */
function tryAfter(since: Micros, time: Micros): Micros {
  return time <= since ? since : since + Math.ceil((time - since) / RETRY) * RETRY;
}
