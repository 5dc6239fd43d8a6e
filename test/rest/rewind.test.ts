import { expect, it } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { bareApi, request } from "./bare-api.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const THINGS = "/apis/x.example/v1/things";

const things = {
  metadata: { name: "things.x.example" },
  spec: {
    group: "x.example",
    scope: "Cluster",
    names: { plural: "things", singular: "thing", kind: "Thing" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};

it("an API taken back in place tells of the state it was taken back to alone", () => {
  const plane = bareApi();
  const { engine, store, api } = plane;
  const saved = { engine: engine.save(), store: store.save(), api: api.save() };
  const served = () =>
    (request(plane, "GET", "/apis").body as any).groups.map((one: any) => one.name);
  const maps = () =>
    (request(plane, "GET", "/api/v1/configmaps").body as any).items.map(
      (one: any) => one.metadata.name,
    );
  request(plane, "POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  request(plane, "POST", DEFINITIONS, things);
  engine.runUntil(SECOND);
  expect(maps()).toEqual(["a"]);
  expect(request(plane, "GET", THINGS).code).toBe(200);
  expect(served()).toContain("x.example");

  engine.load(saved.engine);
  store.load(saved.store);
  api.load(saved.api);
  expect(maps()).toEqual([]);
  expect(request(plane, "GET", THINGS).code).toBe(404);
  expect(served()).not.toContain("x.example");
});
