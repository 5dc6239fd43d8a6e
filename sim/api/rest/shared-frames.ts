import type { KubeObject } from "../object.ts";
import type { Store } from "../store.ts";

/** One line of a watch. */
export interface Frame {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

/** Frames in a row, and the revision that a watch has reached with them. */
export interface Batch {
  readonly frames: readonly Frame[];
  readonly revision: number;
}

type Show = (object: KubeObject) => unknown;

/** A frame that many watches send: shown once, when the first of them looks at it. */
class SharedFrame implements Frame {
  readonly type: Frame["type"];
  readonly revision: number;
  readonly #source: KubeObject;
  readonly #show: Show;
  #shown: unknown;

  constructor(type: Frame["type"], revision: number, source: KubeObject, show: Show) {
    this.type = type;
    this.revision = revision;
    this.#source = source;
    this.#show = show;
  }

  get object(): unknown {
    this.#shown ??= this.#show(this.#source);
    return this.#shown;
  }

  toJSON(): Frame {
    return { type: this.type, object: this.object };
  }
}

/** Fewer frames than this are not worth dropping. */
const TRIM_FROM = 1024;

/**
 * The frames of one kind, namespace and way of showing, in the order of their changes: made once, however many watch.
 * It follows the store's log when it is asked, and forgets what a compaction put out of reach.
 */
export class SharedFrames {
  readonly #store: Store;
  readonly #kind: string;
  readonly #namespace: string | undefined;
  readonly #show: Show;
  #frames: SharedFrame[] = [];
  /** The frames are those of the changes after `from` up to `taken`. */
  #from = -1;
  #taken = -1;
  #loads = 0;
  /** Where the last batch began and ended: those who watch in step get the very same. */
  #last = { start: 0, end: 0, frames: [] as readonly Frame[] };

  constructor(store: Store, kind: string, namespace: string | undefined, show: Show) {
    this.#store = store;
    this.#kind = kind;
    this.#namespace = namespace;
    this.#show = show;
  }

  /** Frames of the changes after a revision, at most `limit`; undefined when that is too old to know. */
  after(revision: number, limit: number): Batch | undefined {
    const { loads } = this.#store;
    const forgotten = this.#store.forgotten(this.#kind);
    if (revision < forgotten) return undefined;
    if (this.#taken < forgotten || revision < this.#from || loads !== this.#loads)
      this.#restart(revision);
    else if (this.#from < forgotten) this.#trim(forgotten);
    this.#take();
    const start = this.#firstAfter(revision);
    const end = Math.min(start + limit, this.#frames.length);
    // Who has seen all changes of the kind is as far as the store, however long ago the last one was.
    const reached =
      end === this.#frames.length ? this.#store.revision : this.#frames[end - 1]?.revision;
    return { frames: this.#slice(start, end), revision: Math.max(revision, reached ?? revision) };
  }

  #restart(revision: number): void {
    this.#frames = [];
    this.#from = revision;
    this.#taken = revision;
    this.#loads = this.#store.loads;
    this.#last = { start: 0, end: 0, frames: [] };
  }

  #trim(forgotten: number): void {
    const gone = this.#firstAfter(forgotten);
    if (gone < TRIM_FROM || gone < this.#frames.length / 2) return;
    this.#frames = this.#frames.slice(gone);
    this.#from = forgotten;
    this.#last = { start: 0, end: 0, frames: [] };
  }

  /** Takes in what was committed since. */
  #take(): void {
    const namespace = this.#namespace;
    for (const change of this.#store.changesSince(this.#kind, this.#taken) ?? []) {
      this.#taken = change.revision;
      const { type, after, revision } = change;
      if (namespace !== undefined && after.metadata.namespace !== namespace) continue;
      this.#frames.push(new SharedFrame(type, revision, after, this.#show));
    }
  }

  /** Index of the first frame after a revision. */
  #firstAfter(revision: number): number {
    const frames = this.#frames;
    let from = 0;
    let to = frames.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((frames[middle] as SharedFrame).revision <= revision) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #slice(start: number, end: number): readonly Frame[] {
    const last = this.#last;
    if (last.start === start && last.end === end) return last.frames;
    const frames = this.#frames.slice(start, end);
    this.#last = { start, end, frames };
    return frames;
  }
}
