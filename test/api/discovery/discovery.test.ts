import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  aggregatedDiscovery,
  apiVersions,
  groupAnswer,
  groupList,
  resourceList,
  rootPaths,
} from "../../../sim/api/discovery/discovery.ts";
import { openApiIndex, openApiV2, openApiV3 } from "../../../sim/api/discovery/open-api.ts";
import {
  OPEN_API_V2_ANSWER,
  OPEN_API_V2_PROTOBUF,
  openApiV2Bytes,
} from "../../../sim/api/discovery/open-api-bytes.ts";
import {
  builtInResources,
  compareVersions,
  customResources,
} from "../../../sim/api/discovery/served-resource.ts";
import { kindDescriptors } from "../../../sim/api/kinds/registry.ts";
import { reviewKinds } from "../../../sim/api/kinds/reviews.ts";
import { textOf, WireReader } from "../../../sim/api/protobuf/wire.ts";

function unzip(file: string): string {
  return gunzipSync(readFileSync(file)).toString("utf8");
}
const golden = JSON.parse(unzip("test/golden/api/discovery.json.gz"));
const definitions: any[] = unzip("test/golden/api/printers.jsonl.gz")
  .split("\n")
  .filter(
    (line) =>
      line.startsWith('{"kind": "CustomResourceDefinition"') ||
      line.startsWith('{"kind":"CustomResourceDefinition"'),
  )
  .flatMap((line) => JSON.parse(line).items);
const resources = [
  ...builtInResources([...kindDescriptors, ...reviewKinds]),
  ...definitions.flatMap(customResources),
];

/** A list's row in the golden file's short form. */
function row(gv: string, resource: any): object {
  return {
    gv,
    name: resource.name,
    ...(resource.singularName === "" ? {} : { singular: resource.singularName }),
    ns: resource.namespaced,
    kind: resource.kind,
    ...(resource.version === undefined ? {} : { asGV: `${resource.group}/${resource.version}` }),
    verbs: resource.verbs.join(","),
    ...(resource.shortNames === undefined ? {} : { short: resource.shortNames }),
    ...(resource.categories === undefined ? {} : { cat: resource.categories }),
  };
}
const byName = (a: any, b: any): number => (`${a.gv} ${a.name}` < `${b.gv} ${b.name}` ? -1 : 1);

describe("discovery", () => {
  it("lists the groups as recorded", () => {
    expect(groupList(resources)).toEqual(golden.apis);
    expect(apiVersions("192.0.2.2:16443")).toEqual(golden.api);
  });

  it("aggregates groups, versions, resources and doors as recorded", () => {
    expect(aggregatedDiscovery(resources, "core")).toEqual(golden.aggApi);
    expect(aggregatedDiscovery(resources, "groups")).toEqual(golden.aggApis);
  });

  it("lists every resource of every version as recorded", () => {
    const rows = golden.apis.groups
      .flatMap(({ name, versions }: any) => versions.map((one: any) => [name, one.version]))
      .concat([["", "v1"]])
      .flatMap(([group, version]: [string, string]) => {
        const list: any = resourceList(resources, group, version);
        return list.resources.map((one: any) => row(list.groupVersion, one));
      });
    console.log(`discovery: ${rows.length} resources, recorded ${golden.resources.length}`);
    expect(rows.sort(byName)).toEqual(golden.resources.toSorted(byName));
  });

  it("answers for one group, and not for what is not served", () => {
    expect(groupAnswer(resources, "apps")).toEqual({
      kind: "APIGroup",
      apiVersion: "v1",
      ...golden.apis.groups[1],
    });
    expect(groupAnswer(resources, "nope")).toBeUndefined();
    expect(resourceList(resources, "apps", "v2")).toBeUndefined();
    // Not served: metrics, status pages and the keys of tokens.
    const others = /^\/(\.well-known|flagz|metrics|openid|statusz)/;
    expect(rootPaths(resources, false)["paths"]).toEqual(
      golden.root.paths.filter((path: string) => !others.test(path)),
    );
  });

  it("prefers stable versions, and newer ones", () => {
    expect(
      ["v1alpha1", "v1", "foo", "v2beta1", "v10", "v2", "v2beta2"].sort(compareVersions),
    ).toEqual(["v10", "v2", "v1", "v2beta2", "v2beta1", "v1alpha1", "foo"]);
  });
});

