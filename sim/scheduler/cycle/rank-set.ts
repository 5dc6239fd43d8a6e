/** Up to this many members are kept as a sorted list, more as bits. */
const FEW = 24;

/** Number of set bits of a 32-bit word. */
function bitCount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * A set of node ranks. Adding and removing is cheap, and the k-th smallest member is found without looking at each:
 * a draw among thousands of tied nodes depends on the set alone, not on how it came about.
 */
export class RankSet {
  private few: number[] = [];
  private bits: Int32Array | undefined;
  private readonly capacity: number;
  size = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(rank: number): void {
    this.size++;
    if (this.bits !== undefined) {
      this.bits[rank >>> 5] = (this.bits[rank >>> 5] as number) | (1 << (rank & 31));
      return;
    }
    const { few } = this;
    let at = few.length;
    few.push(rank);
    for (; at > 0 && (few[at - 1] as number) > rank; at--) few[at] = few[at - 1] as number;
    few[at] = rank;
    if (few.length > FEW) this.widen();
  }

  remove(rank: number): void {
    this.size--;
    if (this.bits !== undefined)
      this.bits[rank >>> 5] = (this.bits[rank >>> 5] as number) & ~(1 << (rank & 31));
    else this.few.splice(this.few.indexOf(rank), 1);
    if (this.size === 0) this.bits = undefined;
  }

  /** Adds the members' bits to `words`. */
  markIn(words: Int32Array): void {
    const { bits } = this;
    if (bits === undefined)
      for (const rank of this.few)
        words[rank >>> 5] = (words[rank >>> 5] as number) | (1 << (rank & 31));
    else
      for (let at = 0; at < bits.length; at++)
        words[at] = (words[at] as number) | (bits[at] as number);
  }

  /** The member with `k` smaller ones. */
  kth(k: number): number {
    return this.bits === undefined ? (this.few[k] as number) : kthBit(this.bits, k);
  }

  private widen(): void {
    const bits = new Int32Array((this.capacity + 31) >>> 5);
    this.markIn(bits);
    this.bits = bits;
    this.few = [];
  }
}

/** Position of the set bit with `k` set bits before it. */
export function kthBit(words: Int32Array, k: number): number {
  let left = k;
  for (let at = 0; at < words.length; at++) {
    let word = words[at] as number;
    if (word === 0) continue;
    const count = bitCount(word);
    if (left >= count) {
      left -= count;
      continue;
    }
    for (; left > 0; left--) word &= word - 1;
    return at * 32 + 31 - Math.clz32(word & -word);
  }
  return -1;
}
