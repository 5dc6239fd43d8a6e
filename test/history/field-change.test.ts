import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../sim/api/object.ts";
import { fieldChanges, fieldChangeText, valueAt } from "../../sim/history/field-change.ts";

const metadata = {
  name: "web",
  namespace: "default",
  uid: "1",
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
};
const object = (rest: object): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata,
  ...rest,
});

describe("changes of fields", () => {
  test.each<[string, object, object, string[]]>([
    ["a leaf", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, ["spec.replicas 1 → 2"]],
    [
      "a field that came",
      {},
      { status: { phase: "Running" } },
      ['status none → {"phase":"Running"}'],
    ],
    [
      "a condition, by its type",
      { status: { conditions: [{ type: "Ready", status: "True" }] } },
      { status: { conditions: [{ type: "Ready", status: "False" }] } },
      ['status.conditions[type=Ready].status "True" → "False"'],
    ],
    [
      "an element without a name, by its place",
      { spec: { args: ["a", "b"] } },
      { spec: { args: ["a", "c"] } },
      ['spec.args[1] "b" → "c"'],
    ],
    [
      "a key with dots, in brackets",
      { metadata: { ...metadata, labels: { "app.kubernetes.io/name": "a" } } },
      { metadata: { ...metadata, labels: { "app.kubernetes.io/name": "b" } } },
      ['metadata.labels[app.kubernetes.io/name] "a" → "b"'],
    ],
  ])("%s", (_, before, after, texts) => {
    const found = fieldChanges(object(before), object(after)).map(fieldChangeText);
    expect(found).toEqual(texts);
  });

  test("what every write changes is no news", () => {
    const after = object({ metadata: { ...metadata, resourceVersion: "2" } });
    expect(fieldChanges(object({}), after)).toEqual([]);
  });

  test("every path leads to the values that it names", () => {
    const key = fc.constantFrom("a", "b", "x.y/z", "name", "type");
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (left, right) => {
        const [before, after] = [object({ spec: left }), object({ spec: right })];
        for (const change of fieldChanges(before, after)) {
          expect(valueAt(before, change.path)).toEqual(change.before);
          expect(valueAt(after, change.path)).toEqual(change.after);
        }
      }),
    );
  });
});
