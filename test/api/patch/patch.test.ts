import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalJson, goText, isObject } from "../../../sim/api/patch/json-value.ts";
import { applyMergePatch } from "../../../sim/api/patch/merge-patch.ts";
import { applyStrategicMerge } from "../../../sim/api/patch/strategic-merge.ts";
import { failure, object } from "./any-json.ts";

/** The merge patch that leads from one object to another; lists are replaced whole. */
function diffMergePatch(
  before: Record<string, any>,
  after: Record<string, any>,
): Record<string, any> {
  const patch = new Map<string, unknown>();
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch.set(key, null);
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (isObject(old) && isObject(value)) {
      const inner = diffMergePatch(old, value);
      if (Object.keys(inner).length > 0) patch.set(key, inner);
    } else if (value !== undefined && !equalJson(old, value)) {
      patch.set(key, value);
    }
  }
  return Object.fromEntries(patch);
}

describe("a merge patch", () => {
  it.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  ])("of %j by %j gives %j", (before, patch, after) => {
    expect(applyMergePatch<unknown>(before, patch)).toEqual(after);
  });

  it("that is no object is a bad request", () => {
    expect(failure(() => applyMergePatch({}, [1])).message).toBe(
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
  });

  it("law: the difference of two objects leads from one to the other", () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const patch = diffMergePatch(before, after);
        expect(equalJson(applyMergePatch(before, patch), after)).toBe(true);
      }),
    );
  });

  it("law: applying a merge patch twice is applying it once", () => {
    fc.assert(
      fc.property(object, object, (before, patch) => {
        const once = applyMergePatch(before, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

const template = (spec: object): object => ({ spec: { template: { spec } } });
const containers = (...names: string[]) => names.map((name) => ({ name, image: `${name}:1` }));

describe("a strategic merge patch", () => {
  const deployment = template({
    containers: [
      { name: "a", image: "a:1", env: [{ name: "X", value: "1" }] },
      { name: "b", image: "b:1" },
    ],
    volumes: [{ name: "v", emptyDir: {} }],
    tolerations: [{ key: "k", operator: "Exists" }],
  });
  const apply = (patch: object): any =>
    applyStrategicMerge<any>("apps.v1.Deployment", deployment, patch).spec.template.spec;

  it("merges list items by their key", () => {
    const spec = apply(template({ containers: [{ name: "b", image: "b:2" }] }));
    expect(spec.containers.map((one: any) => one.image)).toEqual(["a:1", "b:2"]);
  });
  it("keeps the order of the patch for what it names", () => {
    const patch = {
      containers: [
        { name: "c", image: "c" },
        { name: "a", image: "a:2" },
      ],
    };
    expect(apply(template(patch)).containers.map((one: any) => one.name)).toEqual(["c", "a", "b"]);
  });
  it("deletes the item of a $patch: delete", () => {
    const spec = apply(template({ containers: [{ name: "a", $patch: "delete" }] }));
    expect(spec.containers).toEqual([{ name: "b", image: "b:1" }]);
  });
  it("replaces the list of a $patch: replace", () => {
    const spec = apply(template({ containers: [{ name: "z" }, { $patch: "replace" }] }));
    expect(spec.containers).toEqual([{ name: "z" }]);
  });
  it("replaces atomic lists", () => {
    expect(apply(template({ tolerations: [{ key: "n" }] })).tolerations).toEqual([{ key: "n" }]);
  });
  it("orders the list by $setElementOrder", () => {
    const patch = {
      "$setElementOrder/containers": [{ name: "b" }, { name: "a" }],
      containers: [{ name: "a", image: "a:2" }],
    };
    expect(apply(template(patch)).containers.map((one: any) => one.image)).toEqual(["b:1", "a:2"]);
  });
  it("keeps only what $retainKeys names", () => {
    const volume = { name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } };
    expect(apply(template({ volumes: [volume] })).volumes).toEqual([
      { name: "v", hostPath: { path: "/x" } },
    ]);
  });
  it("obeys a patch that kubectl apply made", () => {
    const before = {
      spec: {
        replicas: 1,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
        template: {
          spec: {
            containers: [
              {
                name: "a",
                image: "b",
                tty: true,
                env: [
                  { name: "X", value: "1" },
                  { name: "Y", value: "2" },
                ],
              },
              { name: "gone", image: "g" },
              { name: "injected", image: "s" },
            ],
            volumes: [{ name: "v", emptyDir: {} }],
          },
        },
      },
    };
    const patch = {
      spec: {
        replicas: 2,
        strategy: { $retainKeys: ["type"], rollingUpdate: null, type: "Recreate" },
        template: {
          spec: {
            "$setElementOrder/containers": [{ name: "n" }, { name: "a" }],
            "$setElementOrder/volumes": [{ name: "v" }],
            containers: [
              { image: "n:1", name: "n" },
              {
                "$setElementOrder/env": [{ name: "Y" }],
                env: [
                  { name: "Y", value: "3" },
                  { $patch: "delete", name: "X" },
                ],
                image: "c",
                name: "a",
              },
              { $patch: "delete", name: "gone" },
            ],
            volumes: [
              {
                $retainKeys: ["hostPath", "name"],
                emptyDir: null,
                hostPath: { path: "/x" },
                name: "v",
              },
            ],
          },
        },
      },
    };
    expect(applyStrategicMerge<unknown>("apps.v1.Deployment", before, patch)).toEqual({
      spec: {
        replicas: 2,
        strategy: { type: "Recreate" },
        template: {
          spec: {
            containers: [
              { name: "n", image: "n:1" },
              { name: "a", image: "c", tty: true, env: [{ name: "Y", value: "3" }] },
              { name: "injected", image: "s" },
            ],
            volumes: [{ name: "v", hostPath: { path: "/x" } }],
          },
        },
      },
    });
  });
  it("replaces and deletes maps by directive", () => {
    const replaced = applyStrategicMerge<any>(
      "core.v1.ConfigMap",
      { data: { a: "1" } },
      { data: { $patch: "replace", b: "2" } },
    );
    expect(replaced).toEqual({ data: { b: "2" } });
    const deleted = applyStrategicMerge<any>(
      "core.v1.ConfigMap",
      { data: { a: "1" } },
      { data: { $patch: "delete" } },
    );
    expect(deleted).toEqual({ data: {} });
  });
  it("merges sets of scalars and deletes from them", () => {
    const before = { metadata: { finalizers: ["a", "b"] } };
    const patch = {
      metadata: {
        "$deleteFromPrimitiveList/finalizers": ["a"],
        "$setElementOrder/finalizers": ["c", "b"],
        finalizers: ["c"],
      },
    };
    expect(applyStrategicMerge<unknown>("core.v1.Pod", before, patch)).toEqual({
      metadata: { finalizers: ["c", "b"] },
    });
  });
  it("takes away what is null", () => {
    expect(
      applyStrategicMerge<unknown>(
        "apps.v1.Deployment",
        { spec: { replicas: 1, paused: true } },
        { spec: { replicas: null } },
      ),
    ).toEqual({ spec: { paused: true } });
  });
  it("fails with 500 for an item without its merge key", () => {
    const error = failure(() => apply(template({ containers: [{ image: "x", env: [] }] })));
    expect(error.status).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      code: 500,
      message: "map: map[env:[] image:x] does not contain declared merge key: name",
    });
  });
  it("fails with 400 when the patch is no object or retains what it does not name", () => {
    expect(failure(() => applyStrategicMerge("core.v1.Pod", {}, [])).code).toBe(400);
    const volume = { name: "v", $retainKeys: ["name"], hostPath: { path: "/x" } };
    expect(failure(() => apply(template({ volumes: [volume] }))).message).toBe(
      "invalid patch format of retainKeys",
    );
  });

  const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 5 });
  it("law: an ordered patch leads to its items in its order, and twice is once", () => {
    fc.assert(
      fc.property(names, names, (old, now) => {
        const before = { spec: { containers: containers(...old) } };
        const deletions = old
          .filter((name) => !now.includes(name))
          .map((name) => ({ name, $patch: "delete" }));
        const patch = {
          spec: {
            "$setElementOrder/containers": now.map((name) => ({ name })),
            containers: [...containers(...now), ...deletions],
          },
        };
        const after = applyStrategicMerge<any>("core.v1.Pod", before, patch);
        expect(after.spec.containers.map((one: any) => one.name)).toEqual(now);
        expect(applyStrategicMerge("core.v1.Pod", after, patch)).toEqual(after);
      }),
    );
  });
  it("law: without merging lists it equals a merge patch", () => {
    const labels = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.string(), { maxKeys: 3 });
    fc.assert(
      fc.property(labels, labels, (one, other) => {
        const [before, after] = [{ data: one }, { data: other }];
        const patch = diffMergePatch(before, after);
        expect(applyStrategicMerge("core.v1.ConfigMap", before, patch)).toEqual(
          applyMergePatch(before, patch),
        );
      }),
    );
  });
});

describe("Go's text of a value", () => {
  it.each([
    [{ b: [1, "x"], a: null }, "map[a:<nil> b:[1 x]]"],
    [{ a: { c: true } }, "map[a:map[c:true]]"],
  ])("of %j is %s", (value, text) => {
    expect(goText(value)).toBe(text);
  });
});
