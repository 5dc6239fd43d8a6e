/** Values of a pair that is told by one number: -1 up to this. */
const SMALL = 67_108_864;

/** Turns tuples of integers into numbers: equal tuples get the same number. */
export class TupleTable {
  /** The tuple behind each number. */
  readonly tuples: (readonly number[])[] = [];
  private readonly ids = new Map<string, number>();
  /** Tuples of one or two small numbers, the usual ones. */
  private readonly small = new Map<number, number>();

  /** Number of a tuple; the array is kept, the caller must not change it. */
  idOf(tuple: readonly number[]): number {
    const number = smallNumber(tuple);
    if (number === undefined) return this.known(this.ids, tuple.join(","), tuple);
    return this.known(this.small, number, tuple);
  }

  private known<K>(ids: Map<K, number>, key: K, tuple: readonly number[]): number {
    let id = ids.get(key);
    if (id === undefined) {
      id = this.tuples.push(tuple) - 1;
      ids.set(key, id);
    }
    return id;
  }
}

/** A number of its own for each tuple of one or two small numbers. A table holds tuples of one length. */
function smallNumber(tuple: readonly number[]): number | undefined {
  const first = tuple[0] as number;
  if (tuple.length === 1) return first;
  const second = tuple[1] as number;
  const small = first >= -1 && first < SMALL - 1 && second >= -1 && second < SMALL - 1;
  if (tuple.length > 2 || !small) return undefined;
  return (first + 1) * SMALL + second + 1;
}
