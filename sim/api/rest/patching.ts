import { parse as parseYaml } from "yaml";
import { ApiError, badRequest, invalid, notFound, unsupportedMediaType } from "../api-error.ts";
import type { DoorRule } from "../api-server.ts";
import { decodeObject } from "../kinds/strategy.ts";
import { type KubeObject, makeKey } from "../object.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { goKind, goText } from "../patch/json-value.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { serverSideApply } from "../patch/server-side-apply.ts";
import { applyStrategicMerge } from "../patch/strategic-merge.ts";
import { invalidValue } from "../validation/field-error.ts";
import { interpret, mediaType } from "./body.ts";
import { type Answer, type Call, managerOf } from "./context.ts";
import { jsonMistake } from "./go-json.ts";
import { mergeSchema, trackWrite } from "./managed.ts";
import { readWriteOptions, type WriteQuery } from "./options.ts";
import { answerObject, bodyTarget, checkName, inNamespace } from "./writing.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";

/** The media types of patches that a resource takes: objects of definitions have no strategic merge. */
export function checkPatchType(type: string, custom: boolean): void {
  const types = custom
    ? [JSON_PATCH, MERGE_PATCH, APPLY_PATCH]
    : [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH];
  if (types.includes(type)) return;
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${types.join(", ")}`,
  );
}

/** Reads the patch of a request as JSON. Throws `ApiError` 400. */
export function readPatch({ request }: Pick<Call, "request">, type: string): unknown {
  const { body } = request;
  if (typeof body === "object" && body !== null && !(body instanceof Uint8Array)) return body;
  const text = typeof body === "string" ? body : "";
  if (type === APPLY_PATCH) {
    try {
      return parseYaml(text, { maxAliasCount: 100, logLevel: "error", merge: true }) as unknown;
    } catch (error) {
      throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : ""}`);
    }
  }
  const prefix = type === STRATEGIC_PATCH ? "" : "error decoding patch: ";
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw badRequest(`${prefix}${jsonMistake(text) ?? "invalid JSON"}`);
  }
  if (type === STRATEGIC_PATCH && (typeof patch !== "object" || Array.isArray(patch)))
    throw badRequest(
      `json: cannot unmarshal ${Array.isArray(patch) ? "array" : goKind(patch)} into Go value of type map[string]interface {}`,
    );
  return patch;
}

/** Applies a patch of any type but server-side apply to JSON of a type of the schema table. */
export function applyPatch(
  type: string,
  typeName: string | undefined,
  object: unknown,
  patch: unknown,
) {
  if (type === JSON_PATCH) return applyJsonPatch(object, patch);
  if (type === MERGE_PATCH) return applyMergePatch(object, patch);
  return applyStrategicMerge(typeName ?? "", object, patch);
}

/** How a patch goes through one of the doors. */
export interface PatchDoor {
  readonly subresource: string;
  readonly rule?: DoorRule;
}

/** PATCH of an object, or of a part of it through a door. */
export function patchObject(call: Call, door?: PatchDoor): Answer {
  const { request, query, resource, target, api } = call;
  const type = mediaType(request.contentType);
  checkPatchType(type, resource.custom !== undefined);
  const apply = type === APPLY_PATCH;
  const options = readWriteOptions(query, "PatchOptions", apply);
  const patch = readPatch(call, type);
  const name = target.name ?? "";
  const { kind, descriptor } = resource;
  const key = makeKey(descriptor.namespaced ? target.namespace : undefined, name);
  const live = api.store.get(kind, key);
  if (apply) return applyConfiguration(call, patch, live, options, door);
  if (live === undefined) throw notFound(descriptor, name);
  const patched = applyPatch(type, resource.type, resource.present(live), patch);
  const next = interpretPatched(call, patched, patch, type, options);
  const placed = inNamespace(next, descriptor, target.namespace);
  checkName(placed, name, target.namespace);
  const written = api.update(kind, placed, {
    ...writeOptions(call, options, door),
    key,
    track: trackWrite(call, door?.subresource),
  });
  return answerObject(call, written);
}

function writeOptions(call: Call, { dryRun }: WriteQuery, door: PatchDoor | undefined) {
  const { user, warnings } = call;
  return {
    user,
    dryRun,
    warnings,
    ...(door === undefined ? {} : { subresource: door.subresource }),
    ...(door?.rule === undefined ? {} : { door: door.rule }),
  };
}

/** The patched JSON as an object. What does not fit the kind is the patch's fault: 422, as upstream has it. */
function interpretPatched(
  call: Call,
  patched: unknown,
  patch: unknown,
  type: string,
  options: WriteQuery,
): KubeObject {
  const target = bodyTarget(call);
  try {
    return interpret(patched, undefined, target, options.validation, call.warnings);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 400) throw error;
    const marker = `cannot be handled as a ${target.kind}: `;
    const at = error.message.indexOf(marker);
    if (at < 0) throw error;
    const why = error.message.slice(at + marker.length);
    const strategic = type === STRATEGIC_PATCH;
    const shown = strategic ? goText(patch) : JSON.stringify(sortKeys(patched));
    throw invalid({ group: "", kind: "" }, "", [
      invalidValue("patch", shown, strategic ? converterText(why) : why),
    ]);
  }
}

