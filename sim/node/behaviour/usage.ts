import { type Micros, SECOND } from "../../engine/time.ts";

/** One piece of a usage: from an instant on, a value that may grow. */
export interface UsagePiece {
  /** Since the container's start. */
  readonly from: Micros;
  /** Millicores, or bytes. */
  readonly value: number;
  /** Growth each second. */
  readonly slope: number;
}

/** Use of a resource over a container's life, oldest piece first. */
export type Usage = readonly UsagePiece[];

/** Value at an age of the container; 0 before the first piece. */
export function usageAt(usage: Usage, age: Micros): number {
  const piece = pieceAt(usage, age);
  return piece === undefined ? 0 : levelOf(piece, age);
}

/** Sum of value × seconds between two ages. */
export function usageBetween(usage: Usage, from: Micros, to: Micros): number {
  let sum = 0;
  for (let at = 0; at < usage.length; at++) {
    const piece = usage[at] as UsagePiece;
    const start = Math.max(from, piece.from);
    const end = Math.min(to, usage[at + 1]?.from ?? to);
    if (end <= start) continue;
    sum += ((levelOf(piece, start) + levelOf(piece, end)) / 2) * ((end - start) / SECOND);
  }
  return sum;
}

/** First age from `after` on at which the usage is above a limit; `undefined` when it never is. */
export function firstAbove(usage: Usage, limit: number, after: Micros): Micros | undefined {
  for (let at = 0; at < usage.length; at++) {
    const piece = usage[at] as UsagePiece;
    const end = usage[at + 1]?.from ?? Number.POSITIVE_INFINITY;
    const start = Math.max(piece.from, after);
    if (start >= end) continue;
    if (levelOf(piece, start) > limit) return start;
    if (piece.slope <= 0) continue;
    const crossing = piece.from + Math.ceil(((limit - piece.value) * SECOND) / piece.slope) + 1;
    if (crossing < end) return Math.max(crossing, start);
  }
  return undefined;
}

/** Next age after `age` at which a piece begins. */
export function nextPiece(usage: Usage, age: Micros): Micros | undefined {
  return usage.find((piece) => piece.from > age)?.from;
}

/** Growth each second at an age. */
export function slopeAt(usage: Usage, age: Micros): number {
  return pieceAt(usage, age)?.slope ?? 0;
}

function pieceAt(usage: Usage, age: Micros): UsagePiece | undefined {
  let found: UsagePiece | undefined;
  for (const piece of usage) {
    if (piece.from > age) break;
    found = piece;
  }
  return found;
}

function levelOf(piece: UsagePiece, age: Micros): number {
  return piece.slope === 0
    ? piece.value
    : piece.value + (piece.slope * (age - piece.from)) / SECOND;
}
