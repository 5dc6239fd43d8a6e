import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KubeObject, keyOf } from "../../../sim/api/object.ts";
import { changedParts } from "../../../sim/api/object-parts.ts";
import { byNode, type IndexRule, ObjectSet } from "../../../sim/api/object-set.ts";

const VALUES = ["", "a", "b"];

/** The same values, of which only the number of objects is kept. */
const countedByNode: IndexRule = { ...byNode, counts: true };

function pod(name: number, nodeName: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${name}`, uid: "", resourceVersion: "", creationTimestamp: "" },
    spec: { nodeName },
  };
}

const step = fc.record({
  do: fc.constantFrom("put", "put", "put", "remove", "ask"),
  name: fc.nat(5),
  value: fc.constantFrom(...VALUES),
});

describe("indexes of objects", () => {
  it("file what is there, whenever they are first asked", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const set = new ObjectSet();
        set.addIndex("node", byNode);
        set.addIndex("counted", countedByNode);
        const free: number[] = [];
        const model = new Map<string, KubeObject>();
        for (const one of steps) {
          const object = pod(one.name, one.value);
          const key = keyOf(object);
          if (one.do === "put") {
            const row = set.rowOf(key);
            if (row === undefined) set.insert(object, key, free.pop() ?? set.size);
            else {
              const before = set.get(key)!;
              // A write that leaves a part as it was keeps the very object of it.
              const same = (before.spec as any).nodeName === one.value;
              const after = same ? { ...object, spec: before.spec } : object;
              set.replace(before, after, row, changedParts(before, after));
              model.set(key, after);
              continue;
            }
            model.set(key, object);
          } else if (one.do === "remove") {
            const row = set.rowOf(key);
            expect(set.remove(key)).toBe(model.get(key));
            if (row !== undefined) free.push(row);
            model.delete(key);
          } else {
            const wanted = [...model.values()].filter(
              ({ spec }) => one.value !== "" && (spec as any).nodeName === one.value,
            );
            expect(new Set(set.indexed("node", one.value))).toEqual(new Set(wanted));
            expect(set.countIndexed("node", one.value)).toBe(wanted.length);
            expect(set.countIndexed("counted", one.value)).toBe(wanted.length);
          }
        }
        expect([...set.values()]).toEqual([...model.values()]);
        const copy = new ObjectSet();
        copy.addIndex("node", byNode);
        copy.load(set.save());
        expect(copy.save()).toEqual(set.save());
        for (const [key, object] of model) expect(copy.get(key)).toBe(object);
      }),
    );
  });

  it("that only count give no objects", () => {
    const set = new ObjectSet();
    set.addIndex("counted", countedByNode);
    expect(() => [...set.indexed("counted", "a")]).toThrow("this index only counts");
  });

  it("are refused by a name that nobody gave", () => {
    expect(() => [...new ObjectSet().indexed("node", "a")]).toThrow("no index node");
  });
});
