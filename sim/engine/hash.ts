/**
 * Fast structural hashing of plain data, for the rolling digest and for naming random streams.
 * Two 32-bit lanes of MurmurHash3-like mixing (`Math.imul` only: the same bits on every JavaScript engine).
 */

/** The two lanes. A typed array, because a variable of a module would box every value beyond 31 bits. */
const lanes = new Int32Array(2);
const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/** Starts a hash; one is under way at a time. */
export function hashStart(seedHigh = 0x9e3779b9, seedLow = 0x85ebca6b): void {
  lanes[0] = seedHigh;
  lanes[1] = seedLow;
}

/** Mixes one 32-bit word in. */
export function hashWord(word: number): void {
  const scattered = scatter(word);
  const high = stirHigh(lanes[0] as number, scattered);
  lanes[1] = stirLow(lanes[1] as number, scattered, high);
  lanes[0] = high;
}

function scatter(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return (product << 15) | (product >>> 17);
}

function stirHigh(high: number, word: number): number {
  const stirred = high ^ Math.imul(word, 0x1b873593);
  return (Math.imul((stirred << 13) | (stirred >>> 19), 5) + 0x38495ab5) | 0;
}

function stirLow(low: number, word: number, high: number): number {
  const stirred = low ^ word;
  return (Math.imul((stirred << 16) | (stirred >>> 16), 0x2127599b) + high) | 0;
}

/** Mixes a text in, with its length. */
export function hashText(text: string): void {
  const length = text.length;
  hashWord(length);
  let high = lanes[0] as number;
  let low = lanes[1] as number;
  const even = length & ~1;
  for (let at = 0; at < even; at += 2) {
    const pair = scatter(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    high = stirHigh(high, pair);
    low = stirLow(low, pair, high);
  }
  if (even < length) {
    const last = scatter(text.charCodeAt(even));
    high = stirHigh(high, last);
    low = stirLow(low, last, high);
  }
  lanes[0] = high;
  lanes[1] = low;
}

const known = new Map<string, number>();
/** Names of actors, event types and kinds are few; the bound only guards against surprises. */
const KNOWN_LIMIT = 65_536;

/** Mixes a name in that will come again. */
export function hashName(name: string): void {
  hashWord(nameWord(name));
}

/** The hash of a name that will come again: it is remembered. */
export function nameWord(name: string): number {
  let word = known.get(name);
  if (word === undefined) {
    word = wordOf(name);
    if (known.size >= KNOWN_LIMIT) known.clear();
    known.set(name, word);
  }
  return word;
}

/** FNV-1a, finished as MurmurHash3 does. */
function wordOf(name: string): number {
  let word = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) word = Math.imul(word ^ name.charCodeAt(at), 0x01000193);
  return finish(word ^ name.length);
}

/** Mixes a double in, by its bits; integers of 32 bits go the short way. */
function hashNumber(value: number): void {
  const integer = value | 0;
  if (integer === value) {
    hashWord(integer);
    return;
  }
  number[0] = value;
  hashWord(words[0] as number);
  hashWord(words[1] as number);
}

/** Mixes any plain value in: its tree of keys and values, in the order they were written. */
export function hashValue(value: unknown): void {
  switch (typeof value) {
    case "string":
      hashWord(1);
      hashText(value);
      return;
    case "number":
      hashWord(2);
      hashNumber(value);
      return;
    case "boolean":
      hashWord(value ? 3 : 4);
      return;
    case "object":
      hashTree(value as object | null);
      return;
    default:
      hashWord(5);
  }
}

function hashTree(value: object | null): void {
  if (value === null) {
    hashWord(6);
    return;
  }
  if (Array.isArray(value)) {
    hashWord(7);
    hashWord(value.length);
    for (const item of value) hashValue(item);
    return;
  }
  hashWord(8);
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (item === undefined) continue;
    hashName(key);
    hashValue(item);
  }
  hashWord(9);
}

/** The way to where two values are compared, and how far down that way is in the hash already. */
const path: (string | number)[] = [];
let depth = 0;
let mixed = 0;

/**
 * Mixes in what differs between two plain values: shared subtrees are passed over, so that the cost is that of
 * the change. Equal content contributes nothing, whether it is shared or copied. Answers whether anything differed.
 */
export function hashDifference(before: unknown, after: unknown): boolean {
  depth = 0;
  mixed = 0;
  return differ(before, after);
}

function differ(before: unknown, after: unknown): boolean {
  if (before === after) return false;
  if (
    typeof before === "object" &&
    typeof after === "object" &&
    before !== null &&
    after !== null
  ) {
    if (Array.isArray(after)) {
      if (Array.isArray(before)) return differInItems(before, after);
    } else if (!Array.isArray(before)) {
      return differInFields(before as Fields, after as Fields);
    }
  }
  mixPath();
  hashValue(after);
  return true;
}

type Fields = Readonly<Record<string, unknown>>;

function differInFields(before: Fields, after: Fields): boolean {
  let differs = false;
  let shared = 0;
  for (const key in after) {
    const value = after[key];
    if (value === undefined) continue;
    let old = before[key];
    if (value !== old) {
      if (isInherited(old)) old = undefined;
      if (below(key, old, value)) differs = true;
    }
    if (old !== undefined) shared++;
  }
  return differFromGone(before, after, shared) || differs;
}

/** Mixes in which fields are gone, where there are more than the `shared` ones. */
function differFromGone(before: Fields, after: Fields, shared: number): boolean {
  let left = -shared;
  for (const _ in before) left++;
  if (left === 0) return false;
  let differs = false;
  for (const key in before) {
    const kept = after[key];
    if (before[key] === undefined || (kept !== undefined && !isInherited(kept))) continue;
    mixPath();
    hashWord(10);
    hashName(key);
    differs = true;
  }
  return differs;
}

/** Whether what was read under a name is no field of plain data, but what every object has by that name (`constructor`). */
function isInherited(value: unknown): boolean {
  return typeof value === "function" || value === Object.prototype;
}

function differInItems(before: readonly unknown[], after: readonly unknown[]): boolean {
  const { length } = after;
  let differs = false;
  for (let at = 0; at < length; at++) {
    const item = after[at];
    const old = before[at];
    if (item !== old && below(at, old, item)) differs = true;
  }
  if (length === before.length) return differs;
  mixPath();
  hashWord(11);
  hashWord(length);
  return true;
}

/** Compares what lies under a name. The name enters the hash with the first difference below it, and so does the way back. */
function below(key: string | number, before: unknown, after: unknown): boolean {
  path[depth++] = key;
  const differs = differ(before, after);
  depth--;
  if (mixed > depth) {
    mixed = depth;
    hashWord(12);
  }
  return differs;
}

function mixPath(): void {
  for (; mixed < depth; mixed++) {
    const key = path[mixed] as string | number;
    if (typeof key === "string") hashName(key);
    else hashWord(key);
  }
}

/** Ends the hash: its high lane, well mixed. */
export function hashHigh(): number {
  return finish((lanes[0] as number) ^ (lanes[1] as number)) >>> 0;
}

/** Ends the hash: its low lane, well mixed. */
export function hashLow(): number {
  return finish((lanes[1] as number) + Math.imul(lanes[0] as number, 0x27d4eb2f)) >>> 0;
}

function finish(word: number): number {
  let bits = word ^ (word >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
