import { describe, expect, it } from "vitest";
import { findDescriptor } from "../../sim/api/kinds/registry.ts";
import type { KubeObject } from "../../sim/api/object.ts";
import { readFieldSelector } from "../../sim/api/rest/field-selector.ts";
import { readLabelSelector } from "../../sim/api/rest/label-selector.ts";
import { negotiate } from "../../sim/api/rest/media.ts";
import { parseTarget, pathSegments } from "../../sim/api/rest/path.ts";
import { builtInResource } from "../../sim/api/rest/resource.ts";
import { duplicateFields, jsonMistake } from "../../sim/api/schema/go-json.ts";
import { requestOf } from "../controllers/small/signing-requests.ts";
import { bareApi, request } from "./bare-api.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

describe("Go's words for malformed JSON", () => {
  it.each([
    ['{"a":', "unexpected end of JSON input"],
    ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["{} x", "invalid character 'x' after top-level value"],
    ["tru!", "invalid character '!' in literal true (expecting 'e')"],
    ["x", "invalid character 'x' looking for beginning of value"],
    ['"a\\x"', "invalid character 'x' in string escape code"],
    ["-", "unexpected end of JSON input"],
    ["{}", undefined],
  ])("say of %s: %s", (text, words) => {
    expect(jsonMistake(text)).toBe(words);
  });

  it("finds keys that stand twice", () => {
    expect(duplicateFields('{"a":{"b":1,"b":2},"c":[{"d":1,"d":1}],"a":1}')).toEqual([
      "a.b",
      "c[0].d",
      "a",
    ]);
  });
});