/** Go's kinds of JSON values as its converter of unstructured data names them. */
const goKinds: Readonly<Record<string, string>> = {
  array: "slice",
  number: "int64",
  object: "map",
};

/** A type error in the words of the converter, through which strategic patches go instead of through JSON. */
function converterText(why: string): string {
  const match = /^json: cannot unmarshal (\w+) into Go struct field \S+ of type (.+)$/.exec(why);
  if (match === null) return why;
  const [, found = "", type = ""] = match;
  const kind = goKinds[found] ?? found;
  if (type.startsWith("[]")) return `cannot restore slice from ${kind}`;
  if (type.startsWith("map[")) return `cannot restore map from ${kind}`;
  if (type === "string" && found === "number") return "cannot convert int64 to string";
  const scalar = ["string", "bool", "int32", "int64", "float64"].includes(type);
  return scalar ? `unrecognized type: ${type}` : `cannot restore struct from: ${kind}`;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

/** Server-side apply: creates the object where it is missing. */
function applyConfiguration(
  call: Call,
  patch: unknown,
  live: KubeObject | undefined,
  options: WriteQuery,
  door: PatchDoor | undefined,
): Answer {
  const { resource, target, api } = call;
  const { kind, descriptor } = resource;
  const body = checkConfiguration(call, patch);
  checkDeclared(call, body);
  if (live === undefined && door !== undefined) throw notFound(descriptor, target.name ?? "");
  const merged = serverSideApply({
    live: live === undefined ? undefined : resource.present(live),
    applied: body,
    manager: managerOf(call),
    subresource: door?.subresource ?? "",
    force: options.force,
    schema: mergeSchema(resource),
    now: api.now,
  });
  const next = interpret(merged, undefined, bodyTarget(call), "Ignore", []);
  const write = writeOptions(call, options, door);
  const { managedFields } = merged.metadata;
  const track = (_before: KubeObject | undefined, after: KubeObject): KubeObject =>
    managedFields === undefined
      ? after
      : { ...after, metadata: { ...after.metadata, managedFields } };
  if (live === undefined) {
    const placed = inNamespace(next, descriptor, target.namespace);
    const created = api.create(kind, placed, { ...write, track });
    return answerObject(call, created, 201);
  }
  const key = makeKey(descriptor.namespaced ? target.namespace : undefined, target.name ?? "");
  return answerObject(call, api.update(kind, next, { ...write, key, track }));
}

/**
 * An applied configuration must be of the schema in every field, whatever the field validation. Upstream tells it as
 * a plain error: 500.
 */
function checkDeclared({ resource }: Call, body: KubeObject): void {
  const { descriptor, apiVersion } = resource;
  const fail = (why: string): never => {
    const { namespace = "", name } = body.metadata;
    const of = `(${namespace}/${name}; ${apiVersion}, Kind=${descriptor.kind})`;
    throw new ApiError(500, "", `failed to create typed patch object ${of}: ${why}`);
  };
  let unknown: readonly string[] = [];
  try {
    unknown = decodeObject(descriptor, resource, body).strictErrors;
  } catch (error) {
    const at = error instanceof ApiError ? error.message.indexOf(": json: ") : -1;
    if (at < 0) throw error;
    fail((error as ApiError).message.slice(at + 2));
  }
  const places = unknown.map((text) => {
    const path = /^unknown field "(.*)"$/.exec(text)?.[1] ?? text;
    return `${typedPath(body, path)}: field not declared in schema`;
  });
  if (places.length === 1) fail(places[0] ?? "");
  if (places.length > 1) fail(`errors:\n${places.map((place) => `  ${place}`).join("\n")}`);
}

/** A path as typed values print it: list items by their name. */
function typedPath(body: unknown, path: string): string {
  let value = body;
  let printed = "";
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (name !== undefined) {
      value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
      printed += `.${name}`;
      continue;
    }
    value = (value as readonly unknown[] | undefined)?.[Number(index)];
    const key = (value as { readonly name?: unknown } | undefined)?.name;
    printed += key === undefined ? `[${index}]` : `[name=${JSON.stringify(key)}]`;
  }
  return printed;
}

/** The applied configuration, checked as far as its identity goes. */
function checkConfiguration(call: Call, patch: unknown): KubeObject {
  const { resource, target } = call;
  if (patch === null || typeof patch !== "object" || Array.isArray(patch))
    throw badRequest("error decoding YAML: json: cannot unmarshal into Go value of type map");
  const body = patch as Record<string, unknown>;
  if (body["apiVersion"] === undefined || body["kind"] === undefined)
    throw badRequest(
      `couldn't get version/kind; json parse error: ${body["kind"] === undefined ? "Object 'Kind' is missing" : "Object 'apiVersion' is missing"} in '${JSON.stringify(body)}'`,
    );
  const metadata = (body["metadata"] ?? {}) as Record<string, unknown>;
  const name = metadata["name"];
  if (name !== undefined && name !== target.name)
    throw badRequest(
      `name in URL (${target.name}) does not match the name of the object (${String(name)})`,
    );
  const own = metadata["namespace"];
  const namespace = resource.descriptor.namespaced ? target.namespace : undefined;
  if (own !== undefined && namespace !== undefined && own !== namespace)
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  return {
    ...body,
    metadata: { ...metadata, name: target.name, ...(namespace === undefined ? {} : { namespace }) },
  } as unknown as KubeObject;
}
