import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";

/* CustomResourceDefinitions that are refused, and why, as apiextensions' validation words it. */

const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const S = "spec.validation.openAPIV3Schema";
const SIMPLIFY =
  "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared";

function definition(spec: object, version: object, schema: object) {
  return {
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
          schema: { openAPIV3Schema: schema },
          ...version,
        },
      ],
      ...spec,
    },
  };
}

function refusalOf(body: object): readonly [number, string] {
  const { code, body: answer } = request(bareApi(), "POST", PATH, body);
  const { message = "" } = answer as { message?: string };
  return [code, message.slice(message.indexOf("invalid: ") + 9)];
}

describe("a definition", () => {
  const none = { type: "object" };
  const dns1035 =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

  it.each([
    [
      "stores no version",
      {},
      { storage: false },
      '[spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":false,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}]: must have exactly one version marked as storage version, status.storedVersions: Invalid value: null: must have at least one stored version]',
    ],
    [
      "has a scope",
      { scope: "Foo" },
      {},
      'spec.scope: Unsupported value: "Foo": supported values: "Cluster", "Namespaced"',
    ],
    [
      "has no kind",
      { names: { plural: "things" } },
      {},
      "[spec.names.singular: Required value, spec.names.kind: Required value, spec.names.listKind: Required value]",
    ],
    [
      "calls its list like its kind",
      { names: { plural: "things", kind: "Thing", listKind: "Thing" } },
      {},
      'spec.names.listKind: Invalid value: "Thing": kind and listKind may not be the same',
    ],
    [
      "has no schema",
      {},
      { schema: undefined },
      "spec.versions[0].schema.openAPIV3Schema: Required value",
    ],
    [
      "has a version in capitals",
      {},
      { name: "V1" },
      `[spec.versions[0].name: Invalid value: "V1": ${dns1035}, spec.version: Invalid value: "V1": ${dns1035}]`,
    ],
    [
      "keeps unknown fields",
      { preserveUnknownFields: true },
      {},
      "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
    ],
    [
      "converts by no webhook",
      { conversion: { strategy: "Webhook" } },
      {},
      "[spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook, spec.conversion.conversionReviewVersions: Required value]",
    ],
    [
      "warns without being deprecated",
      {},
      { deprecationWarning: "x" },
      'spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions',
    ],
    [
      "scales by other paths",
      {},
      { subresources: { scale: { specReplicasPath: ".a", statusReplicasPath: "status" } } },
      '[spec.subresources.scale.specReplicasPath: Invalid value: ".a": should be a json path under .spec, spec.subresources.scale.statusReplicasPath: Invalid value: "status": must be a simple json path starting with .]',
    ],
    [
      "prints a type",
      {},
      { additionalPrinterColumns: [{ name: "a", type: "foo", jsonPath: ".x" }] },
      'spec.additionalPrinterColumns[0].type: Invalid value: "foo": must be one of boolean,date,integer,number,string',
    ],
    [
      "prints nothing",
      {},
      { additionalPrinterColumns: [{ name: "a", type: "string" }] },
      "spec.additionalPrinterColumns[0].JSONPath: Required value",
    ],
    [
      "selects by a field it has not",
      {},
      { selectableFields: [{ jsonPath: ".spec.x" }] },
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field',
    ],
  ])("that %s is refused", (_what, spec, version, says) => {
    expect(refusalOf(definition(spec, version, none))).toEqual([422, says]);
  });
});

