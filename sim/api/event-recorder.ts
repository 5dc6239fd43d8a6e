import type { Engine } from "../engine/engine.ts";
import { MINUTE, type Micros, SECOND } from "../engine/time.ts";
import { ApiError } from "./api-error.ts";
import type { ApiServer } from "./api-server.ts";
import { microTimestamp, timestamp } from "./meta/time.ts";
import { type KubeObject, makeKey } from "./object.ts";
import type { Event } from "./types.gen.ts";

/** Similar events within this time are counted together (client-go `defaultAggregateIntervalInSeconds`). */
const SIMILAR_WITHIN: Micros = 10 * MINUTE;
/** From this many similar events on, they become one "combined" event (client-go `defaultAggregateMaxEvents`). */
const SIMILAR_LIMIT = 10;
/** Events that one source may write at once about one object, and how fast it earns another (client-go spam filter). */
const SPAM_BURST = 25;
const SPAM_REFILL: Micros = 300 * SECOND;
/** How long an event of events.k8s.io is remembered, and how often a series' count is written (client-go `tools/events`). */
const [SERIES_END, SERIES_REFRESH]: readonly [Micros, Micros] = [6 * MINUTE, 30 * MINUTE];
/** Objects remembered per recorder, as client-go's caches. */
const REMEMBERED = 4096;

/** What an event is about. */
export interface EventTarget {
  readonly kind: string;
  readonly apiVersion?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Part of the object, like `spec.containers{web}`. */
  readonly fieldPath?: string;
}

/** Further fields of an event. */
export interface EventDetails {
  /** Set by components that use events.k8s.io: the scheduler's `Binding`, `Preempted`. */
  readonly action?: string;
  readonly related?: EventTarget;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly fieldPath?: string;
  /** Host of the source: the kubelet's node. */
  readonly host?: string;
}

/** Writes EventRecords: Kubernetes' Event objects, counted and combined as client-go's correlator does. */
export interface EventRecorder {
  event(
    about: KubeObject | EventTarget,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    details?: EventDetails,
  ): void;
}

interface Similar {
  readonly last: Micros;
  readonly messages: readonly string[];
}

/** An event and how often it was observed. */
interface Observed {
  /** Key of the Event object. */
  readonly event: string;
  readonly count: number;
  /** When it was observed first. */
  readonly first: string;
}

/** An event of events.k8s.io and how often it came again. */
interface Series {
  /** Key of the Event object. */
  readonly event: string;
  readonly count: number;
  readonly last: Micros;
  /** When the count was last written. */
  readonly written: Micros;
}

interface RecorderState {
  readonly observed: readonly (readonly [string, Observed])[];
  readonly similar: readonly (readonly [string, Similar])[];
  readonly spam: readonly (readonly [string, Micros])[];
  readonly series: readonly (readonly [string, Series])[];
}

/**
 * The recorder of one component. Equal events raise the count of the first; from the tenth similar one within ten
 * minutes they are combined; a source that writes too much about one object is cut off until it earned another.
 */
export class ComponentRecorder implements EventRecorder {
  readonly #component: string;
  readonly #engine: Engine;
  readonly #api: ApiServer;
  readonly #objects: boolean;
  #observed = new Map<string, Observed>();
  #similar = new Map<string, Similar>();
  #spam = new Map<string, Micros>();
  #series = new Map<string, Series>();
  /** Told of every Event object written: it costs a token of the client that sends it. */
  onWrite: () => void = () => {};

  /** `objects`: whether Event objects are stored, or the journal alone is told. */
  constructor(component: string, engine: Engine, api: ApiServer, objects: boolean) {
    this.#component = component;
    this.#engine = engine;
    this.#api = api;
    this.#objects = objects;
  }

