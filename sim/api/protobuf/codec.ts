import { isObject, type JsonObject } from "../patch/json-value.ts";
import { type MessageField, messageFields, messageName } from "./messages.ts";
import { readScalar, scalarTypes, writeScalar } from "./scalars.ts";
import { malformed, message, textOf, WireReader, WireWriter } from "./wire.ts";

/** `k8s` and a zero byte: what every body of application/vnd.kubernetes.protobuf begins with. */
const MAGIC: readonly number[] = [0x6b, 0x38, 0x73, 0];

/** Whether a body is in Kubernetes' protobuf envelope. */
export function isProtobuf(body: Uint8Array): boolean {
  return MAGIC.every((byte, index) => body[index] === byte);
}

/** Whether objects of a kind can be read and written as protobuf. */
export function hasMessage(apiVersion: string, kind: string): boolean {
  return messageName(apiVersion, kind) !== undefined;
}

/**
 * Reads a protobuf body (magic, `runtime.Unknown`, message) as the JSON object it stands for. Zero values are kept
 * as they were sent: the schema's decoder knows which of them count.
 * Throws `ApiError` 400 for a malformed body or a kind without a known message.
 */
export function decodeProtobuf(body: Uint8Array): JsonObject {
  if (!isProtobuf(body)) throw malformed("provided data does not appear to be a protobuf message");
  let [apiVersion, kind] = ["", ""];
  let raw: Uint8Array = new Uint8Array();
  eachField(body.subarray(MAGIC.length), (number, value) => {
    if (!(value instanceof Uint8Array)) return;
    if (number === 1) [apiVersion, kind] = readTypeMeta(value);
    else if (number === 2) raw = value;
  });
  const name = messageName(apiVersion, kind);
  if (name === undefined)
    throw malformed(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`,
    );
  return { apiVersion, kind, ...readMessage(name, raw) };
}

/** Writes an object as a protobuf body; undefined when its kind has no known message. */
export function encodeProtobuf(object: JsonObject): Uint8Array | undefined {
  const [apiVersion, kind] = [String(object["apiVersion"]), String(object["kind"])];
  const name = messageName(apiVersion, kind);
  if (name === undefined) return undefined;
  const meta = message((writer) => {
    writer.text(1, apiVersion);
    writer.text(2, kind);
  });
  const unknown = message((writer) => {
    writer.bytes(1, meta);
    writer.bytes(2, writeMessage(name, object));
    writer.text(3, "");
    writer.text(4, "");
  });
  const body = new Uint8Array(MAGIC.length + unknown.length);
  body.set(MAGIC);
  body.set(unknown, MAGIC.length);
  return body;
}

/** One frame of a watch: its length in four bytes, then a `WatchEvent` whose object is a body of its own. */
export function encodeWatchFrame(type: string, object: JsonObject): Uint8Array | undefined {
  const body = encodeProtobuf(object);
  if (body === undefined) return undefined;
  const bytes = message((writer) => {
    writer.text(1, type);
    writer.bytes(
      2,
      message((raw) => raw.bytes(1, body)),
    );
  });
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}

function eachField(
  bytes: Uint8Array,
  visit: (number: number, value: number | Uint8Array) => void,
): void {
  const reader = new WireReader(bytes);
  for (let field = reader.next(); field !== undefined; field = reader.next())
    visit(field.number, field.value);
}

function readTypeMeta(bytes: Uint8Array): [apiVersion: string, kind: string] {
  const meta: [string, string] = ["", ""];
  eachField(bytes, (number, value) => {
    if (value instanceof Uint8Array && (number === 1 || number === 2))
      meta[number - 1] = textOf(value);
  });
  return meta;
}

function readMessage(name: string, bytes: Uint8Array): JsonObject {
  const result = new Map<string, unknown>();
  const fields = messageFields(name) ?? [];
  eachField(bytes, (number, value) => {
    const field = fields.find((one) => one.number === number);
    if (field !== undefined) readInto(result, field, value);
  });
  return Object.fromEntries(result);
}

function readInto(
  result: Map<string, unknown>,
  field: MessageField,
  value: number | Uint8Array,
): void {
  const { name, type } = field;
  if (name === "") {
    const inner = value instanceof Uint8Array ? readMessage(type, value) : {};
    for (const [key, member] of Object.entries(inner)) result.set(key, member);
  } else if (field.map) {
    if (!(value instanceof Uint8Array)) throw malformed("proto: wrong wireType");
    const before = result.get(name);
    result.set(name, { ...(isObject(before) ? before : {}), ...readEntry(type, value) });
  } else if (field.repeated) {
    const list = (result.get(name) ?? []) as readonly unknown[];
    result.set(name, [...list, readValue(type, value)]);
  } else {
    const read = readValue(type, value);
    if (read !== undefined) result.set(name, read);
  }
}

/** A map's entry: key 1, value 2. */
function readEntry(type: string, bytes: Uint8Array): JsonObject {
  let key = "";
  let entry: unknown;
  eachField(bytes, (number, value) => {
    if (number === 1 && value instanceof Uint8Array) key = textOf(value);
    else if (number === 2) entry = readValue(type, value);
  });
  const empty = type === "string" || type === "bytes" ? "" : scalarTypes.has(type) ? 0 : {};
  return Object.fromEntries([[key, entry ?? empty]]);
}

function readValue(type: string, value: number | Uint8Array): unknown {
  if (scalarTypes.has(type)) return readScalar(type, value);
  if (!(value instanceof Uint8Array)) throw malformed("proto: wrong wireType");
  if (type === "list") return readList(value);
  return type.startsWith(SCHEMA_OR) ? readSchemaOr(type, value) : readMessage(type, value);
}

/** Types that are a schema or something else in JSON: a message with a field for each on the wire. */
const SCHEMA_OR = "schemaOr";
const SCHEMA = "apiextensions.v1.JSONSchemaProps";
/** Number of the field that holds the schema; the other one's is 3 less it. */
const schemaField = (type: string): number => (type === "schemaOrBool" ? 2 : 1);

function readSchemaOr(type: string, bytes: Uint8Array): unknown {
  const list: unknown[] = [];
  let [schema, allows]: [unknown, unknown] = [undefined, undefined];
  eachField(bytes, (number, value) => {
    if (number === schemaField(type)) schema = readValue(SCHEMA, value);
    else if (type === "schemaOrBool") allows = readScalar("bool", value);
    else list.push(readValue(type === "schemaOrArray" ? SCHEMA : "string", value));
  });
  return schema ?? (type === "schemaOrBool" ? allows : list);
}

function writeSchemaOr(type: string, value: unknown): Uint8Array {
  return message((writer) => {
    const own = schemaField(type);
    if (type === "schemaOrBool") writer.varint(1, value === false ? 0 : 1);
    if (Array.isArray(value)) {
      const item = type === "schemaOrArray" ? SCHEMA : "string";
      for (const one of value) writeValue(writer, 3 - own, item, one);
    } else if (isObject(value)) writeValue(writer, own, SCHEMA, value);
  });
}

/** A message that only wraps a list of texts (`ExtraValue`). */
function readList(bytes: Uint8Array): readonly string[] {
  const list: string[] = [];
  eachField(bytes, (_, value) => {
    if (value instanceof Uint8Array) list.push(textOf(value));
  });
  return list;
}

function writeMessage(name: string, object: JsonObject): Uint8Array {
  const writer = new WireWriter();
  for (const field of messageFields(name) ?? []) {
    if (field.name === "") {
      writer.bytes(field.number, writeMessage(field.type, object));
      continue;
    }
    const value = object[field.name];
    if (value === undefined || value === null) continue;
    if (field.map) {
      for (const [key, member] of Object.entries(value as JsonObject))
        writer.bytes(field.number, writeEntry(field.type, key, member));
    } else if (field.repeated) {
      for (const item of value as readonly unknown[])
        writeValue(writer, field.number, field.type, item);
    } else writeValue(writer, field.number, field.type, value);
  }
  return writer.finish();
}

function writeEntry(type: string, key: string, value: unknown): Uint8Array {
  return message((writer) => {
    writer.text(1, key);
    writeValue(writer, 2, type, value);
  });
}

function writeValue(writer: WireWriter, number: number, type: string, value: unknown): void {
  if (scalarTypes.has(type)) writeScalar(writer, number, type, value);
  else if (type === "list") {
    const texts = value as readonly string[];
    const list = message((inner) => {
      for (const text of texts) inner.text(1, text);
    });
    writer.bytes(number, list);
  } else if (type.startsWith(SCHEMA_OR)) writer.bytes(number, writeSchemaOr(type, value));
  else writer.bytes(number, writeMessage(type, value as JsonObject));
}
