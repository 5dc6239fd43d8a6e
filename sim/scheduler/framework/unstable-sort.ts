/** Whether the first comes before the second. */
type Less<T> = (a: T, b: T) => boolean;

/** Ranges up to this length are sorted by insertion, which keeps equal elements in order. */
const INSERTION = 12;
/** Ranges from this length on use a median of medians and repair small disorder by shifting. */
const LONG = 50;

/**
 * Sorts in place and leaves equal elements in the very order in which Go's `sort.Slice` leaves them: victims of
 * preemption with equal priority and start time come out as upstream. The method is pattern-defeating quicksort
 * (O. Peters), with the parameters of Go's library.
 */
export function unstableSort<T>(items: T[], less: Less<T>): void {
  new Sorter(items, less).sort(0, items.length, bitLength(items.length));
}

function bitLength(value: number): number {
  return value === 0 ? 0 : 32 - Math.clz32(value);
}

type Hint = "increasing" | "unknown";

class Sorter<T> {
  private readonly items: T[];
  private readonly lessThan: Less<T>;
  private swaps = 0;

  constructor(items: T[], lessThan: Less<T>) {
    this.items = items;
    this.lessThan = lessThan;
  }

  sort(from: number, to: number, depth: number): void {
    let [a, b, limit] = [from, to, depth];
    let balanced = true;
    let partitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= INSERTION || limit === 0) {
        if (length <= INSERTION) this.insertion(a, b);
        else this.heap(a, b);
        return;
      }
      if (!balanced) {
        this.breakPatterns(a, b);
        limit--;
      }
      const [pivot, hint] = this.pivot(a, b);
      if (balanced && partitioned && hint === "increasing" && this.repair(a, b)) return;
      if (a > 0 && !this.less(a - 1, pivot)) {
        a = this.splitEqual(a, b, pivot);
        continue;
      }
      const [middle, already] = this.split(a, b, pivot);
      partitioned = already;
      const [left, right] = [middle - a, b - middle];
      balanced = Math.min(left, right) >= Math.floor(length / 8);
      if (left < right) {
        this.sort(a, middle, limit);
        a = middle + 1;
      } else {
        this.sort(middle + 1, b, limit);
        b = middle;
      }
    }
  }

  private less(i: number, j: number): boolean {
    return this.lessThan(this.items[i] as T, this.items[j] as T);
  }

  private swap(i: number, j: number): void {
    const item = this.items[i] as T;
    this.items[i] = this.items[j] as T;
    this.items[j] = item;
  }

  private insertion(a: number, b: number): void {
    for (let i = a + 1; i < b; i++)
      for (let j = i; j > a && this.less(j, j - 1); j--) this.swap(j, j - 1);
  }

  private heap(first: number, end: number): void {
    const length = end - first;
    const sift = (start: number, stop: number) => {
      for (let root = start; ; ) {
        let child = 2 * root + 1;
        if (child >= stop) return;
        if (child + 1 < stop && this.less(first + child, first + child + 1)) child++;
        if (!this.less(first + root, first + child)) return;
        this.swap(first + root, first + child);
        root = child;
      }
    };
    for (let i = Math.floor((length - 1) / 2); i >= 0; i--) sift(i, length);
    for (let i = length - 1; i >= 0; i--) {
      this.swap(first, first + i);
      sift(0, i);
    }
  }

  /** Elements less than the pivot to its left; its final place, and whether nothing had to move. */
  private split(a: number, b: number, pivot: number): readonly [number, boolean] {
    this.swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    let moved = false;
    for (;;) {
      while (i <= j && this.less(i, a)) i++;
      while (i <= j && !this.less(j, a)) j--;
      if (i > j) break;
      this.swap(i++, j--);
      moved = true;
    }
    this.swap(j, a);
    return [j, !moved];
  }

  /** Elements equal to the pivot to the left; where the greater ones begin. */
  private splitEqual(a: number, b: number, pivot: number): number {
    this.swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    for (;;) {
      while (i <= j && !this.less(a, i)) i++;
      while (i <= j && this.less(a, j)) j--;
      if (i > j) return i;
      this.swap(i++, j--);
    }
  }

  /** Puts right a few elements out of order; true when all is sorted then. */
  private repair(a: number, b: number): boolean {
    let i = a + 1;
    for (let step = 0; step < 5; step++) {
      while (i < b && !this.less(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < LONG) return false;
      this.swap(i, i - 1);
      if (i - a >= 2) for (let j = i - 1; j >= 1 && this.less(j, j - 1); j--) this.swap(j, j - 1);
      if (b - i >= 2) for (let j = i + 1; j < b && this.less(j, j - 1); j++) this.swap(j, j - 1);
    }
    return false;
  }

  /** Scatters three elements, by a xorshift generator seeded with the length. */
  private breakPatterns(a: number, b: number): void {
    const length = b - a;
    if (length < 8) return;
    let random = BigInt(length);
    const mask = (1n << BigInt(bitLength(length))) - 1n;
    const at = a + Math.floor(length / 4) * 2 - 1;
    for (let i = 0; i < 3; i++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      let other = Number(random & mask);
      if (other >= length) other -= length;
      this.swap(at - 1 + i, a + other);
    }
  }

  private pivot(a: number, b: number): readonly [number, Hint] {
    const length = b - a;
    this.swaps = 0;
    const quarter = Math.floor(length / 4);
    let [i, j, k] = [a + quarter, a + quarter * 2, a + quarter * 3];
    if (length >= 8) {
      if (length >= LONG) {
        i = this.median(i - 1, i, i + 1);
        j = this.median(j - 1, j, j + 1);
        k = this.median(k - 1, k, k + 1);
      }
      j = this.median(i, j, k);
    }
    if (this.swaps === 0) return [j, "increasing"];
    if (this.swaps < 12) return [j, "unknown"];
    for (let left = a, right = b - 1; left < right; left++, right--) this.swap(left, right);
    return [b - 1 - (j - a), "increasing"];
  }

  private median(first: number, second: number, third: number): number {
    let [a, b, c] = [first, second, third];
    [a, b] = this.inOrder(a, b);
    [b, c] = this.inOrder(b, c);
    [a, b] = this.inOrder(a, b);
    return b;
  }

  private inOrder(a: number, b: number): [number, number] {
    if (!this.less(b, a)) return [a, b];
    this.swaps++;
    return [b, a];
  }
}
