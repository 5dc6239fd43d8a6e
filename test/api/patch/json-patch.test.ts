import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyJsonPatch } from "../../../sim/api/patch/json-patch.ts";
import { equalJson } from "../../../sim/api/patch/json-value.ts";
import { failure, json, object } from "./any-json.ts";

function escapeKey(text: string): string {
  return text.replaceAll("~", "~0").replaceAll("/", "~1");
}

describe("a JSON patch", () => {
  it.each([
    ["adds a member", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    ["adds to a list's end", { l: [1] }, [{ op: "add", path: "/l/-", value: 2 }], { l: [1, 2] }],
    [
      "inserts into a list",
      { l: [1, 3] },
      [{ op: "add", path: "/l/1", value: 2 }],
      { l: [1, 2, 3] },
    ],
    [
      "inserts counting from the end, where there is one place more",
      { l: [1, 2] },
      [
        { op: "add", path: "/l/-1", value: 3 },
        { op: "add", path: "/l/-4", value: 0 },
      ],
      { l: [0, 1, 2, 3] },
    ],
    ["removes an item", { l: [1, 2] }, [{ op: "remove", path: "/l/0" }], { l: [2] }],
    [
      "counts from the end",
      { l: [1, 2] },
      [{ op: "replace", path: "/l/-1", value: 3 }],
      { l: [1, 3] },
    ],
    [
      "moves",
      { a: { x: 1 }, b: {} },
      [{ op: "move", from: "/a/x", path: "/b/y" }],
      { a: {}, b: { y: 1 } },
    ],
    ["copies", { a: [1] }, [{ op: "copy", from: "/a", path: "/b" }], { a: [1], b: [1] }],
    ["tests", { a: { b: null } }, [{ op: "test", path: "/a/b", value: null }], { a: { b: null } }],
    [
      "reads escapes",
      { "a/b": 1, "c~d": 2 },
      [
        { op: "remove", path: "/a~1b" },
        { op: "remove", path: "/c~0d" },
      ],
      {},
    ],
    ["replaces the whole", { a: 1 }, [{ op: "replace", path: "", value: { b: 1 } }], { b: 1 }],
  ])("%s", (_, before, operations, after) => {
    expect(applyJsonPatch<unknown>(before, operations)).toEqual(after);
  });

  it.each([
    [[{ op: "test", path: "/spec/replicas", value: 7 }]],
    [[{ op: "remove", path: "/none" }]],
    [[{ op: "replace", path: "/none", value: 1 }]],
    [[{ op: "add", path: "/none/deep", value: 1 }]],
    [[{ op: "add", path: "/l/5", value: 1 }]],
    [[{ op: "add", path: "nope", value: 1 }]],
    [[{ op: "jump", path: "/l" }]],
    [[{ op: "add", path: "/x" }]],
    [[{ op: "move", path: "/x" }]],
  ])("that fails is answered as unprocessable: %j", (operations) => {
    const error = failure(() => applyJsonPatch({ l: [] }, operations));
    expect(error.code).toBe(422);
    expect(error.reason).toBe("Invalid");
    expect(error.message).toBe("the server rejected our request due to an error in our request");
    expect(error.status.details).toEqual({});
  });

  it("that is no list is answered as a bad request", () => {
    const error = failure(() => applyJsonPatch({}, { op: "x" }));
    expect(error.status).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message:
        "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    });
  });

  it("law: an added member can be read back, and removing it restores the object", () => {
    fc.assert(
      fc.property(object, fc.string(), json.value, (before, name, value) => {
        fc.pre(!Object.hasOwn(before, name));
        const path = `/${escapeKey(name)}`;
        const added = applyJsonPatch(before, [{ op: "add", path, value }]);
        expect(Object.getOwnPropertyDescriptor(added, name)?.value).toEqual(value);
        expect(applyJsonPatch(added, [{ op: "test", path, value }])).toEqual(added);
        expect(equalJson(applyJsonPatch(added, [{ op: "remove", path }]), before)).toBe(true);
      }),
    );
  });
});
