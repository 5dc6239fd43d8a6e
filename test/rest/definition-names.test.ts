import { describe, expect, it } from "vitest";
import { MILLISECOND, SECOND } from "../../sim/engine/time.ts";
import { type BareApi, bareApi, request } from "./bare-api.ts";

const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const MERGE = "application/merge-patch+json";

function definition(names: object, group = "x.example") {
  const { plural } = names as { plural: string };
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Cluster",
      names,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object" } },
        },
      ],
    },
  };
}
const settle = ({ engine }: BareApi) => engine.runUntil(engine.now + SECOND);

function define(plane: BareApi, names: object, group?: string) {
  const { code } = request(plane, "POST", PATH, definition(names, group));
  expect(code).toBe(201);
  settle(plane);
}
const things = { plural: "things", singular: "thing", kind: "Thing", shortNames: ["th"] };
const statusOf = (plane: BareApi, name: string) =>
  (request(plane, "GET", `${PATH}/${name}`).body as any).status;
const conditions = (plane: BareApi, name: string) =>
  statusOf(plane, name).conditions.map((one: any) => [
    one.type,
    one.status,
    one.reason,
    one.message,
  ]);

const NONE = ["NamesAccepted", "True", "NoConflicts", "no conflicts found"];
const SERVED = [
  "Established",
  "True",
  "InitialNamesAccepted",
  "the initial names have been accepted",
];
const REFUSED = ["Established", "False", "NotAccepted", "not all names are accepted"];

it("a definition is installed first, and served a step later", () => {
  const plane = bareApi();
  request(plane, "POST", PATH, definition(things));
  const seen = new Map<string, number>();
  for (let at = 0; at < 40; at++) {
    plane.engine.runUntil(plane.engine.now + MILLISECOND);
    const list = statusOf(plane, "things.x.example")?.conditions ?? [];
    const { code } = request(plane, "GET", "/apis/x.example/v1/things");
    seen.set(list.map(({ reason, status }: any) => `${reason} ${status}`).join(), code);
  }
  expect([...seen]).toEqual([
    ["", 404],
    ["NoConflicts True,Installing False", 404],
    ["NoConflicts True,InitialNamesAccepted True", 200],
  ]);
});

