import type { Micros } from "../../engine/time.ts";
import { MINUTE } from "../../engine/time.ts";
import { expired, type Status } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import type { Change, Store } from "../store.ts";

/** One line of a watch. */
export interface Frame {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

/** A frame that many watches send: shown once, when the first of them looks at it. */
class SharedFrame implements Frame {
  readonly type: Frame["type"];
  readonly #source: KubeObject;
  readonly #show: WatchView["show"];
  #shown: unknown;

  constructor(type: Frame["type"], source: KubeObject, show: WatchView["show"]) {
    this.type = type;
    this.#source = source;
    this.#show = show;
  }

  get object(): unknown {
    this.#shown ??= this.#show(this.#source, false);
    return this.#shown;
  }

  toJSON(): Frame {
    return { type: this.type, object: this.object };
  }
}

/** What a watch lets through and how it shows it. */
export interface WatchView {
  readonly kind: string;
  readonly selects: (object: KubeObject) => boolean;
  /** Whether nothing but the namespace selects: then frames are shared with other watches. */
  readonly plain: boolean;
  readonly namespace: string | undefined;
  /** Frames of the same view of a change are made once: views that show alike share this map. */
  readonly frames: WeakMap<Change, Frame>;
  readonly show: (object: KubeObject, first: boolean) => unknown;
  readonly bookmark: (revision: number, initialEnd: boolean) => unknown;
}

/** How a watch begins. */
export interface WatchStart {
  /** Changes after this revision are delivered. */
  readonly revision: number;
  /** Objects delivered as ADDED before anything else. */
  readonly initial: readonly KubeObject[];
  /** Whether a bookmark tells where the initial objects end. */
  readonly markInitialEnd: boolean;
  readonly bookmarks: boolean;
  readonly now: Micros;
}

/** Bookmarks come about once a minute. */
const BOOKMARK_PERIOD: Micros = MINUTE;

/**
 * A stream of changes, pulled by whoever sends it on: it keeps a revision, not a buffer, so a slow reader costs
 * nothing here and is told 410 when what it missed is gone.
 */
export class Watch {
  readonly #store: Store;
  readonly #view: WatchView;
  readonly #bookmarks: boolean;
  #revision: number;
  #initial: readonly KubeObject[];
  #markInitialEnd: boolean;
  #lastBookmark: Micros;
  #first = true;
  #done = false;
  #error: Status | undefined;
  /** How long the client wants to listen; undefined leaves it to the transport. */
  readonly timeoutSeconds: number | undefined;

  constructor(store: Store, view: WatchView, start: WatchStart, timeoutSeconds?: number) {
    this.#store = store;
    this.#view = view;
    this.#revision = start.revision;
    this.#initial = start.initial;
    this.#markInitialEnd = start.markInitialEnd;
    this.#bookmarks = start.bookmarks;
    this.#lastBookmark = start.now;
    this.timeoutSeconds = timeoutSeconds;
  }

  /** Kind whose changes wake it. */
  get kind(): string {
    return this.#view.kind;
  }

  /** Whether nothing more will come. */
  get done(): boolean {
    return this.#done;
  }

  /** Ends the watch with an ERROR frame on the next pull. */
  fail(status: Status): void {
    this.#error = status;
  }

  /** Frames that are due, at most about `limit` of them; none when nothing happened. */
  pull(now: Micros, limit = Number.POSITIVE_INFINITY): readonly Frame[] {
    if (this.#done) return [];
    if (this.#error !== undefined) return this.#end(this.#error);
    if (this.#initial.length > 0 || this.#markInitialEnd) return this.#beginning(limit);
    const changes = this.#store.changesSince(this.#view.kind, this.#revision);
    if (changes === undefined) {
      const { compacted } = this.#store;
      return this.#end(tooOldRevision(this.#revision, compacted));
    }
    const frames: Frame[] = [];
    for (const change of changes) {
      this.#revision = change.revision;
      const frame = this.#frame(change);
      if (frame !== undefined && frames.push(frame) >= limit) return frames;
    }
    this.#addBookmark(frames, now);
    return frames;
  }

  #beginning(limit: number): readonly Frame[] {
    const count = Math.min(this.#initial.length, limit);
    const frames = this.#initial
      .slice(0, count)
      .map((object): Frame => ({ type: "ADDED", object: this.#show(object) }));
    this.#initial = this.#initial.slice(count);
    if (this.#initial.length === 0 && this.#markInitialEnd) {
      this.#markInitialEnd = false;
      frames.push({ type: "BOOKMARK", object: this.#view.bookmark(this.#revision, true) });
    }
    return frames;
  }

  #addBookmark(frames: Frame[], now: Micros): void {
    if (!this.#bookmarks || now - this.#lastBookmark < BOOKMARK_PERIOD) return;
    this.#lastBookmark = now;
    this.#revision = Math.max(this.#revision, this.#store.revision);
    frames.push({ type: "BOOKMARK", object: this.#view.bookmark(this.#revision, false) });
  }

  #frame(change: Change): Frame | undefined {
    const view = this.#view;
    if (view.plain && !this.#first) return sharedFrame(view, change);
    const type = selectedType(change, view.selects);
    if (type === undefined) return undefined;
    return { type, object: this.#show(shownObject(change, type)) };
  }

  #show(object: KubeObject): unknown {
    const shown = this.#view.show(object, this.#first);
    this.#first = false;
    return shown;
  }

  #end(status: Status): readonly Frame[] {
    this.#done = true;
    return [{ type: "ERROR", object: status }];
  }
}

/** The frame of a change for all watches that show it alike; none when it is of another namespace. */
function sharedFrame(view: WatchView, change: Change): Frame | undefined {
  const { namespace, frames } = view;
  if (namespace !== undefined && change.after.metadata.namespace !== namespace) return undefined;
  let frame = frames.get(change);
  if (frame === undefined) {
    frame = new SharedFrame(change.type, change.after, view.show);
    frames.set(change, frame);
  }
  return frame;
}

/** What a change is to a watch with a selector: an object that leaves the selection is DELETED to it. */
function selectedType(
  change: Change,
  selects: (object: KubeObject) => boolean,
): Change["type"] | undefined {
  const was = change.before !== undefined && selects(change.before);
  const is = change.type !== "DELETED" && selects(change.after);
  if (is) return was ? "MODIFIED" : "ADDED";
  return was ? "DELETED" : undefined;
}

/** An object that left a selection is shown as it was, at the revision that took it away. */
function shownObject(change: Change, type: Change["type"]): KubeObject {
  if (type !== "DELETED" || change.type === "DELETED" || change.before === undefined)
    return change.after;
  const { metadata } = change.before;
  const resourceVersion = change.after.metadata.resourceVersion;
  return { ...change.before, metadata: { ...metadata, resourceVersion } };
}

/** 410 of a watch that begins before what is remembered. */
function tooOldRevision(wanted: number, oldest: number): Status {
  return expired(`too old resource version: ${wanted} (${oldest})`).status;
}
