import { createHash, createHmac } from "node:crypto";

const RECORD_BYTES = 32;
const BLOCK_RECORDS = 128;

/** A digest under way, as plain data: the chain so far and the records that wait for their block to fill. */
export interface DigestState {
  readonly chain: string;
  readonly waiting: readonly number[];
}

/** HMAC with SHA-256 of a text under a key, in base64 for addresses. */
export function signature(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}

/**
 * Rolling digest of a run: fixed records of 32 bytes, chained through SHA-256 a block of 4 KiB at a time.
 * The chain (not an open hash) makes it part of a checkpoint. `node:crypto` is a pure function here.
 */
export class Digest {
  readonly #block = new DataView(new ArrayBuffer(RECORD_BYTES * BLOCK_RECORDS));
  #filled = 0;
  #chain: string = "0".repeat(64);

  /** Adds one record: sequence number, time, cause and two words of content. */
  add(sequence: number, time: number, cause: number, high: number, low: number): void {
    const block = this.#block;
    const at = this.#filled * RECORD_BYTES;
    block.setFloat64(at, sequence, true);
    block.setFloat64(at + 8, time, true);
    block.setFloat64(at + 16, cause, true);
    block.setUint32(at + 24, high, true);
    block.setUint32(at + 28, low, true);
    if (++this.#filled === BLOCK_RECORDS) {
      this.#chain = this.#hash(BLOCK_RECORDS);
      this.#filled = 0;
    }
  }

  /** The digest so far, as 64 hexadecimal digits. */
  value(): string {
    return this.#filled === 0 ? this.#chain : this.#hash(this.#filled);
  }

  save(): DigestState {
    const waiting: number[] = [];
    for (let at = 0; at < this.#filled * RECORD_BYTES; at++) waiting.push(this.#block.getUint8(at));
    return { chain: this.#chain, waiting };
  }

  load({ chain, waiting }: DigestState): void {
    this.#chain = chain;
    this.#filled = waiting.length / RECORD_BYTES;
    waiting.forEach((byte, at) => {
      this.#block.setUint8(at, byte);
    });
  }

  #hash(records: number): string {
    const bytes = new Uint8Array(this.#block.buffer, 0, records * RECORD_BYTES);
    return createHash("sha256").update(this.#chain).update(bytes).digest("hex");
  }
}

/** SHA-256 of a text, in hexadecimal digits: for names that the simulated world makes of it. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
