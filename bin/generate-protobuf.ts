/**
 * Writes sim/api/protobuf/table.gen.ts: field numbers of Kubernetes' protobuf messages, read from the descriptors that a
 * kubectl program carries (gzipped FileDescriptorProto, up to v1.34). What later versions added, and the groups that no
 * kubectl carries, are in `additions`. Run: `npx tsx bin/generate-protobuf.ts PATH-OF-KUBECTL`; without a program the
 * additions are laid over the table as it is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { messageTable } from "../sim/api/protobuf/table.gen.ts";
import { typeTable } from "../sim/api/schema/table.gen.ts";
import { additions } from "./protobuf-additions.ts";

type Fields = ReadonlyMap<number, readonly (number | Buffer)[]>;

function varint(data: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = data[at++] ?? 0;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/** Fields of an encoded message: numbers for varints, buffers for the rest. */
function parse(data: Buffer): Fields {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  while (at < data.length) {
    const [tag, next] = varint(data, at);
    const [size, start] = (tag & 7) === 2 || (tag & 7) === 0 ? varint(data, next) : [0, next];
    const length = (tag & 7) === 2 ? size : (tag & 7) === 1 ? 8 : (tag & 7) === 5 ? 4 : 0;
    const list = fields.get(tag >>> 3) ?? [];
    list.push((tag & 7) === 0 ? size : data.subarray(start, start + length));
    fields.set(tag >>> 3, list);
    at = start + length;
  }
  return fields;
}

function text(fields: Fields, number: number): string {
  return String(fields.get(number)?.[0] ?? "");
}

function messages(fields: Fields, number: number): readonly Fields[] {
  return (fields.get(number) ?? []).map((one) => parse(one as Buffer));
}

/** Every descriptor in a program whose file name is of Kubernetes. */
function* descriptors(program: Buffer): Iterable<Fields> {
  const magic = Buffer.from([0x1f, 0x8b, 0x08, 0x00]);
  for (let at = program.indexOf(magic); at >= 0; at = program.indexOf(magic, at + 1)) {
    let data: Buffer;
    try {
      data = gunzipSync(program.subarray(at, at + 200_000), { finishFlush: 2 });
    } catch {
      continue;
    }
    if (data[0] !== 10 || !data.subarray(0, 64).includes("k8s.io/")) continue;
    yield parse(data);
  }
}

const packages: Readonly<Record<string, string>> = {
  "k8s.io.apimachinery.pkg.apis.meta.v1": "meta.v1",
  "k8s.io.metrics.pkg.apis.metrics.v1beta1": "metrics.v1beta1",
  "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1": "apiextensions.v1",
};
/** Messages that are one value in JSON, by the code of that value. */
const values: Readonly<Record<string, string>> = {
  ".k8s.io.apimachinery.pkg.api.resource.Quantity": "quantity",
  ".k8s.io.apimachinery.pkg.util.intstr.IntOrString": "intOrString",
  ".k8s.io.apimachinery.pkg.apis.meta.v1.Time": "time",
  ".k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime": "microTime",
  ".k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1": "raw",
  ".k8s.io.apimachinery.pkg.apis.meta.v1.Duration": "duration",
  ".k8s.io.apimachinery.pkg.runtime.RawExtension": "raw",
};
/** FieldDescriptorProto.Type → code. */
const scalars: Readonly<Record<number, string>> = {
  1: "float64",
  3: "int64",
  5: "int32",
  8: "bool",
  9: "string",
  12: "bytes",
};

function shortPackage(name: string): string | undefined {
  const api = /^k8s\.io\.api\.(\w+\.v\d+)$/.exec(name)?.[1];
  return api ?? packages[name];
}

interface Message {
  readonly name: string;
  readonly fields: readonly Fields[];
  readonly entries: ReadonlyMap<string, Fields>;
}

const all = new Map<string, Message>();
const program = process.argv[2];
for (const file of program === undefined ? [] : descriptors(readFileSync(program))) {
  const short = shortPackage(text(file, 2));
  if (short === undefined) continue;
  for (const message of messages(file, 4)) {
    const entries = new Map(messages(message, 3).map((entry) => [text(entry, 1), entry]));
    const name = `${short}.${text(message, 1)}`;
    all.set(`.${text(file, 2)}.${text(message, 1)}`, {
      name,
      fields: messages(message, 2),
      entries,
    });
  }
}

