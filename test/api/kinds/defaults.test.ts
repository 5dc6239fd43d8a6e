import { describe, expect, it } from "vitest";
import { customDescriptor } from "../../../sim/api/kinds/custom/descriptor.ts";
import type { KindDescriptor } from "../../../sim/api/kinds/descriptor.ts";
import { descriptorByResource } from "../../../sim/api/kinds/registry.ts";
import { applyDefaults, printObject, warningsOf } from "../../../sim/api/kinds/strategy.ts";
import type { KubeObject } from "../../../sim/api/object.ts";
import type { CustomResourceDefinition } from "../../../sim/api/types.gen.ts";
import { createPurely, parsePath, UID } from "./pipeline.ts";
import { goldenRows } from "./rows.ts";

interface Row {
  id: string;
  kind: string;
  path: string;
  code: number;
  warning?: string;
  input: any;
  output: any;
}

const rows = goldenRows<Row>("defaults");
const world = new Map<string, KubeObject>([
  [
    "ServiceAccount/gold/default",
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta("default", "gold") },
  ],
]);
const custom = new Map<string, KindDescriptor>();

function meta(name: string, namespace?: string) {
  return {
    name,
    uid: "1",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** The real server's random parts, and what allocators (not these functions) fill in. */
function normalized(output: any, expected: any): any {
  const copy = JSON.parse(JSON.stringify(output));
  for (const key of ["uid", "resourceVersion", "creationTimestamp"]) delete copy.metadata[key];
  const text = JSON.stringify(copy).replaceAll(
    /kube-api-access-[a-z0-9]{5}/g,
    "kube-api-access-XXXXX",
  );
  const result = JSON.parse(text.replaceAll(UID, "<uid>").replaceAll("gen-xxxxx", "gen-XXXXX"));
  for (const key of ["clusterIP", "clusterIPs", "healthCheckNodePort"]) {
    const wanted = expected.spec?.[key];
    if (JSON.stringify(wanted)?.includes("<") || key === "clusterIPs") {
      if (wanted !== undefined) result.spec[key] = wanted;
    }
  }
  for (const [index, port] of (expected.spec?.ports ?? []).entries()) {
    if (port.nodePort === "<nodePort>") result.spec.ports[index].nodePort = "<nodePort>";
  }
  return withoutTimes(result);
}

function withoutTimes(expected: any): any {
  const copy = JSON.parse(JSON.stringify(expected));
  for (const condition of copy.status?.conditions ?? []) {
    if (condition.lastTransitionTime) condition.lastTransitionTime = "<time>";
  }
  if (copy.status?.lastPhaseTransitionTime) copy.status.lastPhaseTransitionTime = "<time>";
  return copy;
}

describe("what the API makes of a new object", () => {
  const failed: string[] = [];
  for (const row of rows) {
    it(`completes ${row.kind} ${row.id} as a real server does`, () => {
      const place = parsePath(row.path);
      const found =
        descriptorByResource(place.group, place.version, place.plural) ??
        custom.get(`${place.group}/${place.plural}`);
      expect(found, row.path).toBeDefined();
      const descriptor = found!;
      failed.push(row.id);
      const lookup = (kind: string, key: string) => world.get(`${kind}/${key}`);
      const { object, errors, strictErrors } = createPurely(descriptor, place, row.input, lookup);
      expect(errors).toEqual([]);
      const stored = applyDefaults(descriptor, object);
      world.set(
        `${row.kind}/${place.namespace ? `${place.namespace}/` : ""}${object.metadata.name}`,
        stored,
      );
      if (row.kind === "CustomResourceDefinition") {
        const crd = stored as CustomResourceDefinition;
        custom.set(`${crd.spec.group}/${crd.spec.names.plural}`, customDescriptor(crd));
      }
      const printed = printObject(descriptor, place, stored);
      expect(normalized(printed, row.output)).toEqual(withoutTimes(row.output));
      const warnings = [...strictErrors, ...warningsOf(descriptor, stored)];
      const texts = warnings.map((text) => `299 - ${JSON.stringify(text)}`);
      expect(texts.join(", ")).toBe(row.warning ?? "");
      failed.pop();
    });
  }
  it("does so for every recorded row", () => {
    console.log(`defaults: ${rows.length - failed.length} of ${rows.length} rows exact`);
    expect(failed).toEqual([]);
  });
});
