import { type EntryId, EventList, type EventListState } from "./event-list.ts";
import { Journal, type JournalDetail, type JournalState, type Seq } from "./journal.ts";
import { type Random, randomFrom } from "./random.ts";
import type { Micros } from "./time.ts";

/** A discrete event: plain data, told apart by its type. */
export interface SimEvent {
  readonly type: string;
}

/** Something that events happen to. Its state is its own; `save` gives it as plain data that shares only immutable objects. */
export interface Actor<E extends SimEvent = SimEvent> {
  readonly name: string;
  handle(event: E): void;
  save(): unknown;
  load(state: unknown): void;
}

/** Order of events of one instant. Lower comes first; equal priorities keep the order of scheduling. */
export const Priority = {
  /** Outside interventions: script steps and faults. */
  input: 10,
  /** Everything else. */
  normal: 50,
  /** Deliveries of changes to those who watch: after what the instant still does, so that one delivery tells of all of it. */
  delivery: 60,
  /** What should see the instant settled: checks and measurements. */
  late: 90,
} as const;

interface Scheduled {
  readonly target: string;
  readonly event: SimEvent;
  /** The journal entry under which it was scheduled. */
  readonly cause: Seq;
}

/** A run at an instant, as plain data and immutable objects. */
export interface EngineState {
  readonly now: Micros;
  readonly fired: number;
  readonly events: EventListState<Scheduled>;
  readonly journal: JournalState;
  readonly actors: readonly (readonly [name: string, state: unknown])[];
}

/** Thrown when an actor breaks: names the event, its time and number; the cause is the original error. */
export class EngineError extends Error {
  readonly time: Micros;
  readonly target: string;
  readonly event: SimEvent;
  /** Seed of the run that it ended. */
  readonly seed: string;

  constructor(time: Micros, target: string, event: SimEvent, cause: unknown, seed: string) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${target} failed on ${event.type} at ${time} us: ${reason}`, { cause });
    this.name = "EngineError";
    this.time = time;
    this.target = target;
    this.event = event;
    this.seed = seed;
  }
}

/** Clock, future event list, actors, journal and the root of the random streams: a run of a discrete-event simulation. */
export class Engine {
  readonly journal: Journal;
  readonly random: Random;
  readonly seed: string;
  readonly #events = new EventList<Scheduled>();
  readonly #actors = new Map<string, Actor>();
  #now: Micros = 0;
  #fired = 0;

  constructor(seed: string, detail: JournalDetail = "full") {
    this.journal = new Journal(detail);
    this.random = randomFrom(seed);
    this.seed = seed;
  }

  /** Virtual time. Never goes back. */
  get now(): Micros {
    return this.#now;
  }

  /** Events fired so far. */
  get fired(): number {
    return this.#fired;
  }

  /** Events that will still fire unless cancelled. */
  get pending(): number {
    return this.#events.pending;
  }

  /** Time of the next event, or `undefined` when nothing is left to happen. */
  nextTime(): Micros | undefined {
    return this.#events.nextTime();
  }

  /** Makes an actor known. Throws when its name is taken. */
  register<E extends SimEvent>(actor: Actor<E>): void {
    if (this.#actors.has(actor.name)) throw new Error(`actor ${actor.name} exists`);
    this.#actors.set(actor.name, actor as unknown as Actor);
  }

  /** Forgets an actor; events still on their way to it are dropped when they fire. */
  unregister(name: string): void {
    this.#actors.delete(name);
  }

  /** Schedules an event `delay` from now (0 = later in this instant). */
  after<E extends SimEvent>(
    delay: Micros,
    target: string,
    event: E,
    priority: number = Priority.normal,
  ): EntryId {
    return this.at(this.#now + delay, target, event, priority);
  }

  /** Schedules an event at a time that is not past. The entry being written when this is called becomes its cause. */
  at<E extends SimEvent>(
    time: Micros,
    target: string,
    event: E,
    priority: number = Priority.normal,
  ): EntryId {
    if (time < this.#now || !Number.isSafeInteger(time)) {
      throw new RangeError(
        `${target}: ${event.type} at ${time} us, now ${this.#now}: expected a later whole time`,
      );
    }
    return this.#events.add(time, priority, { target, event, cause: this.journal.cause });
  }

  /** Takes a scheduled event back; `false` when it has fired or was cancelled. */
  cancel(id: EntryId): boolean {
    return this.#events.cancel(id);
  }

  /** Fires the next event; `false` when none is left. */
  step(): boolean {
    const time = this.#events.nextTime();
    if (time === undefined) return false;
    const scheduled = this.#events.pop() as Scheduled;
    this.#now = time;
    this.#fired++;
    const journal = this.journal;
    journal.time = time;
    journal.actor = scheduled.target;
    journal.cause = scheduled.cause;
    journal.cause = journal.appendEvent(scheduled.event);
    try {
      this.#actors.get(scheduled.target)?.handle(scheduled.event);
    } catch (error) {
      throw error instanceof EngineError
        ? error
        : new EngineError(time, scheduled.target, scheduled.event, error, this.seed);
    }
    return true;
  }

  /** Fires everything up to and including `time`, and leaves the clock there. */
  runUntil(time: Micros): void {
    for (
      let next = this.#events.nextTime();
      next !== undefined && next <= time;
      next = this.#events.nextTime()
    ) {
      this.step();
    }
    if (time > this.#now) {
      this.#now = time;
      this.journal.time = time;
    }
  }

  /** Runs a piece of work of an outsider now, under an actor's name and with the given cause. */
  as<T>(actor: string, cause: Seq, work: () => T): T {
    const { journal } = this;
    const before = { actor: journal.actor, cause: journal.cause };
    journal.time = this.#now;
    journal.actor = actor;
    journal.cause = cause;
    try {
      return work();
    } finally {
      journal.actor = before.actor;
      journal.cause = before.cause;
    }
  }

  save(): EngineState {
    return {
      now: this.#now,
      fired: this.#fired,
      events: this.#events.save(),
      journal: this.journal.save(),
      actors: [...this.#actors.values()].map((actor) => [actor.name, actor.save()] as const),
    };
  }

  /** Goes on from a saved run. The same actors must be registered; each takes its own state. */
  load(state: EngineState): void {
    this.#now = state.now;
    this.#fired = state.fired;
    this.#events.load(state.events);
    this.journal.load(state.journal);
    this.journal.time = state.now;
    for (const [name, saved] of state.actors) {
      const actor = this.#actors.get(name);
      if (actor === undefined)
        throw new Error(`checkpoint has an actor ${name} that this run lacks`);
      actor.load(saved);
    }
  }
}