describe("a schema", () => {
  const P = `${S}.properties[spec]`;
  const rule = (text: string, rest: object = {}) => ({
    type: "object",
    properties: { a: { type: "integer" } },
    "x-kubernetes-validations": [{ rule: text, ...rest }],
  });
  const shown = (text: string, message = "") =>
    `{"Rule":"${text}","Message":"","MessageExpression":"${message}","Reason":null,"FieldPath":"","OptionalOldSelf":null}`;
  const list = (items: object, rest: object) => ({ type: "array", items, ...rest });

  it.each<readonly [string, object, string]>([
    [
      "of an unknown type",
      { type: "foo" },
      `${P}.type: Unsupported value: "foo": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
    ["of a list without items", { type: "array" }, `${P}.items: Required value: must be specified`],
    [
      "of fields and other fields",
      {
        type: "object",
        properties: { a: { type: "string" } },
        additionalProperties: { type: "string" },
      },
      `${P}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
    [
      "with a default of another type",
      { type: "string", default: 5 },
      `${P}.default: Invalid value: "integer":  in body must be of type string: "integer"`,
    ],
    [
      "with an unknown field in its default",
      { type: "object", properties: { a: { type: "string" } }, default: { b: 1 } },
      `${P}.default: Invalid value: {"b":1}: must not have unknown fields`,
    ],
    [
      "with a pattern that is none",
      { type: "string", pattern: "(abc" },
      `${P}.pattern: Invalid value: "(abc": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(abc\``,
    ],
    [
      "that is not structural",
      { type: "object", anyOf: [{ properties: { z: { type: "string" } } }] },
      `[${P}.anyOf[0].properties[z].type: Forbidden: must be empty to be structural, ${P}.properties[z]: Required value: because it is defined in ${P}.anyOf[0].properties[z]]`,
    ],
    [
      "of a list by keys that items need not have",
      list(
        { type: "object", properties: { a: { type: "string" } } },
        { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"] },
      ),
      `${P}.items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
    [
      "of a set of maps",
      list({ type: "object" }, { "x-kubernetes-list-type": "set" }),
      `${P}.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
    [
      "whose items are unique",
      list({ type: "string" }, { uniqueItems: true }),
      `${P}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
    [
      "with a rule about a field it has not",
      rule("self.b == 1"),
      `${P}.x-kubernetes-validations[0].rule: Invalid value: ${shown("self.b == 1")}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^`,
    ],
    [
      "with a rule about nobody",
      rule("foo == 1"),
      `${P}.x-kubernetes-validations[0].rule: Invalid value: ${shown("foo == 1")}: compilation failed: ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^`,
    ],
    [
      "with a rule that compares what cannot be",
      rule("self.a == 'x'"),
      `${P}.x-kubernetes-validations[0].rule: Invalid value: ${shown("self.a == 'x'")}: compilation failed: ERROR: <input>:1:8: found no matching overload for '_==_' applied to '(int, string)'\n | self.a == 'x'\n | .......^`,
    ],
    [
      "with a rule that is no truth",
      rule("self.a"),
      `${P}.x-kubernetes-validations[0].rule: Invalid value: ${shown("self.a")}: cel expression must evaluate to a bool`,
    ],
    [
      "with a rule whose cost for the largest list is too high",
      list(
        {
          type: "object",
          properties: {
            text: { type: "string", maxLength: 4096 },
            part: { type: "string", maxLength: 4096 },
          },
          "x-kubernetes-validations": [{ rule: "!self.text.contains(self.part)" }],
        },
        { maxItems: 20 },
      ),
      `${P}.items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 5.4x (${SIMPLIFY})`,
    ],
    [
      "with rules that cost too much together",
      list(
        { type: "string" },
        {
          "x-kubernetes-validations": [
            { rule: "self.all(x, self.all(y, x != y))" },
            { rule: "size(self) > 1" },
          ],
        },
      ),
      `[${P}.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (${SIMPLIFY}), ${P}.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema, ${S}: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x (${SIMPLIFY})]`,
    ],
    [
      "with a message that is no text",
      rule("true", { messageExpression: "1" }),
      `${P}.x-kubernetes-validations[0].messageExpression: Invalid value: ${shown("true", "1")}: messageExpression must evaluate to a string`,
    ],
    [
      "with an empty rule",
      rule(" "),
      `${P}.x-kubernetes-validations[0].rule: Required value: rule is not specified`,
    ],
    [
      "with a reason",
      rule("true", { reason: "Foo" }),
      `${P}.x-kubernetes-validations[0].reason: Unsupported value: "Foo": supported values: "FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"`,
    ],
    [
      "with a rule about the past of list items",
      list(
        { type: "string", maxLength: 9, "x-kubernetes-validations": [{ rule: "self == oldSelf" }] },
        {},
      ),
      `${P}.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${P}`,
    ],
    [
      "that is a number or text of a type",
      { type: "object", "x-kubernetes-int-or-string": true },
      `${P}.type: Forbidden: must be empty if x-kubernetes-int-or-string is true`,
    ],
  ])("%s is refused", (_what, spec, says) => {
    const schema = { type: "object", properties: { spec } };
    expect(refusalOf(definition({}, {}, schema))).toEqual([422, says]);
  });

  it.each([
    [
      "restricts metadata",
      { properties: { metadata: { type: "object", minProperties: 1 } } },
      `${S}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
    [
      "is open",
      { additionalProperties: true },
      `${S}.additionalProperties: Forbidden: must not be used at the root`,
    ],
    [
      "may be null",
      { nullable: true },
      `${S}.nullable: Forbidden: nullable cannot be true at the root`,
    ],
  ])("whose root %s is refused", (_what, part, says) => {
    expect(refusalOf(definition({}, {}, { type: "object", ...part }))).toEqual([422, says]);
  });

  it("may bind names of its own in rules", () => {
    const schema = {
      type: "object",
      properties: {
        spec: rule("[1, 2].all(x, x > 0) && has(self.a) && (self.a < 3 ? true : 'b' in ['b'])"),
      },
    };
    expect(refusalOf(definition({}, {}, schema))[0]).toBe(201);
  });
});

describe("a definition that changes", () => {
  it("remembers the versions that it stored", () => {
    const bare = bareApi();
    const first = definition({}, {}, { type: "object" });
    request(bare, "POST", PATH, first);
    const [version] = first.spec.versions;
    const versions = [
      { ...version, storage: false },
      { ...version, name: "v2" },
    ];
    const merge = "application/merge-patch+json";
    const path = `${PATH}/things.x.example`;
    const { body } = request(bare, "PATCH", path, { spec: { versions } }, merge) as any;
    expect(body.status.storedVersions).toEqual(["v1", "v2"]);
    const gone = { spec: { versions: [{ ...version, name: "v2" }] } };
    expect(request(bare, "PATCH", path, gone, merge).body).toMatchObject({
      message:
        'CustomResourceDefinition.apiextensions.k8s.io "things.x.example" is invalid: status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    });
  });
});
