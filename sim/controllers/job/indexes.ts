/** A range of completion indexes, both ends included. */
interface Interval {
  readonly first: number;
  readonly last: number;
}

/** A set of completion indexes as ordered intervals: how a Job's status writes them (`0,2-5`). */
export class Indexes {
  static readonly none = new Indexes([]);
  readonly #intervals: readonly Interval[];

  private constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals;
  }

  /** Indexes of any order, each counted once. */
  static of(indexes: Iterable<number>): Indexes {
    const sorted = [...new Set(indexes)].sort((a, b) => a - b);
    const intervals: Interval[] = [];
    for (const index of sorted) {
      const last = intervals.at(-1);
      if (last !== undefined && last.last + 1 === index)
        intervals[intervals.length - 1] = { first: last.first, last: index };
      else intervals.push({ first: index, last: index });
    }
    return new Indexes(intervals);
  }

  /** Reads the status' own form; indexes from `completions` on are left out. */
  static parse(text: string | undefined, completions = Number.POSITIVE_INFINITY): Indexes {
    const intervals: Interval[] = [];
    for (const part of (text ?? "").split(",")) {
      const [first = Number.NaN, last = first] = part === "" ? [] : part.split("-").map(Number);
      if (Number.isNaN(first) || first >= completions) continue;
      const before = intervals.at(-1);
      const end = Math.min(last, completions - 1);
      if (before !== undefined && before.last + 1 === first)
        intervals[intervals.length - 1] = { first: before.first, last: end };
      else intervals.push({ first, last: end });
    }
    return new Indexes(intervals);
  }

  get size(): number {
    let total = 0;
    for (const { first, last } of this.#intervals) total += last - first + 1;
    return total;
  }

  has(index: number): boolean {
    return this.#intervals.some(({ first, last }) => first <= index && index <= last);
  }

  with(indexes: Iterable<number>): Indexes {
    return Indexes.of([...this, ...indexes]);
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (const { first, last } of this.#intervals)
      for (let index = first; index <= last; index++) yield index;
  }

  /** Two neighbours are written apart, three and more as a range. */
  toString(): string {
    return this.#intervals
      .map(({ first, last }) =>
        first === last ? `${first}` : `${first}${last === first + 1 ? "," : "-"}${last}`,
      )
      .join(",");
  }
}

/** The first indexes below `completions` that are not taken, at most `count`. */
export function firstFree(taken: Indexes, count: number, completions: number): readonly number[] {
  const free: number[] = [];
  const occupied = new Set(taken);
  for (let index = 0; index < completions && free.length < count; index++)
    if (!occupied.has(index)) free.push(index);
  return free;
}
