import { goJson, inKeyOrder } from "./go-text.ts";
import { internalTypes } from "./internal-types.ts";

/*
 * Upstream prints structs inside messages as JSON of its internal types: Go's field names in Go's order, nothing left out.
 * The internal types' fields stand in internal-types.ts.
 */

/** A value as upstream's messages print it, on one line. `type` is a name of internal-types.ts, `[]` before it for lists. */
export function goValue(type: string, value: unknown): string {
  return goJson(goTree(type, value));
}

/** The same with one field a line, as upstream's diffs compare it. */
export function goLines(type: string, value: unknown): readonly string[] {
  return goJson(goTree(type, value), 1).split("\n");
}

/** Value in terms of the internal type: unset pointers, lists and maps are null, other unset fields zero. */
function goTree(type: string, value: unknown): unknown {
  if (type.startsWith("*")) {
    return value === undefined || value === null ? null : goTree(type.slice(1), value);
  }
  if (type.startsWith("[]")) {
    if (value === undefined || value === null) return null;
    return (value as readonly unknown[]).map((item) => goTree(type.slice(2), item));
  }
  if (type === "map" || type === "raw") return value === undefined ? null : inKeyOrder(value);
  const zero = ZEROS[type];
  if (zero !== undefined) return value ?? zero;
  const fields = internalTypes[type];
  if (fields === undefined) return value ?? null;
  const source = (value ?? {}) as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const field of parsed(type, fields)) {
    if (field.inline) Object.assign(result, goTree(field.type, source) as object);
    else if (!(field.omitEmpty && isUnset(source[field.json]))) {
      result[field.goName] = goTree(field.type, source[field.json]);
    }
  }
  return result;
}

/** What `omitempty` leaves out. */
function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "" || isEmptyPart(value);
}

function isEmptyPart(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

const ZEROS: Readonly<Record<string, unknown>> = {
  string: "",
  int: 0,
  bool: false,
  quantity: "0",
  intOrString: 0,
};

interface InternalField {
  readonly goName: string;
  readonly json: string;
  readonly type: string;
  readonly inline: boolean;
  readonly omitEmpty: boolean;
}

const parsedTypes = new Map<string, readonly InternalField[]>();

/** Fields are written `Name:type`, `Name=jsonName:type` when the names differ beyond their first letters. */
function parsed(type: string, text: string): readonly InternalField[] {
  const known = parsedTypes.get(type);
  if (known !== undefined) return known;
  const fields = text.split(" ").map((part): InternalField => {
    const colon = part.indexOf(":");
    const [goName = "", named] = part.slice(0, colon).split("=");
    const omitEmpty = goName.endsWith("?");
    const bare = omitEmpty ? goName.slice(0, -1) : goName;
    return {
      goName: bare,
      json: named ?? bare.charAt(0).toLowerCase() + bare.slice(1),
      type: part.slice(colon + 1),
      inline: bare === "",
      omitEmpty,
    };
  });
  parsedTypes.set(type, fields);
  return fields;
}
