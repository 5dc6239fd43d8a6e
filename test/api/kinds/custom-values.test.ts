import { describe, expect, it } from "vitest";
import { SECOND } from "../../../sim/engine/time.ts";
import { bareApi, request } from "../../rest/bare-api.ts";

/* What kube-openapi's validation says of custom objects, and what an update may leave as it is. */

const THINGS = "/apis/x.example/v1/namespaces/default/things";
const MERGE = "application/merge-patch+json";
const UNCHECKED =
  "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

function served(spec: object, version: object = {}) {
  const bare = bareApi();
  request(bare, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "things.x.example" },
    spec: {
      group: "x.example",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: {
                spec,
                status: { type: "object", properties: { n: { type: "integer" } } },
              },
            },
          },
          ...version,
        },
      ],
    },
  });
  bare.engine.runUntil(bare.engine.now + SECOND);
  return bare;
}

const thing = (spec: unknown) => ({
  apiVersion: "x.example/v1",
  kind: "Thing",
  metadata: { name: "t" },
  spec,
});

function said({ code, body }: { readonly code: number; readonly body: unknown }) {
  const { message = "" } = body as { message?: string };
  return [code, message.slice(message.indexOf("invalid: ") + 9)];
}

describe("a value", () => {
  it.each<readonly [string, object, unknown, string]>([
    [
      "beyond 32 bits",
      { type: "integer", format: "int32" },
      2_147_483_648,
      '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec',
    ],
    [
      "beyond 64 bits",
      { type: "integer" },
      1e20,
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec',
    ],
    [
      "beyond a float",
      { type: "number", format: "float" },
      3.5e38,
      '<nil>: Invalid value: "": Checked value must be of type number with format float in spec',
    ],
    [
      "of another type",
      { type: "integer" },
      "x",
      'spec: Invalid value: "string": spec in body must be of type integer: "string"',
    ],
    [
      "of another type than its enumeration",
      { type: "string", enum: ["a"] },
      5,
      '[spec: Invalid value: "integer": spec in body must be of type string: "integer", spec: Unsupported value: 5: supported values: "a"]',
    ],
    [
      "above its maximum",
      { type: "integer", maximum: 1000000 },
      1000001,
      "spec: Invalid value: 1000001: spec in body should be less than or equal to 1e+06",
    ],
    [
      "that is no multiple",
      { type: "number", multipleOf: 0.5 },
      0.7,
      "spec: Invalid value: 0.7: spec in body should be a multiple of 0.5",
    ],
    [
      "of another format and pattern",
      { type: "string", format: "cidr", pattern: "^1" },
      "x",
      '[spec: Invalid value: "x": spec in body should match \'^1\', spec: Invalid value: "x": spec in body must be of type cidr: "x"]',
    ],
    [
      "without what it needs, after what it has",
      {
        type: "object",
        required: ["a"],
        properties: { a: {}, z: { type: "string", maxLength: 1 } },
      },
      { z: "zz" },
      "[spec.z: Too long: may not be more than 1 bytes, spec.a: Required value]",
    ],
    [
      "with too few members",
      { type: "object", minProperties: 2, additionalProperties: { type: "string" } },
      { a: "b" },
      "spec: Invalid value: 1: spec in body should have at least 2 properties",
    ],
    [
      "that fits none of the choices",
      {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "string" } },
        oneOf: [{ required: ["a"] }, { required: ["b"] }],
      },
      {},
      '[<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid, spec.a: Required value]',
    ],
    [
      "that fits two choices",
      {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "string" } },
        oneOf: [{ required: ["a"] }, { required: ["b"] }],
      },
      { a: "1", b: "2" },
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
    [
      "that must not fit",
      { type: "integer", not: { minimum: 5 } },
      7,
      '<nil>: Invalid value: "": "spec" must not validate the schema (not)',
    ],
    [
      "with an item twice",
      {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", required: ["k"], properties: { k: { type: "string" } } },
      },
      [{ k: "a" }, { k: "a" }],
      'spec[1]: Duplicate value: {"k":"a"}',
    ],
  ])("%s is refused", (_what, schema, value, says) => {
    const full = JSON.stringify(schema).replace('"a":{}', '"a":{"type":"string"}');
    const bare = served(JSON.parse(full) as object);
    expect(said(request(bare, "POST", THINGS, thing(value)))).toEqual([422, says]);
  });

  it("keeps the rules from being looked at when it is blocked", () => {
    const bare = served({
      type: "object",
      required: ["a"],
      properties: { a: { type: "string" } },
      "x-kubernetes-validations": [{ rule: "false" }],
    });
    const [code, text] = said(request(bare, "POST", THINGS, thing({})));
    expect([code, text]).toEqual([422, `[spec.a: Required value, ${UNCHECKED}]`]);
  });
});

describe("a custom object", () => {
  it("may keep what its new schema refuses, but not change it to something else that is refused", () => {
    const bare = served({
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
    });
    request(bare, "POST", THINGS, thing({ a: "long", b: "1" }));
    const stricter = {
      type: "object",
      properties: { a: { type: "string", maxLength: 1 }, b: { type: "string" } },
    };
    const patch = [
      {
        op: "replace",
        path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec",
        value: stricter,
      },
    ];
    const definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.x.example";
    expect(request(bare, "PATCH", definition, patch, "application/json-patch+json").code).toBe(200);
    bare.engine.runUntil(bare.engine.now + SECOND);
    expect(request(bare, "PATCH", `${THINGS}/t`, { spec: { b: "2" } }, MERGE).code).toBe(200);
    expect(said(request(bare, "PATCH", `${THINGS}/t`, { spec: { a: "longer" } }, MERGE))).toEqual([
      422,
      "spec.a: Too long: may not be more than 1 bytes",
    ]);
  });

  it("must say its kind and version itself, and have metadata of the right types", () => {
    const bare = served({ type: "object" });
    const made = (body: object) => (request(bare, "POST", THINGS, body).body as any).message;
    expect(made({ metadata: { name: "t" } })).toBe(
      `Thing in version "v1" cannot be handled as a Thing: Object 'Kind' is missing in '{"metadata":{"name":"t"}}'`,
    );
    expect(made({ kind: "Thing", metadata: { name: "t" } })).toBe(
      "the API version in the data () does not match the expected API version (x.example/v1)",
    );
    expect(made({ ...thing({}), metadata: { labels: { a: 1 } } })).toBe(
      'Thing in version "v1" cannot be handled as a Thing: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    );
  });

  it("has replicas that its scale can read", () => {
    const bare = served(
      { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      { subresources: { scale: { specReplicasPath: ".spec.n", statusReplicasPath: ".status.n" } } },
    );
    expect(said(request(bare, "POST", THINGS, thing({ n: -1 })))).toEqual([
      422,
      ".spec.n: Invalid value: -1: should be a non-negative integer",
    ]);
    expect(said(request(bare, "POST", THINGS, thing({ n: "x" })))).toEqual([
      422,
      ".spec.n: Invalid value: 0: .spec.n accessor error: x is of the type string, expected int64",
    ]);
  });
});
