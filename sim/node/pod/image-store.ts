import type { Micros } from "../../engine/time.ts";

/** An image of a node: there, or on its way. */
export interface StoredImage {
  readonly image: string;
  /** When it is there; the past for one that is. */
  readonly readyAt: Micros;
  readonly size: number;
}

/** The images of one node and the pulls under way, as times: nothing is scheduled for them. */
export class ImageStore {
  #images = new Map<string, StoredImage>();
  /** When the last pull of the queue ends: pulls go one at a time unless the node pulls in parallel. */
  #freeAt: Micros = 0;
  readonly #serial: boolean;

  constructor(serial: boolean) {
    this.#serial = serial;
  }

  /** Whether an image is on the node. */
  has(image: string, now: Micros): boolean {
    const stored = this.#images.get(image);
    return stored !== undefined && stored.readyAt <= now;
  }

  /** How many images are there or on their way. */
  get count(): number {
    return this.#images.size;
  }

  /** Puts an image on the node at once: preloaded. */
  add(image: string, size: number): void {
    this.#images.set(image, { image, readyAt: 0, size });
  }

  /** When a pull that takes `span` ends: after the pulls before it, or with one of the same image that is under way. */
  pull(image: string, size: number, now: Micros, span: Micros): Micros {
    const underWay = this.#images.get(image);
    if (underWay !== undefined && underWay.readyAt > now) return underWay.readyAt;
    const readyAt = this.reserve(now, span);
    this.#images.set(image, { image, readyAt, size });
    return readyAt;
  }

  /** Takes a place in the queue of pulls for something that leaves no image behind: a failing pull, a check. */
  reserve(now: Micros, span: Micros): Micros {
    const begins = this.#serial ? Math.max(now, this.#freeAt) : now;
    this.#freeAt = begins + span;
    return begins + span;
  }

  /** A pull that began at a time came to nothing: unless another one brought the image, it is not there. */
  abandon(image: string, began: Micros): void {
    const stored = this.#images.get(image);
    if (stored !== undefined && stored.readyAt > began) this.#images.delete(image);
  }

  /** The machine goes down: pulls under way come to nothing. */
  interrupt(now: Micros): void {
    for (const { image, readyAt } of this.#images.values())
      if (readyAt > now) this.#images.delete(image);
    this.#freeAt = Math.min(this.#freeAt, now);
  }

  /** Images that are on the node, largest first as the kubelet reports them (at most 50). */
  present(now: Micros): readonly StoredImage[] {
    return [...this.#images.values()]
      .filter((stored) => stored.readyAt <= now)
      .sort((a, b) => b.size - a.size || (a.image < b.image ? -1 : a.image > b.image ? 1 : 0))
      .slice(0, 50);
  }

  save(): unknown {
    return { images: [...this.#images.values()], freeAt: this.#freeAt };
  }

  load(state: unknown): void {
    const { images, freeAt } = state as { images: readonly StoredImage[]; freeAt: Micros };
    this.#images = new Map(images.map((stored) => [stored.image, stored]));
    this.#freeAt = freeAt;
  }
}
