/** Turns tuples of integers into numbers: equal tuples get the same number. */
export class TupleTable {
  /** The tuple behind each number. */
  readonly tuples: (readonly number[])[] = [];
  private readonly ids = new Map<string, number>();
  private readonly single = new Map<number, number>();

  /** Number of a tuple; the array is kept, the caller must not change it. */
  idOf(tuple: readonly number[]): number {
    if (tuple.length === 1) {
      const value = tuple[0] as number;
      let id = this.single.get(value);
      if (id === undefined) {
        id = this.tuples.push(tuple) - 1;
        this.single.set(value, id);
      }
      return id;
    }
    const key = tuple.join(",");
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.tuples.push(tuple) - 1;
      this.ids.set(key, id);
    }
    return id;
  }
}