describe("label selectors", () => {
  it.each([
    ["app=web", { app: "web" }, true],
    ["app==web,tier!=db", { app: "web" }, true],
    ["app in (a,b)", { app: "b" }, true],
    ["app notin (a,b)", { app: "b" }, false],
    ["app notin (a,b)", {}, true],
    ["!app", {}, true],
    ["app", { app: "" }, true],
    ["n>4", { n: "5" }, true],
    ["n<4", { n: "5" }, false],
    ["in=x", { in: "x" }, true],
  ])("%s on %j is %s", (text, labels, selected) => {
    expect(readLabelSelector(text)?.(labels as Record<string, string>)).toBe(selected);
  });

  it.each([
    ["a b c", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in", "unable to parse requirement: found '' expected: '('"],
    ["a,", "found '', expected: identifier after ','"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
  ])("%s is refused: %s", (text, words) => {
    expect(() => readLabelSelector(text)).toThrow(words);
  });
});

describe("field selectors", () => {
  const pods = builtInResource(findDescriptor("Pod")!, "", "v1")!;
  const pod = (name: string) => ({ metadata: { name, namespace: "a,b" } }) as KubeObject;

  it.each([
    ["metadata.name=x", "x", true],
    ["metadata.name!=x", "x", false],
    ["metadata.name==x,metadata.namespace=a\\,b", "x", true],
    ["metadata.name=a\\=b\\\\", "a=b\\", true],
  ])("%s on %s is %s", (text, name, selected) => {
    expect(readFieldSelector(pods, text)?.(pod(name))).toBe(selected);
  });

  it.each([
    ["metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ["metadata.name=a=b", "invalid field selector: unescaped character in value: 61"],
    ["metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"],
    ["metadata.name=a\\", "invalid field selector: invalid escape sequence: \\"],
    ["spec.x=1", "field label not supported: spec.x"],
  ])("%s is refused: %s", (text, words) => {
    expect(() => readFieldSelector(pods, text)).toThrow(words);
  });
});

describe("Accept headers", () => {
  it.each([
    [undefined, { format: "json", as: "object" }],
    [
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
      { format: "json", as: "table" },
    ],
    ["application/vnd.kubernetes.protobuf,application/json", { format: "json", as: "object" }],
    [
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      { format: "json", as: "metadata" },
    ],
    ["application/yaml", { format: "yaml", as: "object" }],
    ["text/html, */*;q=0.1", { format: "json", as: "object" }],
  ])("%s asks for %j", (accept, wanted) => {
    expect(negotiate(accept)).toEqual(wanted);
  });
});

describe("paths", () => {
  it.each([
    [
      "/api/v1/namespaces/a/pods/b/log",
      { group: "", namespace: "a", resource: "pods", name: "b", subresource: "log" },
    ],
    ["/api/v1/namespaces/a", { resource: "namespaces", name: "a", namespace: undefined }],
    ["/api/v1/namespaces/a/status", { resource: "namespaces", name: "a", subresource: "status" }],
    ["/apis/apps/v1/deployments", { group: "apps", resource: "deployments", namespace: undefined }],
    ["/api/v1/watch/namespaces/a/pods", { watch: true, namespace: "a", resource: "pods" }],
  ])("%s names %j", (path, wanted) => {
    expect(parseTarget(pathSegments(path) ?? [])).toMatchObject(wanted);
  });
});

describe("lists in pieces", () => {
  it("stay at the revision of the first piece, and end with 410 once it is compacted", () => {
    const bare = bareApi();
    for (const name of ["a", "b", "c", "d", "e"])
      request(bare, "POST", CONFIG_MAPS, { metadata: { name } });
    const first = request(bare, "GET", `${CONFIG_MAPS}?limit=2`).body as any;
    expect(first.metadata.remainingItemCount).toBe(3);
    request(bare, "DELETE", `${CONFIG_MAPS}/c`);
    request(bare, "POST", CONFIG_MAPS, { metadata: { name: "cc" } });
    const next = (token: string) =>
      request(bare, "GET", `${CONFIG_MAPS}?limit=2&continue=${token}`);
    const second = next(first.metadata.continue).body as any;
    expect(second.items.map((item: any) => item.metadata.name)).toEqual(["c", "d"]);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    bare.store.compact();
    const late = next(second.metadata.continue);
    expect(late.code).toBe(410);
    const token = (late.body as any).metadata.continue;
    for (const more of ["", "&resourceVersion=0"]) {
      const { code, body } = next(`${token}${more}`);
      expect(code).toBe(200);
      expect((body as any).items.map((item: any) => item.metadata.name)).toEqual(["e"]);
    }
  });

  it.each([
    ["limit=2", 2],
    ["limit=2&resourceVersion=0", 3],
    ["limit=2&resourceVersion=0&resourceVersionMatch=NotOlderThan", 3],
  ])("asked for with %s have %i of three ConfigMaps, and any Events", (query, count) => {
    const bare = bareApi();
    const paths = [CONFIG_MAPS, "/api/v1/namespaces/default/events"] as const;
    for (const name of ["a", "b", "c"]) {
      request(bare, "POST", paths[0], { metadata: { name } });
      const involvedObject = { kind: "ConfigMap", namespace: "default", name };
      request(bare, "POST", paths[1], { metadata: { name }, involvedObject });
    }
    const [maps, events] = paths.map(
      (path) => request(bare, "GET", `${path}?${query}`).body as any,
    );
    expect(maps.items).toHaveLength(count);
    expect(maps.metadata.continue === undefined).toBe(count === 3);
    expect(events.items).toHaveLength(2);
    // Who goes on may say 0 again, and is heeded.
    const path = `${CONFIG_MAPS}?limit=1&resourceVersion=0`;
    const token = (request(bare, "GET", `${CONFIG_MAPS}?limit=1`).body as any).metadata.continue;
    const rest = request(bare, "GET", `${path}&continue=${token}`).body as any;
    expect(rest.items.map((item: any) => item.metadata.name)).toEqual(["b"]);
  });
});

describe("a list at a revision", () => {
  it.each([
    ["", ["a", "b"]],
    ["&limit=9", ["a"]],
    ["&limit=9&resourceVersionMatch=NotOlderThan", ["a", "b"]],
    ["&resourceVersionMatch=Exact", ["a"]],
  ])("with %s has %j", (more, names) => {
    const bare = bareApi();
    const create = (name: string) => request(bare, "POST", CONFIG_MAPS, { metadata: { name } });
    create("a");
    const { revision } = bare.store;
    create("b");
    const path = `${CONFIG_MAPS}?resourceVersion=${revision}${more}`;
    const { items, metadata } = request(bare, "GET", path).body as any;
    expect(items.map((item: any) => item.metadata.name)).toEqual(names);
    expect(metadata.resourceVersion).toBe(String(names.length === 1 ? revision : revision + 1));
  });
});

describe("watches", () => {
  it("begin with what there is, and mark its end", () => {
    const bare = bareApi();
    request(bare, "POST", CONFIG_MAPS, { metadata: { name: "a" } });
    const query =
      "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const { watch } = request(bare, "GET", `${CONFIG_MAPS}?${query}`);
    const frames = watch?.pull(0) ?? [];
    expect(frames.map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"]);
    expect((frames[1]! as any).object.metadata.annotations).toEqual({
      "k8s.io/initial-events-end": "true",
    });
  });

  it("tell of an object that leaves the selection as if it were deleted", () => {
    const bare = bareApi();
    const { watch } = request(bare, "GET", `${CONFIG_MAPS}?watch=1&labelSelector=a%3Db`);
    const put = (labels: object, method = "PUT") =>
      request(bare, method, method === "PUT" ? `${CONFIG_MAPS}/x` : CONFIG_MAPS, {
        metadata: { name: "x", labels },
      });
    put({}, "POST");
    put({ a: "b" });
    put({ a: "b", c: "d" });
    put({});
    expect(watch?.pull(0).map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
  });

  it("print tables, with columns in the first only", () => {
    const bare = bareApi();
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { watch } = bare.rest.handle({ method: "GET", path: `${CONFIG_MAPS}?watch=1`, accept });
    for (const name of ["a", "b"]) request(bare, "POST", CONFIG_MAPS, { metadata: { name } });
    const tables = watch?.pull(0).map(({ object }) => object as any) ?? [];
    expect(tables.map(({ kind, rows }) => [kind, rows[0].cells[0]])).toEqual([
      ["Table", "a"],
      ["Table", "b"],
    ]);
    expect(tables.map(({ columnDefinitions }) => columnDefinitions !== null)).toEqual([
      true,
      false,
    ]);
  });
});

describe("roles", () => {
  it("decide what others than administrators may do", () => {
    const bare = bareApi();
    const user = { name: "ann", groups: ["system:authenticated"] };
    const list = () => bare.rest.handle({ method: "GET", path: CONFIG_MAPS, user });
    expect(list().body).toMatchObject({
      code: 403,
      message:
        'configmaps is forbidden: User "ann" cannot list resource "configmaps" in API group "" in the namespace "default"',
    });
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    const metadata = { name: "reader" };
    request(bare, "POST", `${rbac}/roles`, {
      metadata,
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
    });
    request(bare, "POST", `${rbac}/rolebindings`, {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ann" }],
    });
    expect(list().code).toBe(200);
    const path = `${CONFIG_MAPS}/x`;
    expect(bare.rest.handle({ method: "DELETE", path, user }).code).toBe(403);
  });
});

describe("requests for certificates", () => {
  it("say who made them, whatever their sender wrote", () => {
    const { rest } = bareApi();
    const spec = {
      request: requestOf("ann"),
      signerName: "example.com/x",
      usages: ["client auth"],
      username: "somebody else",
    };
    const path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    const body = { metadata: { name: "one" }, spec };
    const user = { name: "ann", groups: ["system:masters"] };
    const created = rest.handle({ method: "POST", path, body, user }).body as any;
    expect(created.spec).toMatchObject({ username: "ann", groups: ["system:masters"] });
  });
});
