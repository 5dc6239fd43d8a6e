import { badRequest } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import { jsonTypeName, readScalar } from "./scalars.ts";
import { type FieldType, type StructType, structType, type TypeRef } from "./types.ts";

/** What a request body gave. */
export interface Decoded {
  /** The object with known fields only, canonical quantities and times, without empty optional values. */
  readonly object: KubeObject;
  /** What Strict refuses and Warn warns of: `unknown field "spec.x"`, in the order of the body. */
  readonly strictErrors: readonly string[];
}

/** What decoding needs to know of a kind in one version. */
export interface DecodeTarget {
  readonly kind: string;
  readonly version: string;
  /** Name in schema/table.gen.ts; undefined decodes anything as it is. */
  readonly type: string | undefined;
}

/** Go stops collecting strict errors there. */
const MAX_STRICT_ERRORS = 100;

interface DecodeState {
  /** Field names down to here, without indices: how Go's type errors name the place. */
  readonly stack: string[];
  /** The first type error; decoding goes on behind it as in Go. */
  saved: string | undefined;
  readonly strictErrors: string[];
  readonly literals: ReadonlyMap<string, string>;
}

const NO_LITERALS: ReadonlyMap<string, string> = new Map();

/** Stops a decoding at once (Go's custom unmarshalers do). */
class Fatal extends Error {}

/**
 * Decodes a parsed JSON body as a kind. Throws `ApiError` 400 with Go's own words for a value of the wrong type:
 * `Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal …`. `literals` tells by path how numbers were
 * written that have a fraction or an exponent.
 */
export function decode(
  target: DecodeTarget,
  json: unknown,
  literals: ReadonlyMap<string, string> = NO_LITERALS,
): Decoded {
  const struct = target.type === undefined ? undefined : structType(target.type);
  if (struct === undefined) return { object: json as KubeObject, strictErrors: [] };
  const state: DecodeState = { stack: [], saved: undefined, strictErrors: [], literals };
  let object: unknown;
  try {
    object = decodeStruct(struct, json as Readonly<Record<string, unknown>>, "", state);
  } catch (error) {
    if (!(error instanceof Fatal)) throw error;
    throw cannotHandle(target, error.message);
  }
  if (state.saved !== undefined) throw cannotHandle(target, state.saved);
  return { object: object as KubeObject, strictErrors: state.strictErrors };
}

/** 400 of a body that does not fit its kind. */
export function cannotHandle(target: { kind: string; version: string }, why: string) {
  return badRequest(
    `${target.kind} in version ${JSON.stringify(target.version)} cannot be handled as a ${target.kind}: ${why}`,
  );
}

/** 400 of unknown or repeated fields under fieldValidation=Strict. */
export function strictDecodingError(
  target: { kind: string; version: string },
  errors: readonly string[],
) {
  return cannotHandle(target, `strict decoding error: ${errors.join(", ")}`);
}

/** Decodes a part of an object (`core.v1.PodSpec`): for patches and tests. Unknown fields are dropped. */
export function decodePart(type: string, json: unknown): unknown {
  const struct = structType(type);
  if (struct === undefined) return json;
  const literals = NO_LITERALS;
  const state: DecodeState = { stack: [], saved: undefined, strictErrors: [], literals };
  const part = decodeStruct(struct, json as Readonly<Record<string, unknown>>, "", state);
  if (state.saved !== undefined) throw badRequest(state.saved);
  return part;
}

function decodeStruct(
  struct: StructType,
  json: Readonly<Record<string, unknown>>,
  path: string,
  state: DecodeState,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name in json) {
    const field = struct.fields.get(name);
    const place = path === "" ? name : `${path}.${name}`;
    if (field === undefined) {
      if (state.strictErrors.length < MAX_STRICT_ERRORS) {
        state.strictErrors.push(`unknown field ${JSON.stringify(place)}`);
      }
      continue;
    }
    const value = json[name];
    if (value === null || value === undefined) continue;
    state.stack.push(name);
    const decoded = decodeValue(field.type, value, place, struct, state);
    state.stack.pop();
    if (decoded !== undefined && keeps(field, decoded)) result[name] = decoded;
  }
  for (const field of struct.alwaysFields) {
    // A spec or template stands in its parent by value: Go gives defaults to one that was never sent.
    const byValue = STANDS_BY_VALUE.has(field.name) && field.type.tag === "struct";
    if ((field.required || byValue) && result[field.name] === undefined && !field.pointer) {
      const zero = zeroOf(field.type);
      if (zero !== undefined) result[field.name] = zero;
    }
  }
  return result;
}

