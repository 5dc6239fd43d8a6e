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
        const model = new Map<string, KubeObject>();
        for (const one of steps) {
          const object = pod(one.name, one.value);
          if (one.do === "put") {
            set.put(object);
            model.set(keyOf(object), object);
          } else if (one.do === "remove") {
            expect(set.remove(keyOf(object))).toBe(model.get(keyOf(object)));
            model.delete(keyOf(object));
          } else {
            const wanted = [...model.values()].filter(
              ({ spec }) => one.value !== "" && (spec as any).nodeName === one.value,
            );
            expect(new Set(set.indexed("node", one.value))).toEqual(new Set(wanted));
            expect(set.countIndexed("node", one.value)).toBe(wanted.length);
          }
        }
        expect([...set.values()]).toEqual([...model.values()]);
      }),
    );
  });

  it("are refused by a name that nobody gave", () => {
    expect(() => [...new ObjectSet().indexed("node", "a")]).toThrow("no index node");
  });
});
