import { describe, expect, it } from "vitest";
import { hasFinalizer, withFinalizer, withoutFinalizer } from "../../../sim/api/meta/finalizers.ts";

const bare = { metadata: { name: "a" } as { name: string; finalizers?: readonly string[] } };
const held = { metadata: { name: "a", finalizers: ["one", "two"] } };

describe("finalizers", () => {
  it("are added once", () => {
    expect(hasFinalizer(bare, "one")).toBe(false);
    expect(withFinalizer(bare, "one").metadata.finalizers).toEqual(["one"]);
    expect(withFinalizer(held, "two")).toBe(held);
  });

  it("go one by one, and the field with the last", () => {
    expect(withoutFinalizer(held, "one").metadata).toEqual({ name: "a", finalizers: ["two"] });
    const last = withoutFinalizer(withoutFinalizer(held, "one"), "two");
    expect("finalizers" in last.metadata).toBe(false);
    expect(held.metadata.finalizers).toEqual(["one", "two"]);
  });
});
