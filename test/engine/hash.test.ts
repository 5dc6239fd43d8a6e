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

  test("lists differ by the items that differ, by their places, and by their length", () => {
    const items = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5 });
    fc.assert(
      fc.property(items, items, (before, after) => {
        const same = JSON.stringify(before) === JSON.stringify(after);
        expect(differenceOf({ before }, { before: after }) === differenceOf(1, 1)).toBe(same);
        expect(differenceOf(before, after) === differenceOf(1, 1)).toBe(same);
      }),
      { numRuns: 1000 },
    );
  });

  test("a change is told from the same change in another place", () => {
    const place = (path: string) => {
      const [a, b] = [
        { x: 1, y: 1 },
        { x: 1, y: 1 },
      ] as Record<string, number>[];
      const tree = { a, b, list: [{ x: 1 }, { x: 1 }] } as any;
      const [part, key] = [path.slice(0, -1), path.slice(-1)];
      const holder = part.startsWith("list") ? tree.list[Number(part.slice(4))] : tree[part];
      holder[key] = 2;
      return tree;
    };
    const from = { a: { x: 1, y: 1 }, b: { x: 1, y: 1 }, list: [{ x: 1 }, { x: 1 }] };
    const paths = ["ax", "ay", "bx", "by", "list0x", "list1x"];
    const hashes = paths.map((path) => differenceOf(from, place(path)));
    expect(new Set(hashes).size).toBe(paths.length);
  });

  test.each(["constructor", "toString", "__proto__"])(
    "a field %s comes and goes like any",
    (name) => {
      const full = JSON.parse(`{"x": 1, ${JSON.stringify(name)}: {}}`);
      const hashes = [
        differenceOf(full, { x: 1 }),
        differenceOf({ x: 1 }, full),
        differenceOf(1, 1),
      ];
      expect(new Set(hashes).size).toBe(3);
      expect(differenceOf(full, JSON.parse(JSON.stringify(full)))).toBe(differenceOf(1, 1));
      expect(differenceOf({ y: 1 }, { [name]: 1 })).not.toBe(differenceOf({}, { [name]: 1 }));
    },
  );

  test("a field that is undefined is a field that is not there", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.string(), value, (object, key, item) => {
        const { [key]: _, ...without } = { ...object, [key]: item };
        const undefinedField = { ...without, [key]: undefined };
        expect(differenceOf({ ...without, [key]: item }, undefinedField)).toBe(
          differenceOf({ ...without, [key]: item }, without),
        );
        expect(differenceOf(without, undefinedField)).toBe(differenceOf(1, 1));
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
