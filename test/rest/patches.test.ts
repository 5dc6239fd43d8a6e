import { describe, expect, it } from "vitest";
import { bareApi, request } from "./bare-api.ts";

/* Mistakes in patches and updates, worded as upstream words them. */

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENT = "/apis/apps/v1/namespaces/default/deployments/d";
const MERGE = "application/merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const APPLY = "application/apply-patch+yaml";

function served() {
  const bare = bareApi();
  request(bare, "POST", CONFIG_MAPS, { metadata: { name: "c" }, data: { a: "1" } });
  request(bare, "POST", DEPLOYMENT.slice(0, -2), {
    metadata: { name: "d" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "main", image: "app:1" }] },
      },
    },
  });
  return bare;
}

function raw(contentType: string, body: string, path = `${CONFIG_MAPS}/c`) {
  const bare = served();
  return bare.rest.handle({ method: "PATCH", path, contentType, body, userAgent: "test/1" });
}

describe("an applied configuration", () => {
  const object = (spec: unknown, rest: object = {}) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec,
    ...rest,
  });
  const pod = (spec: object) => object({ template: { spec } });
  const typed = "failed to create typed patch object (/d; apps/v1, Kind=Deployment): ";
  const containers = ".spec.template.spec.containers";

  it.each([
    ["no kind", { apiVersion: "apps/v1" }, 400, "invalid object type: apps/v1, Kind="],
    ["another kind", object({}, { kind: "Pod" }), 400, "invalid object type: apps/v1, Kind=Pod"],
    [
      "another group",
      object({}, { apiVersion: "v1" }),
      400,
      "invalid object type: /v1, Kind=Deployment",
    ],
    [
      "another name",
      object({}, { metadata: { name: "x" } }),
      400,
      "the name of the object (x) does not match the name on the URL (d)",
    ],
    ["an unknown field", object({ x: 1 }), 500, `${typed}.spec.x: field not declared in schema`],
    [
      "two unknown fields",
      object({ x: 1, y: 2 }),
      500,
      `${typed}errors:\n  .spec.x: field not declared in schema\n  .spec.y: field not declared in schema`,
    ],
    [
      "a text for a number",
      object({ replicas: "3" }),
      500,
      `${typed}.spec.replicas: expected numeric (int or float), got string`,
    ],
    [
      "a number for a text",
      pod({ nodeName: 5 }),
      500,
      `${typed}.spec.template.spec.nodeName: expected string, got &value.valueUnstructured{Value:5}`,
    ],
    [
      "a map for a list",
      pod({ containers: { a: 1 } }),
      500,
      `${typed}${containers}: expected list, got &{map[a:1]}`,
    ],
    [
      "the same item twice",
      pod({ containers: [{ name: "m" }, { name: "m" }] }),
      500,
      `${typed}${containers}: duplicate entries for key [name="m"]`,
    ],
    [
      "an item without its key",
      pod({ containers: [{ image: "a" }] }),
      500,
      `${typed}${containers}: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)`,
    ],
  ])("with %s is refused", (_what, body, code, message) => {
    const path = `${DEPLOYMENT}?fieldManager=m`;
    expect(request(served(), "PATCH", path, body, APPLY).body).toMatchObject({ code, message });
  });

  it("needs a name when it creates the object", () => {
    const body = { apiVersion: "v1", kind: "ConfigMap", data: {} };
    const path = `${CONFIG_MAPS}/new?fieldManager=m`;
    expect(request(served(), "PATCH", path, body, APPLY).body).toMatchObject({
      code: 400,
      message:
        "the name of the object (new based on URL) was undeterminable: name must be provided",
    });
  });

  it("cannot know the UID of what it creates", () => {
    const metadata = { name: "new", uid: "u" };
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata };
    const path = `${CONFIG_MAPS}/new?fieldManager=m`;
    expect(request(served(), "PATCH", path, body, APPLY).body).toMatchObject({
      code: 409,
      message:
        'Operation cannot be fulfilled on configmaps "new": uid mismatch: the provided object specified uid u, and no existing object was found',
    });
  });

  it("of another form than a map is refused", () => {
    const path = `${CONFIG_MAPS}/c?fieldManager=m`;
    expect(raw(APPLY, "abc", path).body).toMatchObject({
      code: 400,
      message:
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}",
    });
  });
});

describe("a patch", () => {
  it("that names another UID breaks the rule that it is immutable", () => {
    const { body } = request(
      served(),
      "PATCH",
      `${CONFIG_MAPS}/c`,
      { metadata: { uid: "x" } },
      MERGE,
    );
    const cause = { reason: "FieldValueInvalid", field: "metadata.uid" };
    expect(body).toMatchObject({ code: 422, details: { causes: [cause, cause] } });
  });

  it("is no patch when it is null", () => {
    expect(raw(MERGE, "null").body).toMatchObject({ code: 400, message: "Invalid JSON Patch" });
  });

  it("warns of a field that stands twice", () => {
    const { code, warnings } = raw(MERGE, '{"data":{"b":"1","b":"2"}}');
    expect([code, warnings]).toEqual([200, ['duplicate field "data.b"']]);
    const list = '[{"op":"add","op":"add","path":"/data/b","value":"1"}]';
    expect(raw(JSON_PATCH, list).warnings).toEqual(['json patch duplicate field "[0].op"']);
  });

  it("with a field twice is refused when fields are strict", () => {
    const path = `${CONFIG_MAPS}/c?fieldValidation=Strict`;
    const { body } = raw(MERGE, '{"data":{"b":"1","b":"2"}}', path) as any;
    expect(body.code).toBe(422);
    expect(body.message).toMatch(/: strict decoding error: duplicate field "data.b"$/);
  });

  it("of a scale that does not fit it is the patch's fault", () => {
    const { body } = request(
      served(),
      "PATCH",
      `${DEPLOYMENT}/scale`,
      { spec: { replicas: "x" } },
      MERGE,
    ) as any;
    expect(body.code).toBe(422);
    expect(body.message).toMatch(
      /: json: cannot unmarshal string into Go struct field ScaleSpec\.spec\.replicas of type int32$/,
    );
  });
});

describe("an update", () => {
  const put = (metadata: object) =>
    request(served(), "PUT", `${CONFIG_MAPS}/c`, { metadata: { name: "c", ...metadata } });

  it("with the revision zero is unconditional", () => {
    expect(put({ resourceVersion: "0" }).code).toBe(200);
  });

  it("with a revision that is no number fails", () => {
    expect(put({ resourceVersion: "x" }).body).toMatchObject({
      code: 500,
      message: 'strconv.ParseUint: parsing "x": invalid syntax',
    });
  });

  it("of another namespace than its path is refused before its name is looked at", () => {
    expect(put({ namespace: "other", name: "z" }).body).toMatchObject({
      code: 400,
      message:
        "the namespace of the provided object does not match the namespace sent on the request",
    });
  });
});
