import { ProductSum, Words } from "./words.ts";

/** Lags of the generator: x[n] = x[n − 607] + x[n − 273] modulo 2^64. */
export const LONG_LAG = 607;
/** Distance of the second term. */
export const SHORT_LAG = 273;
/** Steps by which the published start table was advanced from its own seed. */
const COOKING_STEPS = 7_800_000_000_000;

/** Lehmer's generator modulo 2^31 − 1 with multiplier 48271, which spreads a seed over the words. */
export function lehmer(x: number): number {
  return (x * 48_271) % 2_147_483_647;
}

/** Coefficients 0..606 of `product` (degree up to 1212) modulo z^607 = z^334 + 1. */
function reduce(product: Words): Words {
  for (let at = 2 * LONG_LAG - 2; at >= LONG_LAG; at--) {
    product.addTo(at - LONG_LAG, at);
    product.addTo(at - SHORT_LAG, at);
  }
  const result = new Words(LONG_LAG);
  result.high.set(product.high.subarray(0, LONG_LAG));
  result.low.set(product.low.subarray(0, LONG_LAG));
  return result;
}

function square({ high, low }: Words): Words {
  const product = new Words(2 * LONG_LAG - 1);
  const sum = new ProductSum();
  for (let at = 0; at < 2 * LONG_LAG - 1; at++) {
    sum.clear();
    const last = Math.min(at, LONG_LAG - 1);
    for (let i = at - last; i <= last; i++)
      sum.add(high[i] as number, low[i] as number, high[at - i] as number, low[at - i] as number);
    sum.store(product, at);
  }
  return reduce(product);
}

/** z^steps modulo z^607 − z^334 − 1: how the words after `steps` steps follow from the first ones. */
function power(steps: number): Words {
  let bits: number[] = [];
  for (let left = steps; left > 0; left = Math.floor(left / 2)) bits.push(left % 2);
  bits = bits.reverse();
  let result = new Words(LONG_LAG);
  result.low[0] = 1;
  for (const bit of bits) {
    result = square(result);
    if (bit === 0) continue;
    const shifted = new Words(2 * LONG_LAG - 1);
    shifted.high.set(result.high, 1);
    shifted.low.set(result.low, 1);
    result = reduce(shifted);
  }
  return result;
}

/** The words of the table's own seed in the order of the recurrence, with as many following ones. */
function firstWords(): Words {
  const table = new Words(LONG_LAG);
  let x = 1;
  for (let skipped = 0; skipped < 20; skipped++) x = lehmer(x);
  for (let at = 0; at < LONG_LAG; at++) {
    const first = lehmer(x);
    const second = lehmer(first);
    x = lehmer(second);
    // first·2^20 ^ second·2^10 ^ x, of up to 51 bits
    table.high[at] = (first >>> 12) ^ (second >>> 22);
    table.low[at] = (first << 20) ^ (second << 10) ^ x;
  }
  const words = new Words(2 * LONG_LAG - 1);
  for (let age = 0; age < LONG_LAG; age++) {
    words.high[age] = table.high[slotOf(age)] as number;
    words.low[age] = table.low[slotOf(age)] as number;
  }
  for (let at = LONG_LAG; at < 2 * LONG_LAG - 1; at++) {
    words.addTo(at, at - LONG_LAG);
    words.addTo(at, at - SHORT_LAG);
  }
  return words;
}

/** Slot of the ring that holds the word of an age, the oldest first: the ring is filled downwards from 333. */
function slotOf(age: number): number {
  return (2 * LONG_LAG - SHORT_LAG - 1 - age) % LONG_LAG;
}

let cooked: Words | undefined;

/** Go's start table for `math/rand`, derived by a polynomial jump; made when first asked for (0.1 s). */
export function startTable(): Words {
  if (cooked !== undefined) return cooked;
  const jump = power(COOKING_STEPS);
  const words = firstWords();
  const table = new Words(LONG_LAG);
  const sum = new ProductSum();
  // The ring after so many steps is written from another slot on.
  const turned = COOKING_STEPS % LONG_LAG;
  for (let age = 0; age < LONG_LAG; age++) {
    sum.clear();
    for (let i = 0; i < LONG_LAG; i++)
      sum.add(
        jump.high[i] as number,
        jump.low[i] as number,
        words.high[age + i] as number,
        words.low[age + i] as number,
      );
    sum.store(table, (slotOf(age) + LONG_LAG - turned) % LONG_LAG);
  }
  cooked = table;
  return table;
}
