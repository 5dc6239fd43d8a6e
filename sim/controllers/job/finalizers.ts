import { type ApiError, isApiError } from "../../api/api-error.ts";
import { type Key, keyOf } from "../../api/object.ts";
import type { Job, Pod } from "../../api/types.gen.ts";
import type { ReconcileContext } from "../runtime/controller.ts";
import { isTracked, untracked } from "./pods.ts";

type Memory = Map<string, unknown>;

const NONE: ReadonlySet<string> = new Set();

function memoryKey(key: Key): string {
  return `finalizers/${key}`;
}

/** Uids of pods whose finalizer was removed although the cache still shows it. */
export function expectedRemovals(memory: Memory, key: Key): ReadonlySet<string> {
  const uids = memory.get(memoryKey(key)) as readonly string[] | undefined;
  return uids === undefined ? NONE : new Set(uids);
}

/** The cache shows a pod without its finalizer. */
export function removalObserved(memory: Memory, key: Key, uid: string): void {
  const uids = memory.get(memoryKey(key)) as readonly string[] | undefined;
  if (uids === undefined || !uids.includes(uid)) return;
  const left = uids.filter((other) => other !== uid);
  if (left.length === 0) memory.delete(memoryKey(key));
  else memory.set(memoryKey(key), left);
}

/** Expects no removals any more. */
export function forgetRemovals(memory: Memory, key: Key): void {
  memory.delete(memoryKey(key));
}

/** Takes the tracking finalizer off pods; answers whose is gone, and the first error. */
export function removeFinalizers(
  job: Job,
  pods: readonly Pod[],
  { client, memory }: ReconcileContext,
): { readonly released: readonly string[]; readonly error: ApiError | undefined } {
  const released: string[] = [];
  let error: ApiError | undefined;
  for (const pod of pods) {
    try {
      client.update("Pod", untracked(pod));
    } catch (caught) {
      if (!isApiError(caught)) throw caught;
      const gone = caught.code === 404;
      const retried = caught.code === 409 && releaseFresh(pod, client);
      if (!gone && !retried) {
        error ??= caught;
        continue;
      }
    }
    released.push(pod.metadata.uid);
  }
  if (released.length > 0) {
    const key = memoryKey(keyOf(job));
    memory.set(key, [...((memory.get(key) as readonly string[] | undefined) ?? []), ...released]);
  }
  return { released, error };
}

/** Upstream patches, which no newer version of the pod can hinder. */
function releaseFresh(pod: Pod, client: ReconcileContext["client"]): boolean {
  const fresh = client.live("Pod", keyOf(pod));
  if (fresh === undefined || fresh.metadata.uid !== pod.metadata.uid) return true;
  if (isTracked(fresh)) client.update("Pod", untracked(fresh));
  return true;
}
