import { parse as parseYaml } from "yaml";
import {
  ApiError,
  badRequest,
  conflict,
  invalid,
  notFound,
  unsupportedMediaType,
} from "../api-error.ts";
import type { KindDescriptor } from "../kinds/descriptor.ts";
import { type KubeObject, makeKey } from "../object.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { goKind, goText, isObject, type JsonObject, sortKeys } from "../patch/json-value.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { badPatch } from "../patch/patch-error.ts";
import { serverSideApply } from "../patch/server-side-apply.ts";
import { applyStrategicMerge } from "../patch/strategic-merge.ts";
import { customTypedErrors, typedErrors, typedErrorText } from "../patch/typed-check.ts";
import { strictDecodingError } from "../schema/decode.ts";
import { duplicateFields, jsonMistake } from "../schema/go-json.ts";
import { invalidValue } from "../validation/field-error.ts";
import { type BodyTarget, interpret, mediaType } from "./body.ts";
import { type Answer, type Call, managerOf } from "./context.ts";
import { guardsOf } from "./guards.ts";
import { mergeSchema, trackWrite } from "./managed.ts";
import { readWriteOptions, type WriteQuery } from "./options.ts";
import type { PatchDoor } from "./patch-door.ts";
import { answerObject, bodyTarget, checkName, inNamespace } from "./writing.ts";
import { yamlMistake } from "./yaml-body.ts";

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
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${yamlMistake(error)}`);
    }
  }
  const prefix = type === STRATEGIC_PATCH ? "" : "error decoding patch: ";
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw badRequest(`${prefix}${jsonMistake(text) ?? "invalid JSON"}`);
  }
  if (type === MERGE_PATCH && patch === null) throw badRequest("Invalid JSON Patch");
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

/** PATCH of an object, or of a part of it through a door. */
export function patchObject(call: Call, door?: PatchDoor): Answer {
  const { request, query, resource, target, api } = call;
  const type = mediaType(request.contentType);
  checkPatchType(type, resource.custom !== undefined);
  const apply = type === APPLY_PATCH;
  const options = readWriteOptions(query, "PatchOptions", apply);
  const patch = readPatch(call, type);
  const repeated = apply ? [] : repeatedFields(call, type, options);
  const name = target.name ?? "";
  const { kind, descriptor } = resource;
  const key = makeKey(descriptor.namespaced ? target.namespace : undefined, name);
  const live = api.store.get(kind, key) ?? call.standing;
  if (apply) return applyConfiguration(call, patch, live, options, door);
  if (live === undefined) throw notFound(descriptor, name);
  const patched = applyPatch(type, resource.type, resource.present(live), patch);
  const next = interpretPatched(call, { patched, patch, type, repeated }, options);
  const placed = inNamespace(next, descriptor, target.namespace);
  checkName(placed, name, target.namespace);
  const written = api.update(kind, placed, {
    ...writeOptions(call, options, door),
    patched: true,
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
    standing: call.standing,
    served: call.resource.apiVersion,
    ...guardsOf(call),
    ...(door === undefined ? {} : { subresource: door.subresource }),
    ...(door?.rule === undefined ? {} : { door: door.rule }),
  };
}

/** Fields that stand twice in a patch: mistakes under strict validation, warnings under the usual one. */
function repeatedFields(
  { request: { body } }: Call,
  type: string,
  { validation }: WriteQuery,
): readonly string[] {
  if (typeof body !== "string" || validation === "Ignore") return [];
  const prefix = type === JSON_PATCH ? "json patch " : "";
  return duplicateFields(body).map((path) => `${prefix}duplicate field ${JSON.stringify(path)}`);
}

/** A patch and what it made of the object. */
interface Patched {
  readonly patched: unknown;
  readonly patch: unknown;
  readonly type: string;
  /** Mistakes of the patch itself. */
  readonly repeated: readonly string[];
}

/** The patched JSON as an object. What does not fit the kind is the patch's fault: 422, as upstream has it. */
export function interpretPatched(
  call: Call,
  { patched, patch, type, repeated }: Patched,
  { validation }: WriteQuery,
  target: BodyTarget = bodyTarget(call),
): KubeObject {
  const strict = validation === "Strict";
  try {
    const warnings: string[] = [];
    const object = interpret(patched, undefined, target, strict ? "Warn" : validation, warnings);
    const mistakes = [...repeated, ...warnings];
    if (strict && mistakes.length > 0) throw strictDecodingError(target, mistakes);
    call.warnings.push(...mistakes);
    return object;
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
  const name = target.name ?? "";
  if (live === undefined && door !== undefined) throw notFound(descriptor, name);
  const configuration = checkConfiguration(call, patch);
  checkTyped(call, configuration);
  const body = {
    ...configuration,
    metadata: configuration["metadata"] ?? {},
  } as unknown as KubeObject;
  const merged = serverSideApply({
    live: live === undefined ? undefined : resource.present(live),
    applied: body,
    manager: managerOf(call),
    subresource: door?.subresource ?? "",
    force: options.force,
    schema: mergeSchema(resource),
    now: api.now,
  });
  const next = inNamespace(
    interpret(merged, undefined, bodyTarget(call), "Ignore", []),
    descriptor,
    target.namespace,
  );
  if (live === undefined) checkUnborn(descriptor, next, name);
  checkName(next, name, target.namespace);
  const write = { ...writeOptions(call, options, door), patched: true };
  const { managedFields } = merged.metadata;
  const track = (_before: KubeObject | undefined, after: KubeObject): KubeObject =>
    managedFields === undefined
      ? after
      : { ...after, metadata: { ...after.metadata, managedFields } };
  if (live === undefined) {
    const created = api.create(kind, next, { ...write, track });
    return answerObject(call, created, 201);
  }
  const key = makeKey(descriptor.namespaced ? target.namespace : undefined, target.name ?? "");
  return answerObject(call, api.update(kind, next, { ...write, key, track }));
}

/** What is to be created cannot have a UID yet. */
function checkUnborn(descriptor: KindDescriptor, { metadata }: KubeObject, name: string): void {
  const { uid = "" } = metadata;
  if (uid === "") return;
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
  throw conflict(descriptor, name, why);
}

/** An applied configuration must be of the schema in every field, whatever the field validation. Upstream tells it as a plain error: 500. */
function checkTyped({ resource }: Call, patch: JsonObject): void {
  const { descriptor, apiVersion, custom } = resource;
  const errors =
    custom === undefined
      ? typedErrors(resource.type, patch)
      : customTypedErrors(custom.schema?.openAPIV3Schema, patch);
  if (errors.length === 0) return;
  const { namespace = "", name = "" } = (patch["metadata"] ?? {}) as Partial<
    KubeObject["metadata"]
  >;
  const of = `${namespace}/${name}; ${kindText(apiVersion, descriptor.kind)}`;
  throw new ApiError(
    500,
    "",
    `failed to create typed patch object (${of}): ${typedErrorText(errors)}`,
  );
}

/** Group, version and kind as Go prints them: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
function kindText(apiVersion: string, kind: string): string {
  return `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`;
}

/** The applied configuration, checked as far as its kind goes; without managed fields of its own. */
function checkConfiguration({ resource }: Call, patch: unknown): JsonObject {
  const body = patch ?? {};
  if (!isObject(body)) {
    const why = `json: cannot unmarshal ${goKind(body)} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
  }
  const { apiVersion, kind } = body;
  if (apiVersion !== resource.apiVersion || kind !== resource.descriptor.kind)
    throw badRequest(
      `invalid object type: ${kindText(String(apiVersion ?? "/"), String(kind ?? ""))}`,
    );
  const metadata = (body["metadata"] ?? {}) as Readonly<Record<string, unknown>>;
  if ((metadata["managedFields"] ?? null) !== null)
    throw badPatch("metadata.managedFields must be nil");
  return body;
}
