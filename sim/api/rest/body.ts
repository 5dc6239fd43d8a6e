import { badRequest, unsupportedMediaType } from "../api-error.ts";
import { apiVersionOf } from "../kinds/descriptor.ts";
import { findDescriptor } from "../kinds/registry.ts";
import { decodeObject } from "../kinds/strategy.ts";
import type { KubeObject } from "../object.ts";
import { decodeProtobuf } from "../protobuf/codec.ts";
import { cannotHandle, decode, strictDecodingError } from "../schema/decode.ts";
import { jsonMistake, placesOf, shapeOf, type TextShape } from "../schema/go-json.ts";
import type { RestRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import { parseYamlBody, yamlMistake, yamlRepeats } from "./yaml-body.ts";

/** What to do with fields that the kind does not have. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** The kind a body is to be of. */
export interface BodyTarget {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly type: string | undefined;
  /** Other versions of the same shape that are read as well. */
  readonly alsoReads?: readonly string[];
  /** The resource, where it is one whose objects a definition describes. */
  readonly resource?: Resource;
}

const JSON_TYPES: readonly string[] = ["", "application/json"];
const YAML_TYPES: readonly string[] = ["application/yaml", "text/yaml", "application/x-yaml"];
const PROTOBUF = "application/vnd.kubernetes.protobuf";
/** How much of a body Go's errors quote. */
const SUMMARY_LENGTH = 30;

/** The media type of a request's body, without parameters. */
export function mediaType(contentType: string | undefined): string {
  const type = contentType ?? "";
  const semicolon = type.indexOf(";");
  return (semicolon < 0 ? type : type.slice(0, semicolon)).trim().toLowerCase();
}

/** A parsed body, with the text it was read from when there was one. */
export interface ParsedBody {
  readonly value: unknown;
  readonly text: string | undefined;
}

/** Parses a body by its media type. Throws `ApiError` 400 for a malformed one, 415 for an unknown type. */
export function parseBody(
  request: RestRequest,
  target: BodyTarget,
  type = mediaType(request.contentType),
): ParsedBody {
  const { body } = request;
  if (type === PROTOBUF) {
    return { value: readProtobuf(body), text: undefined };
  }
  const yaml = YAML_TYPES.includes(type);
  if (!yaml && !JSON_TYPES.includes(type)) throw unknownFormat();
  if (typeof body === "object" && body !== null) return { value: body, text: undefined };
  const text = typeof body === "string" ? body : "";
  return { value: yaml ? readYaml(text, target) : readJson(text, target), text };
}

function readProtobuf(body: unknown): unknown {
  if (body instanceof Uint8Array) return decodeProtobuf(body);
  throw badRequest("the object provided is unrecognized: a protobuf body comes as bytes");
}

function unknownFormat() {
  return unsupportedMediaType(
    "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
  );
}

function readJson(text: string, target: BodyTarget): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unrecognized(
      target,
      `couldn't get version/kind; json parse error: ${jsonMistake(text) ?? "invalid JSON"}`,
      text,
    );
  }
}

function readYaml(text: string, target: BodyTarget): unknown {
  try {
    return parseYamlBody(text);
  } catch (error) {
    throw unrecognized(target, yamlMistake(error), text);
  }
}

