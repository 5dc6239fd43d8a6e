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

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** A random UUID of version 4. */
export function randomUid(random: Random): string {
  const [a, b, c, d] = [random.word(), random.word(), random.word(), random.word()];
  return (
    `${hex(a >>> 24)}${hex(a >>> 16)}${hex(a >>> 8)}${hex(a)}-${hex(b >>> 24)}${hex(b >>> 16)}-` +
    `${hex(((b >>> 8) & 0x0f) | 0x40)}${hex(b)}-${hex(((c >>> 24) & 0x3f) | 0x80)}${hex(c >>> 16)}-` +
    `${hex(c >>> 8)}${hex(c)}${hex(d >>> 24)}${hex(d >>> 16)}${hex(d >>> 8)}${hex(d)}`
  );
}

function hex(word: number): string {
  return HEX[word & 255] ?? "00";
}
