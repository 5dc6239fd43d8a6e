import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KubeObject, keyOf } from "../../../sim/api/object.ts";
import { byNode, ObjectSet } from "../../../sim/api/object-set.ts";

const VALUES = ["", "a", "b"];

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
        const free: number[] = [];
        const model = new Map<string, KubeObject>();
        for (const one of steps) {
          const object = pod(one.name, one.value);
          const key = keyOf(object);
          if (one.do === "put") {
            const row = set.rowOf(key);
            if (row === undefined) set.insert(object, key, free.pop() ?? set.size);
            else set.replace(set.get(key)!, object, row);
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

  it("are refused by a name that nobody gave", () => {
    expect(() => [...new ObjectSet().indexed("node", "a")]).toThrow("no index node");
  });
});
