import { ApiError } from "../api-error.ts";
import { equalJson, goKind, isObject, withMember } from "./json-value.ts";
import { badPatch, unprocessablePatch } from "./patch-error.ts";

/** Operations that one JSON patch may hold (apiserver `maxJSONPatchOperations`). */
const LIMIT = 10_000;

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from: string | undefined;
  readonly value: unknown;
  readonly hasValue: boolean;
}

/**
 * Applies a JSON patch (RFC 6902, with negative list indices as upstream's library has them).
 * Throws `ApiError` 400 when `operations` is no list of operations, 413 when it is too long, 422 when one fails.
 */
export function applyJsonPatch<T>(object: T, operations: unknown): T {
  let result: unknown = object;
  for (const operation of readOperations(operations)) result = applyOperation(result, operation);
  return result as T;
}

function readOperations(operations: unknown): readonly Operation[] {
  if (!Array.isArray(operations))
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${goKind(operations)} into Go value of type []handlers.jsonPatchOp`,
    );
  if (operations.length > LIMIT) {
    const message = `The allowed maximum operations in a JSON patch is ${LIMIT}, got ${operations.length}`;
    throw new ApiError(413, "RequestEntityTooLarge", message);
  }
  return operations.map(readOperation);
}

function readOperation(entry: unknown): Operation {
  if (!isObject(entry))
    throw badPatch(
      `error decoding patch: json: cannot unmarshal ${goKind(entry)} into Go value of type handlers.jsonPatchOp`,
    );
  for (const key of ["op", "path", "from"]) {
    const member = entry[key];
    if (member !== undefined && member !== null && typeof member !== "string")
      throw badPatch(
        `error decoding patch: json: cannot unmarshal ${goKind(member)} into Go struct field jsonPatchOp.${key} of type string`,
      );
  }
  const { op, path, from, value } = entry;
  if (typeof op !== "string" || typeof path !== "string") throw unprocessablePatch();
  return {
    op,
    path,
    from: typeof from === "string" ? from : undefined,
    value: value ?? null,
    hasValue: Object.hasOwn(entry, "value"),
  };
}

function applyOperation(root: unknown, operation: Operation): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case "add":
      return edit(root, path, insert(needValue(operation)));
    case "remove":
      return edit(root, path, removeAt);
    case "replace":
      return edit(root, path, replaceAt(needValue(operation)));
    case "move": {
      const from = pointer(needFrom(operation));
      const value = read(root, from);
      if (value === undefined) throw unprocessablePatch();
      return edit(edit(root, from, removeAt), path, insert(value));
    }
    case "copy": {
      const value = read(root, pointer(needFrom(operation)));
      if (value === undefined) throw unprocessablePatch();
      return edit(root, path, insert(value));
    }
    case "test":
      if (!equalJson(read(root, path) ?? null, operation.value)) throw unprocessablePatch();
      return root;
    default:
      throw unprocessablePatch();
  }
}

function needValue({ value, hasValue }: Operation): unknown {
  if (!hasValue) throw unprocessablePatch();
  return value;
}

function needFrom({ from }: Operation): string {
  if (from === undefined) throw unprocessablePatch();
  return from;
}

/** The keys of a JSON pointer (RFC 6901). */
function pointer(text: string): readonly string[] {
  if (text === "") return [];
  if (!text.startsWith("/")) throw unprocessablePatch();
  return text
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Index by its key among so many places; negative ones count from the end, -1 when there is none. */
function indexOf(key: string, places: number): number {
  if (!/^-?\d+$/.test(key)) return -1;
  const index = Number(key) < 0 ? Number(key) + places : Number(key);
  return index >= 0 && index < places ? index : -1;
}

function child(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[indexOf(key, value.length)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function read(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(child, root);
}

/** How one step of an edit changes the parent of what the path names; the parent is undefined for the root. */
type Change = (parent: unknown, key: string | undefined) => unknown;

function edit(root: unknown, path: readonly string[], change: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(undefined, undefined);
  if (rest.length === 0) return change(root, key);
  const inner = child(root, key);
  if (inner === undefined) throw unprocessablePatch();
  const changed = edit(inner, rest, change);
  if (Array.isArray(root)) return root.with(indexOf(key, root.length), changed);
  return withMember(root as Readonly<Record<string, unknown>>, key, changed);
}

function insert(value: unknown): Change {
  return (parent, key) => {
    if (key === undefined) return value;
    if (isObject(parent)) return withMember(parent, key, value);
    if (!Array.isArray(parent)) throw unprocessablePatch();
    // There is one place more to add at than there are items: -1 is behind the last, as `-`.
    const index = key === "-" ? parent.length : indexOf(key, parent.length + 1);
    if (index < 0) throw unprocessablePatch();
    return parent.toSpliced(index, 0, value);
  };
}

function replaceAt(value: unknown): Change {
  return (parent, key) => {
    if (key === undefined) return value;
    if (child(parent, key) === undefined) throw unprocessablePatch();
    if (Array.isArray(parent)) return parent.with(indexOf(key, parent.length), value);
    return withMember(parent as Readonly<Record<string, unknown>>, key, value);
  };
}

const removeAt: Change = (parent, key) => {
  if (key === undefined || child(parent, key) === undefined) throw unprocessablePatch();
  if (Array.isArray(parent)) return parent.toSpliced(indexOf(key, parent.length), 1);
  return withMember(parent as Readonly<Record<string, unknown>>, key, undefined);
};