const STANDS_BY_VALUE = new Set(["spec", "template", "jobTemplate"]);

/** Whether a decoded value is stored: Go forgets zeros of optional fields that are no pointers. */
function keeps(field: FieldType, value: unknown): boolean {
  if (field.pointer || field.required) return true;
  if (value === "" || value === false) return false;
  if (value === 0) return field.type.tag !== "scalar" || field.type.code === "intOrString";
  // A struct that Go prints even when it was never set stands there by value: empty is unset.
  if (field.type.tag === "struct" && field.always && !NEVER_UNSET.has(field.name))
    return hasKeys(value);
  if (field.type.tag === "list") return (value as readonly unknown[]).length > 0;
  if (field.type.tag === "map") {
    return hasKeys(value);
  }
  return true;
}

const NEVER_UNSET = new Set(["metadata", "spec", "template", "jobTemplate"]);

function hasKeys(value: unknown): boolean {
  for (const _key in value as object) return true;
  return false;
}

/** The value a required field has when the body leaves it out; undefined where Go has null. */
function zeroOf(type: TypeRef): unknown {
  switch (type.tag) {
    case "list":
      return [];
    case "map":
      return {};
    case "struct": {
      const struct = structType(type.name);
      const zero: Record<string, unknown> = {};
      for (const field of struct?.alwaysFields ?? []) {
        if (field.pointer || !(field.required || STANDS_BY_VALUE.has(field.name))) continue;
        const value = zeroOf(field.type);
        if (value !== undefined) zero[field.name] = value;
      }
      return zero;
    }
    case "raw":
      return undefined;
    default:
      return ZEROS[type.code];
  }
}

const ZEROS: Readonly<Record<string, unknown>> = {
  string: "",
  bool: false,
  int32: 0,
  int64: 0,
  float64: 0,
  quantity: "0",
  intOrString: 0,
};

function decodeValue(
  type: TypeRef,
  value: unknown,
  path: string,
  struct: StructType,
  state: DecodeState,
): unknown {
  switch (type.tag) {
    case "raw":
      return value;
    case "scalar": {
      const read = readScalar(type.code, value, state.literals.get(path));
      if ("value" in read) return read.value;
      if ("mismatch" in read) {
        const fatal = read.goName !== undefined;
        return mismatch(struct, read.mismatch, read.goName ?? type.goName, state, fatal);
      }
      if (read.fatal) throw new Fatal(read.error);
      state.saved ??= read.error;
      return undefined;
    }
    case "list": {
      if (!Array.isArray(value)) {
        return mismatch(struct, jsonTypeName(value), type.goName, state);
      }
      return value.map((item, index) =>
        decodeItem(type.item, item, `${path}[${index}]`, struct, state),
      );
    }
    case "map":
      return decodeMap(type, value, path, struct, state);
    default: {
      if (typeof value !== "object" || Array.isArray(value)) {
        return mismatch(struct, jsonTypeName(value), type.goName, state);
      }
      const inner = structType(type.name);
      if (inner === undefined) return value;
      return decodeStruct(inner, value as Readonly<Record<string, unknown>>, path, state);
    }
  }
}

/** An item of a list or map: null is the zero value there. */
function decodeItem(
  type: TypeRef,
  item: unknown,
  path: string,
  struct: StructType,
  state: DecodeState,
): unknown {
  const zero = () => zeroOf(type) ?? null;
  if (item === null) return zero();
  return decodeValue(type, item, path, struct, state) ?? zero();
}

function decodeMap(
  type: Extract<TypeRef, { tag: "map" }>,
  value: unknown,
  path: string,
  struct: StructType,
  state: DecodeState,
): unknown {
  if (typeof value !== "object" || Array.isArray(value)) {
    return mismatch(struct, jsonTypeName(value), type.goName, state);
  }
  const result: Record<string, unknown> = {};
  const entries = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(entries)) {
    result[key] = decodeItem(type.item, entries[key], `${path}.${key}`, struct, state);
  }
  return result;
}

function mismatch(
  struct: StructType,
  found: string,
  goName: string,
  state: DecodeState,
  fatal = false,
): undefined {
  const place = `${struct.bareName}.${state.stack.join(".")}`;
  const text = `json: cannot unmarshal ${found} into Go struct field ${place} of type ${goName}`;
  if (fatal) throw new Fatal(text);
  state.saved ??= text;
  return undefined;
}
