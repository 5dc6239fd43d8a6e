import type { Micros } from "../../engine/time.ts";
import { MINUTE } from "../../engine/time.ts";
import { expired, type Status } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import type { Change, Store } from "../store.ts";
import type { Frame, SharedFrames } from "./shared-frames.ts";

/** What a watch lets through and how it shows it. */
export interface WatchView {
  readonly kind: string;
  readonly selects: (object: KubeObject) => boolean;
  /** The frames of all who watch the same in the same way; none where something more than the namespace selects. */
  readonly shared: SharedFrames | undefined;
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
/** Changes looked at in one go by a watch that selects. */
const CHUNK = 1024;
const NOTHING: readonly Frame[] = [];

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
    if (this.#done) return NOTHING;
    if (this.#error !== undefined) return this.#end(this.#error);
    if (this.#initial.length > 0 || this.#markInitialEnd) return this.#beginning(limit);
    const frames = this.#due(limit);
    if (frames === undefined) {
      return this.#end(tooOldRevision(this.#revision, this.#store.forgotten(this.#view.kind)));
    }
    return frames.length >= limit ? frames : this.#withBookmark(frames, now);
  }

  /** Frames of the changes behind its revision; undefined when that is too old to know. Moves the revision. */
  #due(limit: number): readonly Frame[] | undefined {
    const { shared } = this.#view;
    if (shared === undefined) return this.#selected(limit);
    const batch = shared.after(this.#revision, limit);
    if (batch !== undefined) this.#revision = batch.revision;
    return batch?.frames;
  }

  #selected(limit: number): readonly Frame[] | undefined {
    const frames: Frame[] = [];
    for (;;) {
      const changes = this.#store.changesSince(this.#view.kind, this.#revision, CHUNK);
      if (changes === undefined) return undefined;
      for (const change of changes) {
        this.#revision = change.revision;
        const frame = this.#frame(change);
        if (frame !== undefined && frames.push(frame) >= limit) return frames;
      }
      if (changes.length === CHUNK) continue;
      this.#revision = Math.max(this.#revision, this.#store.revision);
      return frames;
    }
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

  #withBookmark(frames: readonly Frame[], now: Micros): readonly Frame[] {
    if (!this.#bookmarks || now - this.#lastBookmark < BOOKMARK_PERIOD) return frames;
    this.#lastBookmark = now;
    this.#revision = Math.max(this.#revision, this.#store.revision);
    return [...frames, { type: "BOOKMARK", object: this.#view.bookmark(this.#revision, false) }];
  }

  #frame(change: Change): Frame | undefined {
    const type = selectedType(change, this.#view.selects);
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