/** 400 of a body that does not even tell its kind. */
export function unrecognized({ kind }: BodyTarget, why: string, text: string) {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(text)})`,
  );
}

function summary(text: string): string {
  if (text === "") return "<empty>";
  const bytes = utf8(text);
  const cut = bytes.length > SUMMARY_LENGTH;
  if (text.startsWith("{")) return cut ? `${cutBytes(text)} ...` : text;
  const hex = bytes
    .slice(0, SUMMARY_LENGTH)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return cut ? `${hex} ...` : hex;
}

function utf8(text: string): number[] {
  return [...encodeURIComponent(text.slice(0, 64)).matchAll(/%([0-9A-F]{2})|(.)/g)].map(
    ([, escaped, plain]) =>
      escaped === undefined ? (plain ?? "").charCodeAt(0) : Number.parseInt(escaped, 16),
  );
}

function cutBytes(text: string): string {
  let length = 0;
  let kept = "";
  for (const character of text) {
    length += utf8(character).length;
    if (length > SUMMARY_LENGTH) break;
    kept += character;
  }
  return kept;
}

/**
 * Reads the object of a request: its kind and version are checked, unknown fields refused, warned of or ignored.
 * The object is in the stored version; warnings are added to `warnings`.
 */
export function readObject(
  request: RestRequest,
  target: BodyTarget,
  validation: FieldValidation,
  warnings: string[],
): KubeObject {
  const { value, text } = parseBody(request, target);
  const yaml = YAML_TYPES.includes(mediaType(request.contentType));
  return interpret(value, text, target, validation, warnings, yaml);
}

/** Whether a path is, or lies in, one that no type has: Go does not look into those. */
function isUnknown(path: string, strictErrors: readonly string[]): boolean {
  return strictErrors.some((text) => {
    const unknown = text.slice(text.indexOf('"') + 1, -1);
    return path.startsWith(unknown) && ["", ".", "["].includes(path.charAt(unknown.length));
  });
}

const NO_SHAPE: TextShape = { repeated: new Map(), literals: new Map() };

/** Everything that strict validation has against a body: in the order of its text, with YAML's own findings first. */
function strictErrorsOf(
  text: string,
  yaml: boolean,
  { repeated }: TextShape,
  unknown: readonly string[],
): readonly string[] {
  if (yaml) {
    const repeats = yamlRepeats(text);
    return repeats === undefined ? unknown : [repeats, ...unknown];
  }
  const known = [...repeated].filter(([path]) => !isUnknown(path, unknown));
  if (known.length === 0) return unknown;
  const paths = unknown.map((error) => JSON.parse(error.slice(error.indexOf('"'))) as string);
  const places = placesOf(text, new Set(paths));
  const placed = unknown.map((error, index) => ({
    error,
    at: places.get(paths[index] ?? "") ?? 0,
  }));
  for (const [path, at] of known) {
    placed.push({ error: `duplicate field ${JSON.stringify(path)}`, at });
  }
  return placed.sort((one, other) => one.at - other.at).map(({ error }) => error);
}

/** Interprets parsed JSON as an object of the target's kind, in the stored version. */
export function interpret(
  value: unknown,
  text: string | undefined,
  target: BodyTarget,
  validation: FieldValidation,
  warnings: string[],
  yaml = false,
): KubeObject {
  // Go reads null as an object without members.
  if (value === null) return interpret({}, text, target, validation, warnings, yaml);
  if (typeof value !== "object" || Array.isArray(value)) {
    const found = Array.isArray(value) ? "array" : typeof value;
    const why = `couldn't get version/kind; json parse error: json: cannot unmarshal ${found === "boolean" ? "bool" : found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
    throw unrecognized(target, why, text ?? "");
  }
  const json = value as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (target.resource?.custom !== undefined) checkSaysKind(json, target, text);
  checkKind(json, target, text);
  const { resource } = target;
  const shape = text === undefined || yaml ? NO_SHAPE : shapeOf(text);
  const { object, strictErrors } =
    resource === undefined
      ? decode(target, value, shape.literals)
      : decodeObject(resource.descriptor, resource, value, shape.literals);
  const errors =
    text === undefined || validation === "Ignore"
      ? strictErrors
      : strictErrorsOf(text, yaml, shape, strictErrors);
  if (errors.length > 0 && validation === "Strict") throw strictDecodingError(target, errors);
  if (validation === "Warn") warnings.push(...errors);
  const metadata = object.metadata as KubeObject["metadata"] | undefined;
  return {
    ...object,
    apiVersion: apiVersionOf(resource?.descriptor ?? target),
    kind: target.kind,
    metadata: metadata ?? ({} as KubeObject["metadata"]),
  };
}

/** Objects of definitions are read without a type: nothing fills in the kind and version that they do not say. */
function checkSaysKind(
  json: { readonly apiVersion?: unknown; readonly kind?: unknown },
  target: BodyTarget,
  text: string | undefined,
): void {
  if (json.kind === undefined || json.kind === "") {
    const body = text ?? JSON.stringify(json);
    throw cannotHandle(target, `Object 'Kind' is missing in '${body}'`);
  }
  if (json.apiVersion === undefined || json.apiVersion === "") {
    throw badRequest(
      `the API version in the data () does not match the expected API version (${apiVersionOf(target)})`,
    );
  }
}

/** Refuses a body of another kind or version, in the words of upstream's codecs. */
function checkKind(
  json: { readonly apiVersion?: unknown; readonly kind?: unknown },
  target: BodyTarget,
  text: string | undefined,
): void {
  const kind = typeof json.kind === "string" && json.kind !== "" ? json.kind : target.kind;
  const wanted = apiVersionOf(target);
  const apiVersion =
    typeof json.apiVersion === "string" && json.apiVersion !== "" ? json.apiVersion : wanted;
  const readable = apiVersion === wanted || target.alsoReads?.includes(apiVersion) === true;
  if (kind === target.kind && readable) return;
  if (apiVersion.split("/").length > 2) {
    const why = `unexpected GroupVersion string: ${apiVersion}`;
    throw unrecognized(target, why, text ?? JSON.stringify(json));
  }
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  if (target.resource?.custom !== undefined) throw customMismatch(kind, apiVersion, target);
  const known = findDescriptor(kind);
  const served = (one: { group: string; version: string }) =>
    one.group === group && one.version === version;
  if (known === undefined || !(served(known) || known.otherVersions.some(served))) {
    throw badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${target.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (kind === target.kind) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`,
    );
  }
  throw badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${target.kind}: converting (${version}.${kind}) to (${internalPackage(target.group)}.${target.kind}): unknown conversion`,
  );
}

function customMismatch(kind: string, apiVersion: string, target: BodyTarget) {
  if (kind !== target.kind) {
    return cannotHandle(
      target,
      `unable to convert object from ${apiVersion}, Kind=${kind} to ${apiVersionOf(target)}, Kind=${target.kind}`,
    );
  }
  return badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(target)})`,
  );
}

/** Go package of a group's internal types: what conversion errors name. */
function internalPackage(group: string): string {
  if (group === "" || group === "events.k8s.io") return "core";
  const dot = group.indexOf(".");
  return dot < 0 ? group : group.slice(0, dot);
}
