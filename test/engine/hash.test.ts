import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashDifference, hashHigh, hashLow, hashStart, hashValue } from "../../sim/engine/hash.ts";

const value = fc.jsonValue({ maxDepth: 4 });

function differenceOf(before: unknown, after: unknown): string {
  hashStart();
  hashDifference(before, after);
  return `${hashHigh()} ${hashLow()}`;
}

function hashOf(item: unknown): string {
  hashStart();
  hashValue(item);
  return `${hashHigh()} ${hashLow()}`;
}

describe("structural hashes", () => {
  test("equal content differs in nothing, whether it is shared or copied", () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(differenceOf(item, structuredClone(item))).toBe(differenceOf(item, item));
      }),
    );
  });

  test("what a change contributes does not depend on which parts are shared", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.string(), value, (before, key, item) => {
        const shared = { ...before, [key]: item };
        expect(differenceOf(before, structuredClone(shared))).toBe(differenceOf(before, shared));
      }),
    );
  });

  test("different values have different hashes, among all that are tried", () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(value, (item) => {
        const text = JSON.stringify(item);
        const hash = hashOf(JSON.parse(text));
        expect(seen.get(hash) ?? text).toBe(text);
        seen.set(hash, text);
      }),
      { numRuns: 2000 },
    );
  });
});
