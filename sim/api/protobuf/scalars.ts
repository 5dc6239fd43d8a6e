import { SECOND } from "../../engine/time.ts";
import { decodeBase64, encodeBytes } from "../kinds/base64.ts";
import { EPOCH_SECONDS, microTimestamp, parseTimestamp, timestamp } from "../meta/time.ts";
import { malformed, message, textOf, WireReader, type WireWriter } from "./wire.ts";

const encoder = new TextEncoder();

type Fields = ReadonlyMap<number, number | Uint8Array>;

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, number | Uint8Array>();
  const reader = new WireReader(bytes);
  for (let field = reader.next(); field !== undefined; field = reader.next())
    fields.set(field.number, field.value);
  return fields;
}

function numberAt(fields: Fields, number: number): number {
  const value = fields.get(number);
  return typeof value === "number" ? value : 0;
}

function bytesAt(fields: Fields, number: number): Uint8Array {
  const value = fields.get(number);
  return value instanceof Uint8Array ? value : new Uint8Array();
}

/** Go's zero time (year 1) and an empty message both mean: no time. */
function readTime(bytes: Uint8Array, micro: boolean): string | undefined {
  const fields = fieldsOf(bytes);
  const [seconds, nanos] = [numberAt(fields, 1), numberAt(fields, 2)];
  if ((seconds === 0 && nanos === 0) || seconds < -62_000_000_000) return undefined;
  const time = (seconds - EPOCH_SECONDS) * SECOND + Math.floor(nanos / 1000);
  return micro ? microTimestamp(time) : timestamp(time);
}

function readJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(textOf(bytes));
  } catch {
    throw malformed("raw JSON inside is malformed");
  }
}

function scalarMessage(type: string, bytes: Uint8Array): unknown {
  switch (type) {
    case "string":
      return textOf(bytes);
    case "bytes":
      return encodeBytes(bytes);
    case "time":
      return readTime(bytes, false);
    case "microTime":
      return readTime(bytes, true);
    case "quantity":
      return textOf(bytesAt(fieldsOf(bytes), 1));
    case "raw":
      return readJson(bytesAt(fieldsOf(bytes), 1));
    case "intOrString": {
      const fields = fieldsOf(bytes);
      return numberAt(fields, 1) === 0 ? numberAt(fields, 2) : textOf(bytesAt(fields, 3));
    }
    default:
      return undefined;
  }
}

/** Types that the wire has as one value, not as a message of fields. */
export const scalarTypes: ReadonlySet<string> = new Set([
  ..."string bytes time microTime quantity raw intOrString bool int32 int64 float64 duration".split(
    " ",
  ),
]);

/** A scalar from the wire as JSON has it; undefined for one that was not set. */
export function readScalar(type: string, value: number | Uint8Array): unknown {
  if (value instanceof Uint8Array) return scalarMessage(type, value);
  return type === "bool" ? value !== 0 : value;
}

function timeBytes(text: string): Uint8Array {
  const time = parseTimestamp(text) ?? 0;
  const seconds = Math.floor(time / SECOND);
  return message((writer) => {
    writer.varint(1, seconds + EPOCH_SECONDS);
    writer.varint(2, (time - seconds * SECOND) * 1000);
  });
}

/** The bytes of a scalar that is no number. */
function scalarBytes(type: string, value: unknown): Uint8Array {
  const text = String(value);
  switch (type) {
    case "bytes":
      return decodeBase64(text);
    case "time":
    case "microTime":
      return timeBytes(text);
    case "quantity":
      return message((writer) => writer.text(1, text));
    case "raw":
      return message((writer) => writer.text(1, JSON.stringify(value)));
    case "intOrString":
      return message((writer) => {
        writer.varint(1, typeof value === "number" ? 0 : 1);
        writer.varint(2, typeof value === "number" ? value : 0);
        writer.text(3, typeof value === "number" ? "" : text);
      });
    default:
      return encoder.encode(text);
  }
}

/** Writes a scalar as a field. */
export function writeScalar(
  writer: WireWriter,
  number: number,
  type: string,
  value: unknown,
): void {
  if (type === "bool") writer.varint(number, value === true ? 1 : 0);
  else if (type === "int32" || type === "int64") writer.varint(number, Number(value));
  else if (type === "float64") writer.double(number, Number(value));
  else writer.bytes(number, scalarBytes(type, value));
}
