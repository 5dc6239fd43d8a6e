import { LONG_LAG, lehmer, SHORT_LAG, startTable } from "./lagged-fibonacci.ts";
import { Words } from "./words.ts";

/**
 * Go's `math/rand` source and the draws built on it, so that the published experiment can be repeated draw by draw
 * (additive lagged Fibonacci generator, D. Knuth, TAOCP 2, 3.2.2).
 */
export class GoRandom {
  private readonly ring = new Words(LONG_LAG);
  private tap = 0;
  private feed = LONG_LAG - SHORT_LAG;

  constructor(seed: number) {
    const cooked = startTable();
    const { high, low } = this.ring;
    let x = seed % 2_147_483_647;
    if (x < 0) x += 2_147_483_647;
    if (x === 0) x = 89_482_311;
    for (let skipped = 0; skipped < 20; skipped++) x = lehmer(x);
    for (let at = 0; at < LONG_LAG; at++) {
      const first = lehmer(x);
      const second = lehmer(first);
      x = lehmer(second);
      // first·2^40 ^ second·2^20 ^ x
      high[at] = (first << 8) ^ (second >>> 12) ^ (cooked.high[at] as number);
      low[at] = (second << 20) ^ x ^ (cooked.low[at] as number);
    }
  }

  /** 63 random bits as a pair: the upper 31 and the lower 32. */
  int63(): readonly [high: number, low: number] {
    this.step();
    return [
      (this.ring.high[this.feed] as number) & 0x7fff_ffff,
      this.ring.low[this.feed] as number,
    ];
  }

  /** Drops one draw. */
  discard(): void {
    this.step();
  }

  /** An integer in 0..n−1 (`Intn`), n up to 2^31 − 1. */
  int(n: number): number {
    if ((n & (n - 1)) === 0) return this.int31() & (n - 1);
    const max = 2_147_483_647 - (2_147_483_648 % n);
    let value = this.int31();
    while (value > max) value = this.int31();
    return value % n;
  }

  /** Permutes in place (`Shuffle`). */
  shuffle<T>(list: T[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.multiplied(i + 1);
      const swapped = list[i] as T;
      list[i] = list[j] as T;
      list[j] = swapped;
    }
  }

  /** A permutation of 0..n−1 (`Perm`). */
  perm(n: number): readonly number[] {
    const result: number[] = [];
    for (let i = 0; i < n; i++) {
      const j = this.int(i + 1);
      result[i] = result[j] ?? i;
      result[j] = i;
    }
    return result;
  }

  private step(): void {
    this.tap = this.tap === 0 ? LONG_LAG - 1 : this.tap - 1;
    this.feed = this.feed === 0 ? LONG_LAG - 1 : this.feed - 1;
    this.ring.addTo(this.feed, this.tap);
  }

  private int31(): number {
    return this.int63()[0];
  }

  /** An integer in 0..n−1 by Lemire's multiplication (`int31n`). */
  private multiplied(n: number): number {
    const threshold = (4_294_967_296 - n) % n;
    for (;;) {
      const [high, low] = this.int63();
      const word = ((high << 1) | (low >>> 31)) >>> 0;
      const product = word * n;
      const below = product % 4_294_967_296;
      if (below >= n || below >= threshold) return Math.floor(product / 4_294_967_296);
    }
  }
}
