/** What several faults may do to one thing at a time, counted: only the end of the last undoes it. */
export class Holds {
  #counts: ReadonlyMap<string, number> = new Map();

  /** One more fault does this. */
  take(what: string): void {
    this.#counts = new Map(this.#counts).set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** One fault does this no longer; whether none does now. */
  release(what: string): boolean {
    const left = (this.#counts.get(what) ?? 1) - 1;
    const counts = new Map(this.#counts);
    if (left > 0) counts.set(what, left);
    else counts.delete(what);
    this.#counts = counts;
    return left <= 0;
  }

  save(): unknown {
    return [...this.#counts];
  }

  load(state: unknown): void {
    this.#counts = new Map(state as readonly (readonly [string, number])[]);
  }
}
