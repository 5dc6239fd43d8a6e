import { describe, expect, it } from "vitest";
import { ApiError, invalid } from "../../../sim/api/api-error.ts";
import { customDescriptor } from "../../../sim/api/kinds/custom/descriptor.ts";
import type { KindDescriptor } from "../../../sim/api/kinds/descriptor.ts";
import { descriptorByResource } from "../../../sim/api/kinds/registry.ts";
import {
  applyDefaults,
  decodeObject,
  prepareUpdate,
  printObject,
  validateUpdate,
} from "../../../sim/api/kinds/strategy.ts";
import type { KubeObject } from "../../../sim/api/object.ts";
import { strictDecodingError } from "../../../sim/api/schema/decode.ts";
import { createPurely, parsePath } from "./pipeline.ts";
import { goldenRows } from "./rows.ts";

interface Row {
  id?: string;
  setup?: boolean;
  code?: number;
  request: { method: string; path: string; contentType?: string; body?: any };
  response?: any;
}

const rows = goldenRows<Row>("errors");
const world = new Map<string, KubeObject>();
const custom = new Map<string, KindDescriptor>();

/** Rows that the pure part answers alone: new objects, and merge patches of objects that rows before created. */
function isPure({ request, code, id = "" }: Row): boolean {
  const place = parsePath(request.path);
  const body = request.body;
  if (typeof body !== "object" || body === null) return false;
  // Allocation of addresses and node ports is the allocator's, subresources and options are the REST layer's.
  if (/^svc-(ip-range|np-range|ip-taken|np-taken)$|^bad-|terminating|mismatch|^version/.test(id))
    return false;
  const creates = request.method === "POST" && place.name === undefined;
  const merges =
    request.method === "PATCH" && request.contentType === "application/merge-patch+json";
  const fits = code === 400 || code === 422 || code === 201;
  return fits && (creates || (merges && place.subresource === undefined));
}

function describeKey(path: string, name: string) {
  const place = parsePath(path);
  return `${place.group}/${place.plural}/${place.namespace ?? ""}/${name}`;
}

function fill(body: any): any {
  return JSON.parse(
    JSON.stringify(body).replaceAll(/<(\d+) (.)>/g, (_, count, letter) =>
      letter.repeat(Number(count)),
    ),
  );
}

function merge(target: any, patch: any): any {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = typeof target === "object" && target !== null ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    if (patch[key] === null) delete result[key];
    else result[key] = merge(result[key], patch[key]);
  }
  return result;
}

/** Objects that controllers make in a real cluster. */
const account: KubeObject = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: {
    name: "default",
    uid: "1",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  },
};

world.set("scheduling.k8s.io/priorityclasses//system-cluster-critical", {
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { ...account.metadata, name: "system-cluster-critical" },
  value: 2_000_000_000,
  preemptionPolicy: "PreemptLowerPriority",
} as KubeObject);

function answer(row: Row): ApiError | undefined {
  const { request } = row;
  const place = parsePath(request.path);
  const descriptor =
    descriptorByResource(place.group, place.version, place.plural) ??
    custom.get(`${place.group}/${place.plural}`);
  if (descriptor === undefined) throw new Error(`nothing serves ${request.path}`);
  const body = fill(request.body);
  try {
    if (request.method === "POST") create(descriptor, place, body, request.path);
    else update(descriptor, place, body, request.path);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  return undefined;
}

function create(descriptor: KindDescriptor, place: any, body: any, path: string) {
  const lookup = (kind: string, key: string) =>
    kind === "ServiceAccount" && key.endsWith("/default") ? account : undefined;
  const made = createPurely(descriptor, place, body, lookup);
  if (made.strictErrors.length > 0 && path.includes("Strict")) {
    throw strictDecodingError({ kind: descriptor.kind, version: place.version }, made.strictErrors);
  }
  const { name } = made.object.metadata;
  if (made.errors.length > 0) throw invalid(descriptor, name, made.errors);
  const stored = applyDefaults(descriptor, made.object);
  world.set(describeKey(path, name), stored);
  if (descriptor.kind === "CustomResourceDefinition") {
    const added = customDescriptor(stored as never);
    custom.set(`${added.group}/${added.plural}`, added);
  }
}

function update(descriptor: KindDescriptor, place: any, body: any, path: string) {
  const before = world.get(describeKey(path, place.name));
  if (before === undefined) throw new Error(`no ${path}`);
  const printed = printObject(descriptor, place, before);
  const decoded = decodeObject(descriptor, place, merge(printed, body)).object;
  const next = prepareUpdate(descriptor, applyDefaults(descriptor, decoded), before);
  const errors = validateUpdate(descriptor, next, before, { now: 0 });
  if (errors.length > 0) throw invalid(descriptor, next.metadata.name, errors);
  world.set(describeKey(path, place.name), next);
}

/** Names and hashes that a real server drew at random. */
function normalized(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>")
      .replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-XXXXX")
      .replaceAll(/Bad_[a-z0-9]{5}/g, "Bad_XXXXX"),
  );
}

describe("what the API refuses", () => {
  const failed: string[] = [];
  let count = 0;
  for (const row of rows) {
    if (row.setup === true) {
      const pure = row.request.method === "POST" && parsePath(row.request.path).name === undefined;
      const merges =
        row.request.method === "PATCH" &&
        row.request.contentType === "application/merge-patch+json";
      if (!pure && !merges) continue;
      it(`prepares ${row.request.path} ${row.request.body?.metadata?.name ?? ""}`, () => {
        try {
          answer(row);
        } catch (error) {
          if (!(error as Error).message.startsWith("no ")) throw error;
        }
      });
      continue;
    }
    if (!isPure(row)) continue;
    count++;
    it(`answers ${row.id} as a real server does`, () => {
      failed.push(row.id ?? "");
      const error = answer(row);
      if ((row.code ?? 0) < 300) {
        expect(error?.status).toBeUndefined();
        failed.pop();
        return;
      }
      expect(error, "accepted").toBeDefined();
      const { response } = row;
      const expected = { message: response.message, reason: response.reason, code: row.code };
      const actual = { message: error?.message, reason: error?.reason, code: error?.code };
      expect(normalized(actual)).toEqual(normalized(expected));
      if (response.details !== undefined) {
        expect(normalized(error?.status.details)).toEqual(normalized(response.details));
      }
      failed.pop();
    });
  }
  it("does so for every row that needs no server", () => {
    console.log(`errors: ${count - failed.length} of ${count} pure rows exact`);
    expect(failed).toEqual([]);
  });
});