const known = new Set(Object.keys(typeTable).map((name) => name.split("|")[0] ?? ""));
const jsonFields = (type: string): ReadonlySet<string> =>
  new Set(
    (typeTable[type] ?? typeTable[`${type}|atomic`] ?? "")
      .split(" ")
      .map((one) => one.split(":")[0] ?? ""),
  );

/** Whether a message only wraps a list that JSON writes bare (ExtraValue, Verbs). */
function isListWrapper(message: Message | undefined): boolean {
  if (message === undefined || message.fields.length !== 1 || known.has(message.name)) return false;
  return text(message.fields[0] as Fields, 1) === "items";
}

function code(field: Fields, owner: Message): string {
  const typeName = text(field, 6);
  const repeated = Number(field.get(4)?.[0]) === 3;
  const entry = owner.entries.get(typeName.slice(typeName.lastIndexOf(".") + 1));
  if (entry !== undefined) {
    const value = messages(entry, 2).find((one) => Number(one.get(3)?.[0]) === 2);
    return value === undefined ? "raw" : `{}${code(value, owner)}`;
  }
  const message = all.get(typeName);
  const single =
    typeName === ""
      ? scalars[Number(field.get(5)?.[0])]
      : (values[typeName] ?? (isListWrapper(message) ? "list" : message?.name));
  return `${repeated ? "[]" : ""}${single ?? "raw"}`;
}

const rows = new Map<string, string[]>(
  program === undefined
    ? Object.entries(messageTable).map(([name, row]) => [name, row.split(" ")])
    : [],
);
const inlined = new Set<string>();
for (const message of all.values()) {
  const json = jsonFields(message.name);
  const row = message.fields.map((field) => {
    const type = code(field, message);
    const spelled = text(field, 1);
    const name = [...json].find((one) => one.toLowerCase() === spelled.toLowerCase()) ?? spelled;
    const inline =
      json.size > 1 && !json.has(name) && !type.startsWith("[") && all.has(text(field, 6));
    if (inline) inlined.add(text(field, 6));
    return `${inline ? "^" : name}:${Number(field.get(3)?.[0])}:${type}`;
  });
  rows.set(message.name, row);
}
for (const [name, more] of Object.entries(additions)) {
  const added = more.split(" ").filter((one) => one !== "");
  const numbers = new Set(added.map((one) => one.split(":")[1]));
  const before = (rows.get(name) ?? []).filter((one) => !numbers.has(one.split(":")[1]));
  rows.set(name, [...before, ...added]);
}

/** JSON names a message reaches, its inlined messages' included. */
function reached(type: string): readonly string[] {
  return (rows.get(type) ?? []).flatMap((one) => {
    const [name = "", , inner = ""] = one.split(":");
    return name === "^" ? reached(inner) : [name];
  });
}
for (const type of known) {
  const names = new Set(reached(type));
  const missing = [...jsonFields(type)].filter(
    (name) => name !== "" && !names.has(name) && !["apiVersion", "kind"].includes(name),
  );
  if (missing.length > 0 && !rows.has(type)) console.error(`no message: ${type}`);
  else if (missing.length > 0) console.error(`no number: ${type}: ${missing.join(" ")}`);
}

for (const row of rows.values())
  for (const one of row) if (one.startsWith("^:")) inlined.add(one.split(":")[2] ?? "");
const wanted = [...rows].filter(
  ([name]) =>
    known.has(name) ||
    additions[name] !== undefined ||
    inlined.has(name) ||
    [...inlined].some((one) => all.get(one)?.name === name),
);
const lines = wanted
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, row]) => `  "${name}": "${row.join(" ")}",`);
writeFileSync(
  "sim/api/protobuf/table.gen.ts",
  `// Generated by bin/generate-protobuf.ts: field numbers of Kubernetes' protobuf messages. Do not edit.

/** Type (\`group.version.Name\`) → fields as \`jsonName:number:type\`; \`^\` for a message whose fields stand in its parent. */
export const messageTable: Readonly<Record<string, string>> = {
${lines.join("\n")}
};
`,
);
