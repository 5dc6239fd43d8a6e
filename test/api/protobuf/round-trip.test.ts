import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeProtobuf, encodeProtobuf } from "../../../sim/api/protobuf/codec.ts";
import { type MessageField, messageFields } from "../../../sim/api/protobuf/messages.ts";
import { messageTable } from "../../../sim/api/protobuf/table.gen.ts";
import { decode } from "../../../sim/api/schema/decode.ts";
import { typeTable } from "../../../sim/api/schema/table.gen.ts";
import { goldenRows } from "../kinds/rows.ts";

const text = fc.string({ unit: "grapheme", maxLength: 6 });
const json = fc
  .dictionary(fc.constantFrom("a", "b"), fc.oneof(fc.integer(), text, fc.boolean()))
  .map((object) => ({ ...object }));

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  bytes: fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  time: fc.constantFrom("2026-01-01T00:00:01Z", "2031-12-31T23:59:59Z"),
  microTime: fc.constantFrom("2026-01-01T00:00:01.000002Z", "2026-01-01T00:00:00.500000Z"),
  quantity: fc.constantFrom("100m", "1Gi", "2"),
  raw: json,
  intOrString: fc.oneof(fc.integer(), text),
  bool: fc.boolean(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  float64: fc.double({ noNaN: true }),
  list: fc.array(text, { minLength: 1, maxLength: 3 }),
};

function arbitraryOf(type: string, depth: number): fc.Arbitrary<unknown> {
  const schema = () => message("apiextensions.v1.JSONSchemaProps", depth + 2);
  if (type === "schemaOrBool") return fc.oneof(fc.boolean(), schema());
  if (type === "schemaOrArray")
    return fc.oneof(schema(), fc.array(schema(), { minLength: 1, maxLength: 2 }));
  if (type === "schemaOrStrings")
    return fc.oneof(schema(), fc.array(text, { minLength: 1, maxLength: 2 }));
  return scalars[type] ?? message(type, depth + 1);
}

function fieldOf({ repeated, map, type }: MessageField, depth: number): fc.Arbitrary<unknown> {
  const one = arbitraryOf(type, depth);
  if (map)
    return fc
      .dictionary(fc.constantFrom("x", "y/z"), one, { minKeys: 1, maxKeys: 2 })
      .map((all) => ({ ...all }));
  return repeated ? fc.array(one, { minLength: 1, maxLength: 2 }) : one;
}

/** An object with some of a message's fields; deep inside with none. */
function message(name: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = depth > 4 ? [] : (messageFields(name) ?? []);
  const chosen = fc.subarray([...fields], { maxLength: Math.min(3, fields.length) });
  return chosen.chain((some) =>
    fc
      .tuple(
        ...some.map((field) =>
          field.name === "" ? message(field.type, depth) : fieldOf(field, depth),
        ),
      )
      .map(
        (values) =>
          Object.assign(
            {},
            ...some.map((field, at) =>
              field.name === "" ? values[at] : { [field.name]: values[at] },
            ),
          ) as Record<string, unknown>,
      ),
  );
}

/** Messages that bodies can have, with the apiVersion that says which. */
const bodies = Object.keys(messageTable)
  .filter((name) => messageTable[name]?.startsWith("metadata:1:meta.v1.ObjectMeta"))
  .map((name) => {
    const [group = "", version = "", kind = ""] = name.split(".");
    return { name, kind, apiVersion: group === "core" ? version : `${group}.k8s.io/${version}` };
  });

describe("protobuf", () => {
  it("reads every message as it was written", () => {
    const object = fc
      .constantFrom(...bodies)
      .chain(({ name, kind, apiVersion }) =>
        message(name, 0).map((fields) => ({ apiVersion, kind, ...fields })),
      );
    fc.assert(
      fc.property(object, (body) => {
        const bytes = encodeProtobuf(body);
        expect(bytes === undefined ? undefined : decodeProtobuf(bytes)).toEqual(body);
      }),
      { numRuns: 2000 },
    );
  });

  it("says of what the real server answered the same as JSON does", () => {
    let count = 0;
    for (const row of goldenRows<{ output: Record<string, any> }>("defaults")) {
      // Random numbers are recorded as a word.
      const numbered = JSON.stringify(row.output ?? null).replaceAll('"<nodePort>"', "30000");
      const output = JSON.parse(numbered) as Record<string, any> | null;
      const { apiVersion, kind } = output ?? {};
      const bytes = output === null ? undefined : encodeProtobuf(output);
      if (bytes === undefined) continue;
      const group = apiVersion.includes("/") ? apiVersion.split(".")[0].split("/")[0] : "core";
      const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
      const read = (body: unknown) =>
        decode({ kind, version, type: `${group}.${version}.${kind}` }, body).object;
      expect(read(decodeProtobuf(bytes))).toEqual(read(output));
      count += 1;
    }
    expect(count).toBeGreaterThan(35);
  });

  it("knows a message for every type of the schema but those whose numbers are not known", () => {
    const missing = Object.keys(typeTable)
      .map((name) => name.split("|")[0] ?? "")
      .filter((name) => messageTable[name] === undefined);
    expect(missing.sort()).toEqual([
      "core.v1.NodeAllocatableResourceClaimStatus",
      "core.v1.PodSchedulingGroup",
      "meta.v1.ShardInfo",
      "resource.v1.NodeAllocatableResourceMapping",
    ]);
  });
});
