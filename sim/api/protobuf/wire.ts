import { ApiError } from "../api-error.ts";

/** 400 of a body that is no protobuf. */
export function malformed(why: string): ApiError {
  return new ApiError(400, "BadRequest", `the object provided is unrecognized: ${why}`);
}

/** What the lowest bit of a varint's byte counts for in the upper half, by the byte's place. */
const HIGH_UNITS: readonly number[] = [0, 0, 0, 0, 0, 8, 1024, 131_072, 16_777_216, 2_147_483_648];

/** One field as it lies on the wire: a number (varint or fixed) or bytes. */
export interface WireField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/** Reads the fields of a message one by one. Throws `ApiError` 400 for bytes that are no message. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next field; undefined at the end. */
  next(): WireField | undefined {
    if (this.#at >= this.#bytes.length) return undefined;
    const tag = this.#varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw malformed("proto: illegal tag 0");
    switch (tag % 8) {
      case 0:
        return { number, value: this.#varint() };
      case 1:
        return { number, value: this.#double() };
      case 2:
        return { number, value: this.#take(this.#varint()) };
      case 5:
        return { number, value: this.#take(4) };
      default:
        throw malformed("proto: wrong wireType");
    }
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw malformed("unexpected EOF");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  #double(): number {
    const part = this.#take(8);
    return new DataView(part.buffer, part.byteOffset, 8).getFloat64(0, true);
  }

  /** A varint as a signed 64-bit number; beyond 2^53 it is rounded. */
  #varint(): number {
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed("unexpected EOF");
      const bits = byte & 127;
      if (index < 4) low += bits * (1 << (7 * index));
      else if (index === 4) {
        low += (bits & 15) * 0x10000000;
        high += bits >> 4;
      } else high += bits * (HIGH_UNITS[index] ?? 0);
      if (byte < 128) return signed(low, high % 0x100000000);
    }
    throw malformed("proto: integer overflow");
  }
}

function signed(low: number, high: number): number {
  const top = high >= 0x80000000 ? high - 0x100000000 : high;
  return top * 0x100000000 + low;
}

/** Writes fields of a message. */
export class WireWriter {
  #bytes = new Uint8Array(64);
  #length = 0;

  varint(number: number, value: number): void {
    this.#tag(number, 0);
    this.#varint(value);
  }

  double(number: number, value: number): void {
    this.#tag(number, 1);
    const part = new Uint8Array(8);
    new DataView(part.buffer).setFloat64(0, value, true);
    this.#append(part);
  }

  bytes(number: number, value: ArrayLike<number>): void {
    this.#tag(number, 2);
    this.#varint(value.length);
    this.#append(value);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #append(value: ArrayLike<number>): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  #tag(number: number, type: number): void {
    this.#varint(number * 8 + type);
  }

  #varint(value: number): void {
    this.#reserve(10);
    let small = Math.trunc(value);
    if (small < 0 || small > 0x7fffffff) {
      let rest = BigInt.asUintN(64, BigInt(small));
      for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      small = Number(rest);
    }
    for (; small > 127; small >>>= 7) this.#bytes[this.#length++] = (small & 127) | 128;
    this.#bytes[this.#length++] = small;
  }
}

/** UTF-8 bytes as text; malformed sequences become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let code = first < 0x80 ? first : first & (0xff >> (size + 1));
    let valid = first < 0x80 || (first >= 0xc2 && first < 0xf5);
    for (let next = 1; next < size; next++) {
      const byte = bytes[at + next] ?? 0;
      if ((byte & 0xc0) !== 0x80) valid = false;
      code = code * 64 + (byte & 63);
    }
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) valid = false;
    text += valid ? String.fromCodePoint(code) : "\ufffd";
    at += valid ? size : 1;
  }
  return text;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Bytes as standard base64 with padding, as JSON has them. */
export function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3);
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    text += b === undefined ? "=" : ALPHABET.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    text += c === undefined ? "=" : ALPHABET.charAt(c & 63);
  }
  return text;
}