describe("the OpenAPI documents", () => {
  it("say of a kind what clients read: its path, its parameters, its merge keys", () => {
    const document: any = openApiV3(resources, "apis/apps/v1");
    const path = document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
    expect(path.patch["x-kubernetes-group-version-kind"]).toEqual({
      group: "apps",
      kind: "Deployment",
      version: "v1",
    });
    expect(path.patch.parameters.map((one: any) => one.name)).toContain("fieldValidation");
    const schemas = document.components.schemas;
    expect(schemas["io.k8s.api.core.v1.PodSpec"].properties.containers).toMatchObject({
      type: "array",
      items: { $ref: "#/components/schemas/io.k8s.api.core.v1.Container" },
      "x-kubernetes-patch-merge-key": "name",
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-list-map-keys": ["name"],
    });
    expect(openApiV3(resources, "apis/apps/v2")).toBeUndefined();
    expect((openApiIndex(resources, "h") as any).paths["api/v1"]).toEqual({
      serverRelativeURL: "/openapi/v3/api/v1?hash=h",
    });
  });

  it("hold a custom resource's own schema", () => {
    const schemas = (openApiV3(resources, "apis/gold.example/v1") as any).components.schemas;
    expect(schemas["example.gold.v1.Widget"].properties.spec.type).toBe("object");
    expect(schemas["example.gold.v1.Widget"]["x-kubernetes-group-version-kind"]).toEqual([
      { group: "gold.example", kind: "Widget", version: "v1" },
    ]);
  });

  it("have every reference they make", () => {
    for (const [text, prefix, names] of [
      ...["api/v1", "apis/apps/v1", "apis/gold.example/v1", "apis/batch/v1"].map((root) => {
        const document: any = openApiV3(resources, root);
        return [
          JSON.stringify(document),
          "#/components/schemas/",
          Object.keys(document.components.schemas),
        ] as const;
      }),
      [
        JSON.stringify(openApiV2(resources)),
        "#/definitions/",
        Object.keys((openApiV2(resources) as any).definitions),
      ] as const,
    ]) {
      const known = new Set(names);
      const missing = [...text.matchAll(/"\$ref":"([^"]+)"/g)]
        .map(([, ref = ""]) => ref.slice(prefix.length))
        .filter((name) => !known.has(name));
      expect(missing).toEqual([]);
    }
  });

  it("carry the fields of the recorded document (reads ../shared when it is there)", () => {
    const file = "../shared/golden/api/openapi-v2.json.gz";
    if (!existsSync(file)) {
      console.log("no ../shared: the recorded OpenAPI document is not compared");
      return;
    }
    const recorded = JSON.parse(unzip(file)).definitions;
    const ours: any = openApiV2(resources)["definitions"];
    const wrong = Object.keys(ours).filter((name) => {
      if (recorded[name] === undefined)
        return !name.startsWith("example.") && !name.startsWith("io.k8s.metrics");
      const fields = (one: any): string =>
        Object.keys(one.properties ?? {})
          .sort()
          .join();
      return name.startsWith("io.k8s.api.") && fields(ours[name]) !== fields(recorded[name]);
    });
    expect(wrong).toEqual([]);
    /** `[]Reference`, `map[]string`: a field's type as `kubectl explain` tells it. */
    const typeText = (one: any): string => {
      if (one.$ref !== undefined) return one.$ref;
      if (one.items !== undefined) return `[]${typeText(one.items)}`;
      if (one.additionalProperties !== undefined)
        return `map[]${typeText(one.additionalProperties)}`;
      return `${one.type} ${one.format} ${one.enum}`;
    };
    const mistyped = Object.entries<any>(ours).flatMap(([name, { properties = {} }]) =>
      Object.keys(properties)
        .filter((field) => recorded[name]?.properties?.[field] !== undefined)
        .filter((field) => {
          const there = recorded[name].properties[field];
          return typeText(properties[field]) !== typeText(there);
        })
        .map((field) => `${name}.${field}`),
    );
    expect(mistyped).toEqual([
      "io.k8s.api.core.v1.PersistentVolumeClaimStatus.allocatedResourceStatuses",
    ]);
  });

  it("offer both types of a value that may be a number or a text", () => {
    const { components } = openApiV3(resources, "api/v1") as any;
    expect(components.schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]).toEqual({
      format: "int-or-string",
      oneOf: [{ type: "integer" }, { type: "string" }],
    });
    expect(components.schemas["io.k8s.apimachinery.pkg.apis.meta.v1.Time"].type).toBe("string");
  });
});

describe("the OpenAPI v2 document for kubectl", () => {
  /** Fields of a protobuf message by number. */
  const fieldsOf = (bytes: Uint8Array): Map<number, (number | Uint8Array)[]> => {
    const fields = new Map<number, (number | Uint8Array)[]>();
    const reader = new WireReader(bytes);
    for (let field = reader.next(); field !== undefined; field = reader.next())
      fields.set(field.number, [...(fields.get(field.number) ?? []), field.value]);
    return fields;
  };
  const inner = (
    fields: Map<number, (number | Uint8Array)[]>,
    number: number,
  ): Map<number, (number | Uint8Array)[]>[] =>
    (fields.get(number) ?? []).map((value) => fieldsOf(value as Uint8Array));
  const name = (fields: Map<number, (number | Uint8Array)[]>): string =>
    textOf((fields.get(1)?.[0] ?? new Uint8Array()) as Uint8Array);

  it("holds its definitions and paths as messages", () => {
    const document = openApiV2(resources);
    const whole = fieldsOf(openApiV2Bytes(document));
    expect(name(whole)).toBe("2.0");
    const definitionNames = inner(inner(whole, 9)[0]!, 1).map(name);
    expect(definitionNames).toEqual(Object.keys(document["definitions"] as object));
    expect(inner(inner(whole, 8)[0]!, 2).map(name)).toEqual(
      Object.keys(document["paths"] as object),
    );
    const pod = inner(inner(whole, 9)[0]!, 1).find(
      (one) => name(one) === "io.k8s.api.core.v1.Pod",
    )!;
    const [schema] = inner(pod, 2);
    expect(inner(inner(schema!, 25)[0]!, 1).map(name)).toEqual([
      "apiVersion",
      "kind",
      "metadata",
      "spec",
      "status",
    ]);
    expect(inner(schema!, 31).map(name)).toEqual(["x-kubernetes-group-version-kind"]);
  });

  it("is asked for by a name that no header may carry, and answered by one that may", () => {
    expect(OPEN_API_V2_PROTOBUF.replace("@", ".")).toBe(OPEN_API_V2_ANSWER);
  });

  it("lets a definition's default be any JSON", () => {
    const { definitions } = openApiV2(resources) as any;
    expect(
      definitions["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"]
        .properties.default,
    ).toEqual({
      $ref: "#/definitions/io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
    });
    expect(definitions["io.k8s.api.apps.v1.ControllerRevision"].properties.data).toEqual({
      $ref: "#/definitions/io.k8s.apimachinery.pkg.runtime.RawExtension",
    });
  });
});
