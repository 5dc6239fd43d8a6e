import { describe, expect, it } from "vitest";
import { trackUpdate, withoutTimeChange } from "../../../sim/api/patch/managed-fields.ts";
import { builtInSchema, customSchema } from "../../../sim/api/patch/merge-schema.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import {
  apply,
  configMap,
  configMapSchema,
  conflictOf,
  deploymentSchema,
  managersOf,
} from "./apply-builders.ts";

describe("server-side apply", () => {
  it("creates an object and notes who applied what", () => {
    const made = apply(undefined, configMap({ a: "1" }, { labels: { l: "x" } }), "me");
    expect(made.data).toEqual({ a: "1" });
    expect(made.metadata.managedFields).toEqual([
      {
        manager: "me",
        operation: "Apply",
        apiVersion: "v1",
        time: "2026-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:a": {} }, "f:metadata": { "f:labels": { "f:l": {} } } },
      },
    ]);
  });

  it("refuses managedFields in the configuration", () => {
    const error = conflictOf(() => apply(undefined, configMap({}, { managedFields: [] }), "me"));
    expect([error.code, error.message]).toEqual([400, "metadata.managedFields must be nil"]);
  });

  it("names an updater's version in a conflict, as the recorded server does", () => {
    const template = {
      metadata: { labels: { app: "good" } },
      spec: { containers: [{ name: "main", image: "app:1" }] },
    };
    const body = (more: object): any => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "good" },
      spec: { selector: { matchLabels: { app: "good" } }, template, ...more },
    });
    const made = body({ replicas: 3 });
    const managedFields = trackUpdate({
      before: undefined,
      after: made,
      manager: "oracle",
      schema: deploymentSchema,
      now: 0,
    });
    const live = { ...made, metadata: { ...made.metadata, managedFields } };
    const error = conflictOf(() =>
      apply(live, body({ replicas: 1, paused: true }), "a", false, deploymentSchema),
    );
    expect(error.status).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "oracle" using apps/v1: .spec.replicas',
      details: {
        causes: [
          {
            reason: "FieldManagerConflict",
            message: 'conflict with "oracle" using apps/v1',
            field: ".spec.replicas",
          },
        ],
      },
    });
  });

  it("lists several conflicts by manager, and takes the fields over by force", () => {
    const live = apply(
      apply(undefined, configMap({ a: "1", b: "1" }), "x"),
      configMap({ c: "1" }),
      "y",
    );
    const wish = configMap({ a: "2", b: "2", c: "2" });
    const error = conflictOf(() => apply(live, wish, "z"));
    expect(error.message).toBe(
      'Apply failed with 3 conflicts: conflicts with "x":\n- .data.a\n- .data.b\nconflicts with "y":\n- .data.c',
    );
    const forced = apply(live, wish, "z", true);
    expect(forced.data).toEqual(wish.data);
    expect(managersOf(forced)).toEqual(["z/Apply"]);
  });

  it("shares fields of equal value and removes what nobody applies any more", () => {
    const first = apply(undefined, configMap({ a: "1", b: "1" }), "x");
    const both = apply(first, configMap({ a: "1" }), "y");
    const left = apply(both, configMap({}), "x");
    expect(left.data).toEqual({ a: "1" });
    expect(managersOf(left)).toEqual(["x/Apply", "y/Apply"]);
    expect(apply(left, configMap(undefined), "x").data).toEqual({ a: "1" });
    expect(managersOf(apply(left, configMap(undefined), "x"))).toEqual(["y/Apply"]);
  });

  it("merges lists by key, with the default protocol of a port", () => {
    const service = (ports: object[]): any => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports },
    });
    const schema = builtInSchema("core.v1.Service");
    const live = apply(undefined, service([{ port: 80, name: "a" }]), "x", false, schema);
    const fields = live.metadata.managedFields[0].fieldsV1["f:spec"]["f:ports"];
    expect(fields).toEqual({
      'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {} },
    });
    const both = apply(live, service([{ port: 81, name: "b" }]), "y", false, schema);
    expect(both.spec.ports.map((one: any) => one.port)).toEqual([80, 81]);
    expect(
      apply(both, service([]), "x", false, schema).spec.ports.map((one: any) => one.port),
    ).toEqual([81]);
  });

  it("treats atomic structs and lists as one", () => {
    const body = (app: string): any => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { selector: { matchLabels: { app } } },
    });
    const live = apply(undefined, body("a"), "x", false, deploymentSchema);
    expect(live.metadata.managedFields[0].fieldsV1).toEqual({ "f:spec": { "f:selector": {} } });
    expect(conflictOf(() => apply(live, body("b"), "y", false, deploymentSchema)).message).toBe(
      'Apply failed with 1 conflict: conflict with "x": .spec.selector',
    );
  });

  it("changes nothing and keeps its time when applied again", () => {
    const live = apply(undefined, configMap({ a: "1" }), "me");
    expect(apply(live, configMap({ a: "1" }), "me", false, configMapSchema, 5 * SECOND)).toBe(live);
  });

  it("is no change when only times would change", () => {
    const live = apply(undefined, configMap({ a: "1" }), "me");
    const { managedFields } = apply(
      undefined,
      configMap({ a: "1" }),
      "me",
      false,
      configMapSchema,
      SECOND,
    ).metadata;
    const after = { ...live, metadata: { ...live.metadata, managedFields } };
    expect(managedFields).not.toEqual(live.metadata.managedFields);
    expect(withoutTimeChange(live, after)).toEqual(live);
  });

  it("gives what was never tracked to before-first-apply", () => {
    const live = configMap({ a: "1" });
    expect(managersOf(apply(live, configMap({ b: "2" }), "me"))).toEqual([
      "me/Apply",
      "before-first-apply/Update",
    ]);
    expect(conflictOf(() => apply(live, configMap({ a: "2" }), "me")).message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a',
    );
  });

  it("lets kubectl take over what its client-side apply wrote", () => {
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(configMap({ a: "1" })),
    };
    const made = configMap({ a: "1", b: "1" }, { annotations });
    const managedFields = trackUpdate({
      before: undefined,
      after: made,
      manager: "kubectl-client-side-apply",
      schema: configMapSchema,
      now: 0,
    });
    const live = { ...made, metadata: { ...made.metadata, managedFields } };
    const next = apply(live, configMap({ a: "2" }), "kubectl");
    expect(next.data).toEqual({ a: "2", b: "1" });
    expect(next.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]).toBe(
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"c"}}\n',
    );
    expect(conflictOf(() => apply(live, configMap({ b: "2" }), "kubectl")).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.b',
    );
    expect(conflictOf(() => apply(live, configMap({ a: "2" }), "other")).message).toContain(
      ".data.a",
    );
  });

  it("reads a custom resource's schema, and deduces what has none", () => {
    const schema = customSchema({
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: {
            parts: {
              type: "array",
              "x-kubernetes-list-type": "map",
              "x-kubernetes-list-map-keys": ["id"],
              items: {
                type: "object",
                properties: { id: { type: "string" }, n: { type: "integer" } },
              },
            },
            plain: { type: "array", items: { type: "string" } },
            free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          },
        },
      },
    });
    const body = {
      apiVersion: "x/v1",
      kind: "X",
      metadata: { name: "x" },
      spec: { parts: [{ id: "a", n: 1 }], plain: ["p"], free: { deep: { list: [1] } } },
    };
    const fields = apply(undefined, body, "me", false, schema).metadata.managedFields[0].fieldsV1;
    expect(fields["f:spec"]).toEqual({
      "f:free": { "f:deep": { ".": {}, "f:list": {} } },
      "f:parts": { 'k:{"id":"a"}': { ".": {}, "f:id": {}, "f:n": {} } },
      "f:plain": {},
    });
  });
});

