import { describe, expect, it } from "vitest";
import { policyStatus } from "../../../sim/controllers/validating-admission-policy-status.ts";
import { ControlPlane } from "../control-plane.ts";

const rule = (group: string, resource: string, version = "v1") => ({
  apiGroups: [group],
  apiVersions: [version],
  resources: [resource],
  operations: ["CREATE"],
});

function checked(spec: object, prepare: (plane: ControlPlane) => void = () => {}) {
  const plane = new ControlPlane(policyStatus);
  prepare(plane);
  plane.create("ValidatingAdmissionPolicy", { metadata: { name: "p" }, spec });
  return plane.at(2).get("ValidatingAdmissionPolicy", "p").status;
}

const marked = (column: number, why: string, expression: string) =>
  `ERROR: <input>:1:${column}: ${why}\n | ${expression}\n | ${".".repeat(column - 1)}^\n`;
const one = (rules: readonly object[], expression: string, more: object = {}) => ({
  matchConstraints: { resourceRules: rules },
  validations: [{ expression }],
  ...more,
});
const deployments = rule("apps", "deployments");

describe("the status of a policy", () => {
  it.each<[string, object]>([
    [
      "object.spec.replicas > 1 && object.spec.template.spec.containers.all(c, c.image != '')",
      one([deployments], ""),
    ],
    ["object.metadata.labels['a'] == 'b' && has(oldObject.metadata.name)", one([deployments], "")],
    ["object.whatever.there.is == 1", one([rule("*", "deployments")], "")],
    ["object.whatever.there.is == 1", one([rule("apps", "*")], "")],
    ["object.whatever.there.is == 1", one([rule("apps", "deployments/scale")], "")],
    ["object.whatever.there.is == 1", one([rule("nobody.example", "things")], "")],
    [
      "params.data.x == 'a'",
      one([deployments], "", { paramKind: { apiVersion: "v1", kind: "ConfigMap" } }),
    ],
  ])("has nothing to tell of %s", (expression, spec) => {
    expect(checked({ ...spec, validations: [{ expression }] })).toEqual({
      observedGeneration: 1,
      typeChecking: {},
    });
  });

  it.each<[string, number, string]>([
    ["object.spec.replica > 1", 12, "undefined field 'replica'"],
    [
      "object.spec.replicas > '1'",
      22,
      "found no matching overload for '_>_' applied to '(int, string)'",
    ],
    ["object.spec.template.spec.containers.all(c, c.img == '')", 46, "undefined field 'img'"],
    ["object.spec.strategy.rollingUpdate.maxSurge.x == 1 || object.x", 61, "undefined field 'x'"],
  ])("tells of %s", (expression, column, why) => {
    expect(checked(one([deployments], expression)).typeChecking).toEqual({
      expressionWarnings: [
        {
          fieldRef: "spec.validations[0].expression",
          warning: `apps/v1, Kind=Deployment: ${marked(column, why, expression)}`,
        },
      ],
    });
  });

  it("tells it of every kind, in order, of messages too, and types variables", () => {
    const status = checked({
      matchConstraints: { resourceRules: [deployments, rule("", "pods")] },
      variables: [{ name: "count", expression: "object.spec.replicas" }],
      validations: [
        { expression: "variables.count == 'x'", messageExpression: "string(object.zz)" },
      ],
    });
    const warnings = status.typeChecking.expressionWarnings;
    expect(warnings.map(({ fieldRef }: any) => fieldRef)).toEqual([
      "spec.validations[0].expression",
      "spec.validations[0].messageExpression",
    ]);
    const why = "found no matching overload for '_==_' applied to '(int, string)'";
    // Of pods the variable itself is wrong: what it gives is anything then.
    expect(warnings[0].warning).toBe(
      `apps/v1, Kind=Deployment: ${marked(17, why, "variables.count == 'x'")}`,
    );
    const zz = marked(14, "undefined field 'zz'", "string(object.zz)");
    expect(warnings[1].warning).toBe(`/v1, Kind=Pod: ${zz}\napps/v1, Kind=Deployment: ${zz}`);
  });

  it("knows definitions' kinds by their schema, and parameters that are not there by nothing", () => {
    const define = (plane: ControlPlane) => {
      const schema = {
        openAPIV3Schema: {
          type: "object",
          properties: { spec: { type: "object", properties: { n: { type: "integer" } } } },
        },
      };
      plane.create("CustomResourceDefinition", {
        metadata: { name: "things.x.example" },
        spec: {
          group: "x.example",
          scope: "Cluster",
          names: { plural: "things", singular: "thing", kind: "Thing", listKind: "ThingList" },
          versions: [{ name: "v1", served: true, storage: true, schema }],
        },
      });
      plane.at(1);
    };
    const things = [rule("x.example", "things")];
    expect(checked(one(things, "object.spec.n > 1"), define).typeChecking).toEqual({});
    const { expressionWarnings } = checked(one(things, "object.spec.m > 1"), define).typeChecking;
    expect(expressionWarnings[0].warning).toContain(
      "x.example/v1, Kind=Thing: ERROR: <input>:1:12: undefined field 'm'",
    );
    const paramKind = { apiVersion: "nobody.example/v1", kind: "None" };
    const unknown = checked(one([deployments], "params.x == 1", { paramKind })).typeChecking;
    expect(unknown.expressionWarnings[0].warning).toContain("undeclared reference to 'params'");
  });

  it("is written again only for another generation", () => {
    const plane = new ControlPlane(policyStatus);
    plane.create("ValidatingAdmissionPolicy", {
      metadata: { name: "p" },
      spec: one([deployments], "object.x == 1"),
    });
    plane.at(2).edit("ValidatingAdmissionPolicy", "p", (policy) => ({
      ...policy,
      metadata: { ...policy.metadata, labels: { a: "b" } },
    }));
    expect(plane.at(3).changes("ValidatingAdmissionPolicy")).toHaveLength(3);
    plane.edit("ValidatingAdmissionPolicy", "p", (policy) => ({
      ...policy,
      spec: one([deployments], "object.spec.replicas > 0"),
    }));
    const { status } = plane.at(4).get("ValidatingAdmissionPolicy", "p");
    expect(status).toEqual({ observedGeneration: 2, typeChecking: {} });
  });
});
