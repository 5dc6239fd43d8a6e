/** Unsigned 64-bit numbers as two columns of 32 bits: what Go's generator computes with, without BigInt's cost. */
export class Words {
  readonly high: Uint32Array;
  readonly low: Uint32Array;

  constructor(length: number) {
    this.high = new Uint32Array(length);
    this.low = new Uint32Array(length);
  }

  /** Sets `this[at]` to `this[at] + this[other]` modulo 2^64. */
  addTo(at: number, other: number): void {
    const { high, low } = this;
    const sum = (low[at] as number) + (low[other] as number);
    low[at] = sum;
    high[at] = (high[at] as number) + (high[other] as number) + (sum > 0xffff_ffff ? 1 : 0);
  }
}

const TWO_32 = 4_294_967_296;

/**
 * Sum of products modulo 2^64. The partial sums stay below 2^53 for up to 100,000 products, so that they are exact
 * in doubles and carries are settled once.
 */
export class ProductSum {
  private lows = 0;
  private middles = 0;
  private highs = 0;

  clear(): void {
    this.lows = 0;
    this.middles = 0;
    this.highs = 0;
  }

  /** Adds (aHigh·2^32 + aLow)·(bHigh·2^32 + bLow). */
  add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
    const a0 = aLow & 0xffff;
    const a1 = aLow >>> 16;
    const b0 = bLow & 0xffff;
    const b1 = bLow >>> 16;
    this.lows += a0 * b0;
    this.middles += a1 * b0 + a0 * b1;
    this.highs += a1 * b1 + (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bHigh) >>> 0);
  }

  /** Writes the sum to `words[at]`. */
  store(words: Words, at: number): void {
    const low = this.lows + (this.middles % 65_536) * 65_536;
    const high = this.highs + Math.floor(this.middles / 65_536) + Math.floor(low / TWO_32);
    words.low[at] = low % TWO_32;
    words.high[at] = high % TWO_32;
  }
}
