import { messageTable } from "./table.gen.ts";

/** One field of a message. */
export interface MessageField {
  /** Its name in JSON; empty when its fields stand in the parent. */
  readonly name: string;
  readonly number: number;
  readonly repeated: boolean;
  readonly map: boolean;
  /** A scalar's code, or the name of a message. */
  readonly type: string;
}

const parsed = new Map<string, readonly MessageField[]>();

/** Fields of a message by its name (`core.v1.Pod`); undefined when the table has none. */
export function messageFields(name: string): readonly MessageField[] | undefined {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const row = messageTable[name];
  if (row === undefined) return undefined;
  const fields = row
    .split(" ")
    .filter((text) => text !== "")
    .map(readField);
  parsed.set(name, fields);
  return fields;
}

function readField(text: string): MessageField {
  const [name = "", number = "0", ...rest] = text.split(":");
  const code = rest.join(":");
  const repeated = code.startsWith("[]");
  const map = code.startsWith("{}");
  return {
    name: name === "^" ? "" : name,
    number: Number(number),
    repeated,
    map,
    type: repeated || map ? code.slice(2) : code,
  };
}

/** Message behind an apiVersion and kind: the group's own, or one of meta (`DeleteOptions`). */
export function messageName(apiVersion: string, kind: string): string | undefined {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "core" : (apiVersion.slice(0, slash).split(".")[0] ?? "");
  const own = `${group}.${apiVersion.slice(slash + 1)}.${kind}`;
  if (messageTable[own] !== undefined) return own;
  const shared = `meta.v1.${kind}`;
  return messageTable[shared] === undefined ? undefined : shared;
}