describe("tracking of updates", () => {
  it("notes new maps with their own mark, and moves changed fields to the writer", () => {
    const made = configMap({ a: "1", b: "1" }, { labels: { x: "y" } });
    const first = trackUpdate({
      before: undefined,
      after: made,
      manager: "one",
      schema: configMapSchema,
      now: 0,
    });
    expect(first.map((entry) => entry.fieldsV1)).toEqual([
      {
        "f:data": { ".": {}, "f:a": {}, "f:b": {} },
        "f:metadata": { "f:labels": { ".": {}, "f:x": {} } },
      },
    ]);
    const before = { ...made, metadata: { ...made.metadata, managedFields: first } };
    const after = { ...before, data: { a: "2" } };
    const second = trackUpdate({
      before,
      after,
      manager: "two",
      schema: configMapSchema,
      now: SECOND,
    });
    expect(
      second.map(({ manager, time, fieldsV1 }) => [manager, time, (fieldsV1 as any)["f:data"]]),
    ).toEqual([
      ["one", "2026-01-01T00:00:00Z", {}],
      ["two", "2026-01-01T00:00:01Z", { "f:a": {} }],
    ]);
    expect(
      trackUpdate({ before: after, after, manager: "two", schema: configMapSchema, now: SECOND }),
    ).toBe(first);
  });

  it("keeps the stored managers when a client leaves them out, and forgets them when asked to", () => {
    const made = configMap({ a: "1" });
    const track = (before: any, after: any): any =>
      trackUpdate({ before, after, manager: "one", schema: configMapSchema, now: 0 });
    const managedFields = track(undefined, made);
    const before = { ...made, metadata: { ...made.metadata, managedFields } };
    expect(track(before, made)).toBe(managedFields);
    expect(track(before, configMap({ a: "1" }, { managedFields: [{}] }))).toEqual([]);
    expect(track(before, configMap({ a: "2" }, { managedFields: [{}] }))).toMatchObject([
      { fieldsV1: { "f:data": { "f:a": {} } } },
    ]);
  });

  it("tells the doors of an object apart", () => {
    const schema = builtInSchema("core.v1.Pod");
    const before: any = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { nodeName: "n" },
    };
    const after = { ...before, status: { phase: "Running" } };
    const entries = trackUpdate({
      before,
      after,
      manager: "kubelet",
      subresource: "status",
      schema,
      now: 0,
    });
    expect(entries).toMatchObject([
      {
        manager: "kubelet",
        subresource: "status",
        fieldsV1: { "f:status": { ".": {}, "f:phase": {} } },
      },
    ]);
  });

  it("merges the oldest of more than ten updaters", () => {
    let live = configMap({});
    for (let n = 0; n < 14; n++) {
      const after = { ...live, data: { ...live.data, [`k${n}`]: "v" } };
      const managedFields = trackUpdate({
        before: live,
        after,
        manager: `m${n}`,
        schema: configMapSchema,
        now: n * SECOND,
      });
      live = { ...after, metadata: { ...after.metadata, managedFields } };
    }
    expect(managersOf(live)).toHaveLength(10);
    expect(managersOf(live)[0]).toBe("ancient-changes/Update");
  });
});
