import type { LostWrite } from "../../api/client.ts";
import type { KindName } from "../../api/kinds/kind-map.ts";
import type { Key } from "../../api/object.ts";
import { MINUTE, type Micros } from "../../engine/time.ts";

/** After this long unmet expectations are given up (upstream `ExpectationsTimeout`). */
const GIVEN_UP_AFTER: Micros = 5 * MINUTE;

type Memory = Map<string, unknown>;

/** What a controller waits to see in its cache before it acts on a key again. */
interface Expectations {
  readonly creations: number;
  /** Keys of objects whose deletion is to be seen. */
  readonly deletions: readonly Key[];
  readonly since: Micros;
}

const NONE: readonly Key[] = [];

const PREFIX = "expectations/";

function memoryKey(key: Key): string {
  return PREFIX + key;
}

/** Expects to see this many creations for a key, beyond those still awaited. */
export function expectCreations(memory: Memory, key: Key, count: number, now: Micros): void {
  const known = memory.get(memoryKey(key)) as Expectations | undefined;
  memory.set(memoryKey(key), {
    creations: (known?.creations ?? 0) + count,
    deletions: known?.deletions ?? NONE,
    since: now,
  } satisfies Expectations);
}

/** Expects to see these objects deleted, or marked for deletion. */
export function expectDeletions(
  memory: Memory,
  key: Key,
  deletions: readonly Key[],
  now: Micros,
): void {
  const known = memory.get(memoryKey(key)) as Expectations | undefined;
  memory.set(memoryKey(key), {
    creations: known?.creations ?? 0,
    deletions: [...(known?.deletions ?? NONE), ...deletions],
    since: now,
  } satisfies Expectations);
}

/** A creation was seen, or will never be. */
export function creationObserved(memory: Memory, key: Key, count = 1): void {
  if (count === 0) return;
  const known = memory.get(memoryKey(key)) as Expectations | undefined;
  if (known === undefined || known.creations === 0) return;
  put(memory, key, { ...known, creations: Math.max(0, known.creations - count) });
}

/** A deletion was seen, or will never be. */
export function deletionObserved(memory: Memory, key: Key, object: Key): void {
  const known = memory.get(memoryKey(key)) as Expectations | undefined;
  if (known === undefined || !known.deletions.includes(object)) return;
  const deletions = known.deletions.filter((other) => other !== object);
  put(memory, key, { ...known, deletions });
}

/** What is not expected any more of writes to a kind that failed after they were queued; for `writeFailed`. */
export function unexpect(of: KindName): (write: LostWrite, memory: Memory) => void {
  return ({ owner, verb, kind, key }, memory) => {
    if (kind !== of) return;
    if (verb === "create") creationObserved(memory, owner);
    else if (verb === "delete") deletionObserved(memory, owner, key);
  };
}

/** Keeps expectations; those that are met need no memory. */
function put(memory: Memory, key: Key, expectations: Expectations): void {
  const { creations, deletions } = expectations;
  if (creations === 0 && deletions.length === 0) memory.delete(memoryKey(key));
  else memory.set(memoryKey(key), expectations);
}

/** Whether the cache shows everything this controller did for a key; expectations that take too long are given up. */
export function expectationsMet(memory: Memory, key: Key, now: Micros): boolean {
  const known = memory.get(memoryKey(key)) as Expectations | undefined;
  if (known === undefined) return true;
  if (known.creations === 0 && known.deletions.length === 0) return true;
  return now - known.since > GIVEN_UP_AFTER;
}

/** Expects nothing any more: the key's object is gone. */
export function forgetExpectations(memory: Memory, key: Key): void {
  memory.delete(memoryKey(key));
}
