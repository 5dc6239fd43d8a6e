/** Binary heap of items told apart by a key; the order is total, so that equal content always pops in one order. */
export class KeyedHeap<T> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #keyOf: (item: T) => string;
  readonly #positions = new Map<string, number>();
  readonly #items: T[] = [];

  constructor(keyOf: (item: T) => string, before: (a: T, b: T) => boolean) {
    this.#keyOf = keyOf;
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  get(key: string): T | undefined {
    const at = this.#positions.get(key);
    return at === undefined ? undefined : this.#items[at];
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** Items in no particular but deterministic order. */
  values(): readonly T[] {
    return this.#items;
  }

  /** Puts an item in, replacing the one of its key. */
  put(item: T): void {
    const key = this.#keyOf(item);
    const known = this.#positions.get(key);
    if (known === undefined) {
      this.#items.push(item);
      this.#up(this.#items.length - 1, item);
      return;
    }
    this.#items[known] = item;
    this.#up(known, item);
    this.#down(this.#positions.get(key) as number);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(this.#keyOf(first));
    return first;
  }

  remove(key: string): T | undefined {
    const at = this.#positions.get(key);
    if (at === undefined) return undefined;
    const item = this.#items[at];
    const last = this.#items.pop() as T;
    this.#positions.delete(key);
    if (at < this.#items.length) {
      this.#items[at] = last;
      this.#up(at, last);
      this.#down(this.#positions.get(this.#keyOf(last)) as number);
    }
    return item;
  }

  clear(): void {
    this.#items.length = 0;
    this.#positions.clear();
  }

  #up(from: number, item: T): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#items[parent] as T;
      if (!this.#before(item, above)) break;
      this.#set(at, above);
      at = parent;
    }
    this.#set(at, item);
  }

  #down(from: number): void {
    const item = this.#items[from] as T;
    const size = this.#items.length;
    let at = from;
    for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
      const right = child + 1;
      if (right < size && this.#before(this.#items[right] as T, this.#items[child] as T))
        child = right;
      const below = this.#items[child] as T;
      if (!this.#before(below, item)) break;
      this.#set(at, below);
      at = child;
    }
    this.#set(at, item);
  }

  #set(at: number, item: T): void {
    this.#items[at] = item;
    this.#positions.set(this.#keyOf(item), at);
  }
}
