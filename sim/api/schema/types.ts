import { alwaysPrinted, namedStrings, pointerScalars, requiredPointers } from "./go-facts.ts";
import { typeTable } from "./table.gen.ts";

/** A type as the table writes it, parsed. */
export type TypeRef =
  | { readonly tag: "scalar"; readonly code: ScalarCode; readonly goName: string }
  | { readonly tag: "list"; readonly item: TypeRef; readonly goName: string }
  | { readonly tag: "map"; readonly item: TypeRef; readonly goName: string }
  | { readonly tag: "struct"; readonly name: string; readonly goName: string }
  | { readonly tag: "raw"; readonly goName: string };

/** Scalars of the table. */
export type ScalarCode =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "float64"
  | "quantity"
  | "intOrString"
  | "time"
  | "microTime"
  | "bytes";

/** One field of a struct. */
export interface FieldType {
  readonly name: string;
  readonly type: TypeRef;
  /** Zero values are kept: the Go field is a pointer. */
  readonly pointer: boolean;
  /** Go prints it even when it was never set. */
  readonly always: boolean;
  /** The OpenAPI document calls it required. */
  readonly required: boolean;
  /** `map=name`, `set`, `atomic`: how server-side apply sees a list or map. */
  readonly listType: string | undefined;
  readonly listKeys: readonly string[];
  readonly patchStrategy: readonly string[];
  readonly patchMergeKey: string | undefined;
}

/** One struct of the API. */
export interface StructType {
  /** `core.v1.PodSpec`. */
  readonly name: string;
  /** `PodSpec`, as Go's errors name it. */
  readonly bareName: string;
  readonly atomic: boolean;
  readonly fields: ReadonlyMap<string, FieldType>;
  /** The fields that are printed always. */
  readonly alwaysFields: readonly FieldType[];
}

const SCALARS = new Set<string>([
  "string",
  "bool",
  "int32",
  "int64",
  "float64",
  "quantity",
  "intOrString",
  "time",
  "microTime",
  "bytes",
]);
const GO_NAMES: Readonly<Record<string, string>> = {
  quantity: "resource.Quantity",
  intOrString: "intstr.IntOrString",
  time: "v1.Time",
  microTime: "v1.MicroTime",
  bytes: "[]uint8",
};

const structs = new Map<string, StructType>();

/** A struct of the table by name (`core.v1.PodSpec`), parsed on first use; undefined when the table has none. */
export function structType(name: string): StructType | undefined {
  const known = structs.get(name);
  if (known !== undefined) return known;
  const atomic = typeTable[`${name}|atomic`] !== undefined;
  const row = atomic ? typeTable[`${name}|atomic`] : typeTable[name];
  if (row === undefined) return undefined;
  const fields = new Map<string, FieldType>();
  const fact = (table: Readonly<Record<string, string>>) => new Set((table[name] ?? "").split(" "));
  const facts = {
    pointers: fact(pointerScalars),
    always: fact(alwaysPrinted),
    nullable: fact(requiredPointers),
  };
  for (const text of row.split(" ")) {
    if (text !== "") addField(name, text, facts, fields);
  }
  const alwaysFields = [...fields.values()].filter((field) => field.always);
  const bareName = name.slice(name.lastIndexOf(".") + 1);
  const parsed: StructType = { name, bareName, atomic, fields, alwaysFields };
  structs.set(name, parsed);
  return parsed;
}

interface FieldFacts {
  readonly pointers: ReadonlySet<string>;
  readonly always: ReadonlySet<string>;
  readonly nullable: ReadonlySet<string>;
}

function addField(
  owner: string,
  text: string,
  facts: FieldFacts,
  into: Map<string, FieldType>,
): void {
  const [head = "", ...marks] = text.split("|");
  const colon = head.indexOf(":");
  const name = head.slice(0, colon);
  const marked = (prefix: string) =>
    marks.find((mark) => mark.startsWith(prefix))?.slice(prefix.length);
  const keys = marked("map=");
  const [strategies = "", mergeKey] = (marked("patch=") ?? "").split("@");
  const required = marks.includes("req");
  into.set(name, {
    name,
    type: parseType(head.slice(colon + 1), owner, name),
    pointer: facts.pointers.has(name) || facts.nullable.has(name),
    always: facts.always.has(name) || required,
    required,
    listType: keys !== undefined ? "map" : ["set", "atomic"].find((type) => marks.includes(type)),
    listKeys: keys?.split("+") ?? [],
    patchStrategy: strategies === "" ? [] : strategies.split("+"),
    patchMergeKey: mergeKey,
  });
}

function parseType(code: string, owner: string, field: string): TypeRef {
  if (code.startsWith("[]")) {
    const item = parseType(code.slice(2), owner, field);
    return { tag: "list", item, goName: `[]${item.goName}` };
  }
  if (code.startsWith("{}")) {
    const item = parseType(code.slice(2), owner, field);
    const goName = code === "{}quantity" ? "v1.ResourceList" : `map[string]${item.goName}`;
    return { tag: "map", item, goName };
  }
  if (SCALARS.has(code)) {
    const named =
      code === "string" ? (namedStrings[`${owner}.${field}`] ?? namedStrings[field]) : undefined;
    return {
      tag: "scalar",
      code: code as ScalarCode,
      goName: named ?? GO_NAMES[code] ?? code,
    };
  }
  if (code === "raw") return { tag: "raw", goName: "runtime.RawExtension" };
  return { tag: "struct", name: code, goName: code.split(".").slice(1).join(".") };
}
