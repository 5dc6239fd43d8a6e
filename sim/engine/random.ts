import seedrandom from "seedrandom";
import { hashHigh, hashLow, hashStart, hashText, hashWord } from "./hash.ts";

/** Position of a stream, as plain data. */
export type RandomState = readonly [number, number, number, number];

/**
 * A named stream of random numbers. `fork` depends on the names alone, never on what was drawn before:
 * a new actor shifts nobody else's draws.
 */
export interface Random {
  /** The stream of this name below this one; the same name gives the same stream from its start. */
  fork(name: string): Random;
  /** An integer of 32 bits, unsigned. */
  word(): number;
  /** A number in [0, 1) with 32 random bits: exact, so the same on every JavaScript engine. */
  fraction(): number;
  /** An integer in [0, bound), without bias; `bound` from 1 to 2^32. */
  int(bound: number): number;
  save(): RandomState;
  load(state: RandomState): void;
}

/** The root stream of a seed. Seeds are texts: 64-bit numbers survive, and any name will do. */
export function randomFrom(seed: string): Random {
  const source = seedrandom.alea(seed);
  return new Sfc32(source.int32(), source.int32());
}

/**
 * sfc32 (C. Doty-Humphrey, PractRand) behind the interface: 128 bits of state, 8 ns a draw, and a stream costs
 * one object. Its key is a hash of the seed's words and of the names on the way to it.
 */
class Sfc32 implements Random {
  readonly #keyHigh: number;
  readonly #keyLow: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(keyHigh: number, keyLow: number) {
    this.#keyHigh = keyHigh;
    this.#keyLow = keyLow;
    this.#a = keyHigh | 0;
    this.#b = keyLow | 0;
    this.#c = keyHigh ^ Math.imul(keyLow, 0x9e3779b1);
    // The generator's author asks for 12 rounds before the first draw.
    for (let round = 0; round < 12; round++) this.word();
  }

  fork(name: string): Random {
    hashStart(this.#keyHigh, this.#keyLow);
    hashWord(0x666f726b);
    hashText(name);
    return new Sfc32(hashHigh(), hashLow());
  }

  word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  fraction(): number {
    return this.word() / 4_294_967_296;
  }

  int(bound: number): number {
    // Rejection over the largest multiple of the bound keeps every outcome equally likely.
    const limit = 4_294_967_296 - (4_294_967_296 % bound);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % bound;
  }

  save(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  load([a, b, c, counter]: RandomState): void {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }
}