  event(
    about: KubeObject | EventTarget,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    details: EventDetails = {},
  ): void {
    const { journal } = this.#engine;
    const { namespace, name } = "metadata" in about ? about.metadata : about;
    const subject = `${about.kind}/${makeKey(namespace, name)}`;
    journal.append({ kind: "record", subject, record: { type, reason, message } });
    if (!this.#objects) return;
    const target = "metadata" in about ? targetOf(about, details.fieldPath) : about;
    try {
      this.#send(target, type, reason, message, details);
    } catch (error) {
      // Nobody waits for an Event: what the API refuses is lost, as in a namespace that is being terminated.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  save(): RecorderState {
    return {
      observed: [...this.#observed],
      similar: [...this.#similar],
      spam: [...this.#spam],
      series: [...this.#series],
    };
  }

  load(state: unknown): void {
    const { observed, similar, spam, series } = state as RecorderState;
    this.#series = new Map(series);
    this.#observed = new Map(observed);
    this.#similar = new Map(similar);
    this.#spam = new Map(spam);
  }

  #send(
    target: EventTarget,
    type: string,
    reason: string,
    message: string,
    details: EventDetails,
  ): void {
    if (details.action !== undefined) {
      this.#observe(target, type, reason, message, details);
      return;
    }
    const source = `${details.host ?? ""}|${target.kind}|${target.namespace ?? ""}|${target.name}|${target.uid ?? ""}`;
    const similar = `${source}|${type}|${reason}`;
    // Combined, counted and only then perhaps cut off: what is cut off counts in what is written later.
    const combined = this.#isCombined(similar, message);
    const key = combined ? similar : `${similar}|${target.fieldPath ?? ""}|${message}`;
    const observed = this.#count(key, target);
    if (this.#isSpam(source)) return;
    this.onWrite();
    const text = combined ? `(combined from similar events): ${message}` : message;
    this.#write(observed, target, type, reason, text, details);
  }

  /**
   * An event of events.k8s.io: it becomes a series when the very same comes again, the revision of its object included;
   * the first repetition is written at once, further ones only now and then. Nothing is combined or cut off.
   */
  #observe(
    target: EventTarget,
    type: string,
    reason: string,
    message: string,
    details: EventDetails,
  ): void {
    const { now } = this.#engine;
    const key = JSON.stringify([type, reason, details.action, target, details.related]);
    const known = this.#series.get(key);
    const stored =
      known === undefined || now - known.last >= SERIES_END
        ? undefined
        : (this.#api.store.get("Event", known.event) as Event | undefined);
    if (known === undefined || stored === undefined) {
      this.onWrite();
      const event = this.#newKey(target);
      this.#api.create<Event>(
        "Event",
        this.#compose(event, target, type, reason, message, details),
      );
      remember(this.#series, key, { event, count: 1, last: now, written: now });
      return;
    }
    const count = known.count + 1;
    const due = count === 2 || now - known.written >= SERIES_REFRESH;
    if (due) {
      this.onWrite();
      const series = { count, lastObservedTime: microTimestamp(now) };
      this.#api.replace<Event>("Event", { ...stored, series });
    }
    remember(this.#series, key, { ...known, count, last: now, written: due ? now : known.written });
  }

  /** Whether a source has written too much about an object. A token bucket by one number: when it is full again. */
  #isSpam(source: string): boolean {
    const { now } = this.#engine;
    const fullAt = Math.max(this.#spam.get(source) ?? 0, now) + SPAM_REFILL;
    if (fullAt - SPAM_BURST * SPAM_REFILL > now) return true;
    remember(this.#spam, source, fullAt);
    return false;
  }

  /** Whether an event is one too many of those that are similar, told by their messages. */
  #isCombined(key: string, message: string): boolean {
    const { now } = this.#engine;
    const known = this.#similar.get(key);
    const recent = known !== undefined && now - known.last <= SIMILAR_WITHIN ? known.messages : [];
    const messages = recent.includes(message) ? recent : [...recent, message];
    const combined = messages.length >= SIMILAR_LIMIT;
    // Room for one more; client-go drops any, here it is the oldest.
    remember(this.#similar, key, { last: now, messages: combined ? messages.slice(1) : messages });
    return combined;
  }

  /** How often an event was observed by now, and where it is written. */
  #count(key: string, target: EventTarget): Observed {
    const known = this.#observed.get(key);
    const observed =
      known === undefined
        ? {
            event: this.#newKey(target),
            count: 1,
            first: timestamp(this.#engine.now),
          }
        : { ...known, count: known.count + 1 };
    remember(this.#observed, key, observed);
    return observed;
  }

  #write(
    { event, count, first }: Observed,
    target: EventTarget,
    type: string,
    reason: string,
    message: string,
    details: EventDetails,
  ): void {
    const stored = this.#api.store.get("Event", event) as Event | undefined;
    const at = timestamp(this.#engine.now);
    if (stored !== undefined) {
      this.#api.replace<Event>("Event", { ...stored, count, message, lastTimestamp: at });
      return;
    }
    const made = this.#compose(event, target, type, reason, message, details);
    this.#api.create<Event>("Event", { ...made, count, firstTimestamp: first });
  }

  /**
   * Key of a new Event object: client-go names it after its object and the time in nanoseconds. The sequence keeps those of one
   * instant apart, as far as it goes.
   */
  #newKey({ namespace, name }: EventTarget): string {
    const { now, journal } = this.#engine;
    const where = namespace === undefined || namespace === "" ? "default" : namespace;
    for (let nanos = now * 1000 + (journal.seq % 1000); ; nanos++) {
      const key = makeKey(where, `${name}.${nanos.toString(16).padStart(16, "0")}`);
      if (this.#api.store.get("Event", key) === undefined) return key;
    }
  }

  #compose(
    key: string,
    target: EventTarget,
    type: string,
    reason: string,
    message: string,
    details: EventDetails,
  ): Event {
    const { now } = this.#engine;
    const at = timestamp(now);
    const [namespace = "", name = ""] = key.split("/");
    const modern = details.action !== undefined;
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: {
        name,
        namespace,
        ...(details.annotations === undefined ? {} : { annotations: details.annotations }),
        uid: "",
        resourceVersion: "",
        creationTimestamp: at,
      },
      involvedObject: target,
      reason,
      message,
      type,
      source: modern
        ? {}
        : {
            component: this.#component,
            ...(details.host === undefined ? {} : { host: details.host }),
          },
      firstTimestamp: modern ? null : at,
      lastTimestamp: modern ? null : at,
      ...(modern ? {} : { count: 1 }),
      eventTime: modern ? microTimestamp(now) : null,
      reportingComponent: this.#component,
      reportingInstance: modern ? `${this.#component}-ksim` : (details.host ?? ""),
      ...(modern ? { action: details.action } : {}),
      ...(details.related === undefined ? {} : { related: details.related }),
    } as unknown as Event;
  }
}

function targetOf(
  { apiVersion, kind, metadata }: KubeObject,
  fieldPath: string | undefined,
): EventTarget {
  return {
    kind,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    uid: metadata.uid,
    apiVersion,
    resourceVersion: metadata.resourceVersion,
    ...(fieldPath === undefined ? {} : { fieldPath }),
  };
}

/** Sets an entry as the newest and drops the oldest beyond what is remembered. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    break;
  }
}
