import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deepEqual } from "../../../sim/api/meta/equal.ts";

const value = fc.jsonValue({ maxDepth: 4 });

describe("equality of plain values", () => {
  it("is that of their JSON, whatever is shared", () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(deepEqual(one, structuredClone(one))).toBe(true);
        expect(deepEqual([one, other], [one, one])).toBe(deepEqual(other, one));
        expect(deepEqual({ a: one }, { b: one })).toBe(false);
      }),
    );
  });

  it.each(["a", "constructor", "toString", "__proto__"])(
    "misses a field %s that is gone",
    (name) => {
      const full = JSON.parse(`{"x": 1, ${JSON.stringify(name)}: {}}`);
      expect(deepEqual(full, { x: 1 })).toBe(false);
      expect(deepEqual({ x: 1 }, full)).toBe(false);
      expect(deepEqual(full, JSON.parse(JSON.stringify(full)))).toBe(true);
    },
  );

  it("takes an undefined field for one that is not there", () => {
    expect(deepEqual({ a: undefined, b: 1 }, { b: 1 })).toBe(true);
    expect(deepEqual({ b: 1 }, { a: undefined, b: 1 })).toBe(true);
    expect(deepEqual({ a: undefined }, { a: null })).toBe(false);
  });
});