describe("a definition that asks for names of another one of its group", () => {
  it.each([
    [{ plural: "others", kind: "Thing" }, "ListKindConflict", '"ThingList" is already in use'],
    [
      { plural: "others", kind: "Thing", listKind: "Others" },
      "KindConflict",
      '"Thing" is already in use',
    ],
    [
      { plural: "others", kind: "Other", listKind: "ThingList" },
      "ListKindConflict",
      '"ThingList" is already in use',
    ],
    [
      { plural: "others", kind: "Other", singular: "th" },
      "SingularConflict",
      '"th" is already in use',
    ],
    [
      { plural: "others", kind: "Other", shortNames: ["th", "o", "thing"] },
      "ShortNamesConflict",
      '["th" is already in use, "thing" is already in use]',
    ],
    [{ plural: "th", kind: "Other" }, "PluralConflict", '"th" is already in use'],
  ])("%j is told of the last conflict, %s, and not served", (names, reason, message) => {
    const plane = bareApi();
    define(plane, things);
    define(plane, names);
    const name = `${names.plural}.x.example`;
    expect(conditions(plane, name)).toEqual([["NamesAccepted", "False", reason, message], REFUSED]);
    expect(request(plane, "GET", `/apis/x.example/v1/${names.plural}`).code).toBe(404);
    expect(conditions(plane, "things.x.example")).toEqual([NONE, SERVED]);
  });

  it("has the names that are free, and the others when they become free", () => {
    const plane = bareApi();
    define(plane, things);
    define(plane, { plural: "others", kind: "Thing", shortNames: ["o"], categories: ["all"] });
    expect(statusOf(plane, "others.x.example").acceptedNames).toEqual({
      plural: "others",
      kind: "",
      shortNames: ["o"],
      categories: ["all"],
    });
    request(plane, "DELETE", `${PATH}/things.x.example`);
    settle(plane);
    expect(conditions(plane, "others.x.example")).toEqual([NONE, SERVED]);
    expect(request(plane, "GET", "/apis/x.example/v1/others").code).toBe(200);
  });

  it("is no trouble in another group", () => {
    const plane = bareApi();
    define(plane, things);
    define(plane, things, "y.example");
    expect(conditions(plane, "things.y.example")).toEqual([NONE, SERVED]);
  });

  it("leaves the other's objects alone when it goes", () => {
    const plane = bareApi();
    define(plane, things);
    define(plane, { plural: "others", kind: "Thing" });
    const body = { apiVersion: "x.example/v1", kind: "Thing", metadata: { name: "a" } };
    const path = "/apis/x.example/v1/things";
    expect(request(plane, "POST", path, body).code).toBe(201);
    request(plane, "DELETE", `${PATH}/others.x.example`);
    settle(plane);
    expect(request(plane, "GET", `${PATH}/others.x.example`).code).toBe(404);
    expect(request(plane, "GET", `${path}/a`).code).toBe(200);
  });

  it("goes on being served by its accepted names when it asks for more later", () => {
    const plane = bareApi();
    define(plane, things);
    define(plane, { plural: "others", kind: "Other", shortNames: ["o"] });
    const more = { spec: { names: { shortNames: ["o", "th"] } } };
    request(plane, "PATCH", `${PATH}/others.x.example`, more, MERGE);
    settle(plane);
    expect(conditions(plane, "others.x.example")).toEqual([
      ["NamesAccepted", "False", "ShortNamesConflict", '"th" is already in use'],
      SERVED,
    ]);
    const { resources } = request(plane, "GET", "/apis/x.example/v1").body as any;
    expect(resources.map(({ name, shortNames }: any) => [name, shortNames])).toEqual([
      ["others", ["o"]],
      ["things", ["th"]],
    ]);
    const fewer = { spec: { names: { shortNames: [] } } };
    request(plane, "PATCH", `${PATH}/things.x.example`, fewer, MERGE);
    settle(plane);
    expect(conditions(plane, "others.x.example")).toEqual([NONE, SERVED]);
  });
});

describe("a definition that is being deleted", () => {
  it("says that objects hold it, takes no new ones, and goes with the last", () => {
    const plane = bareApi();
    define(plane, things);
    const path = "/apis/x.example/v1/things";
    const thing = (name: string, finalizers: string[] = []) => ({
      apiVersion: "x.example/v1",
      kind: "Thing",
      metadata: { name, finalizers },
    });
    request(plane, "POST", path, thing("held", ["a.io/b"]));
    request(plane, "POST", path, thing("free"));
    request(plane, "DELETE", `${PATH}/things.x.example`);
    const pending = conditions(plane, "things.x.example").at(-1);
    expect(pending).toEqual([
      "Terminating",
      "True",
      "InstanceDeletionPending",
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    ]);
    settle(plane);
    expect(conditions(plane, "things.x.example").at(-1)).toEqual([
      "Terminating",
      "True",
      "InstanceDeletionInProgress",
      "CustomResource deletion is in progress",
    ]);
    expect(request(plane, "GET", `${path}/free`).code).toBe(404);
    expect(request(plane, "POST", path, thing("late")).body).toMatchObject({
      code: 405,
      reason: "MethodNotAllowed",
      message: "create not allowed while custom resource definition is terminating",
      details: { group: "x.example", kind: "things" },
    });
    const freed = { metadata: { finalizers: null } };
    expect(request(plane, "PATCH", `${path}/held`, freed, MERGE).code).toBe(200);
    settle(plane);
    expect(request(plane, "GET", `${PATH}/things.x.example`).code).toBe(404);
  });
});
