import type { Random } from "../../engine/random.ts";

/** Letters of generated suffixes: no vowels and none of 0, 1, 3, so that no words arise (apimachinery `util/rand`). */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
/** A generated name may have 63 characters; the base is cut to leave room (apiserver `storage/names`). */
const LONGEST_BASE = 63 - SUFFIX_LENGTH;

/** Text of `length` letters of Kubernetes' own alphabet. */
function randomLetters(random: Random, length: number): string {
  let text = "";
  for (let at = 0; at < length; at++) text += ALPHABET[random.int(ALPHABET.length)] ?? "";
  return text;
}

/** Name made from a generateName: the base, cut where needed, and five random letters. */
export function generateName(random: Random, base: string): string {
  return `${base.slice(0, LONGEST_BASE)}${randomLetters(random, SUFFIX_LENGTH)}`;
}

/** Writes the letters of a hash sum so that no words arise, as `pod-template-hash` does (apimachinery `SafeEncodeString`). */
export function safeEncode(text: string): string {
  let encoded = "";
  for (let at = 0; at < text.length; at++) {
    encoded += ALPHABET[text.charCodeAt(at) % ALPHABET.length] ?? "";
  }
  return encoded;
}

/** Character codes of the hexadecimal digits. */
const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** The codes of the next UUID. Dashes stay where they are; digits are written over. */
const codes: number[] = new Array<number>(36).fill("-".charCodeAt(0));

/** A random UUID of version 4. Made from its codes at once: a text put together from pieces is put together again by its first reader. */
export function randomUid(random: Random): string {
  const a = random.word();
  const b = random.word();
  const c = random.word();
  const d = random.word();
  writeHex(0, 8, a);
  writeHex(9, 4, b >>> 16);
  writeHex(14, 4, (b & 0x0fff) | 0x4000);
  writeHex(19, 4, ((c >>> 16) & 0x3fff) | 0x8000);
  writeHex(24, 4, c);
  writeHex(28, 8, d);
  return String.fromCharCode.apply(undefined, codes);
}

/** Writes the low digits of a word. */
function writeHex(at: number, digits: number, word: number): void {
  for (let place = at + digits - 1, rest = word; place >= at; place--, rest >>>= 4) {
    codes[place] = DIGITS[rest & 15] as number;
  }
}
