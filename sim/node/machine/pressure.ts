import { formatQuantity } from "../../api/meta/quantity.ts";
import type { Node } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { Behaviours } from "../behaviour/behaviours.ts";
import { nextPiece, slopeAt, type Usage, usageAt } from "../behaviour/usage.ts";
import { isAlive, type PodRun } from "../pod/pod-run.ts";
import { amounts, requests } from "../pod/resources.ts";

/** Hard threshold of free memory (kubelet default `memory.available<100Mi`). */
export const MEMORY_THRESHOLD = 100 * 1024 * 1024;
/** Pods of this priority and above are never evicted by their node (`system-cluster-critical`). */
const CRITICAL_PRIORITY = 2_000_000_000;

/** One container's declared use of memory. */
interface MemoryUser {
  readonly usage: Usage;
  readonly startedAt: Micros;
}

/** Containers of a node that declare their memory. */
export function memoryUsers(pods: Iterable<PodRun>, behaviours: Behaviours): readonly MemoryUser[] {
  const users: MemoryUser[] = [];
  for (const run of pods) {
    for (const container of run.containers) {
      if (!isAlive(container)) continue;
      const usage = behaviours.of(run.pod, container.name, container.spec.image ?? "").memory;
      if (usage !== undefined) users.push({ usage, startedAt: container.startedAt });
    }
  }
  return users;
}

/** Bytes that the containers use at a time. */
export function memoryInUse(users: readonly MemoryUser[], now: Micros): number {
  let sum = 0;
  for (const { usage, startedAt } of users) sum += usageAt(usage, now - startedAt);
  return Math.round(sum);
}

/** First time from `now` on at which the containers together use more than a limit; `undefined` when they never do. */
export function memoryAbove(
  users: readonly MemoryUser[],
  limit: number,
  now: Micros,
): Micros | undefined {
  for (let at = now; ; ) {
    const used = memoryInUse(users, at);
    if (used > limit) return at;
    let slope = 0;
    let next = Number.POSITIVE_INFINITY;
    for (const { usage, startedAt } of users) {
      slope += slopeAt(usage, at - startedAt);
      const piece = nextPiece(usage, at - startedAt);
      if (piece !== undefined) next = Math.min(next, startedAt + piece);
    }
    const crossing =
      slope > 0 ? at + Math.ceil(((limit - used) * SECOND) / slope) + 1 : Number.POSITIVE_INFINITY;
    if (crossing < next) return crossing;
    if (next === Number.POSITIVE_INFINITY) return undefined;
    at = next;
  }
}

/** Free memory of a node: its capacity less what its containers use and what something else took. */
export function memoryAvailable(node: Node, used: number, taken: number): number {
  return (amounts(node.status?.capacity)["memory"] ?? 0) - used - taken;
}

/**
 * The pod that a node ends first when memory runs out: those above their requests, then of lower priority, then with the
 * larger excess. `undefined` when only critical pods are left.
 */
export function firstToEvict(
  pods: Iterable<PodRun>,
  behaviours: Behaviours,
  now: Micros,
): PodRun | undefined {
  const ranked = [...pods]
    .filter((run) => !run.finished && run.stop === undefined && priorityOf(run) < CRITICAL_PRIORITY)
    .map((run) => {
      const excess = memoryOf(run, behaviours, now) - (run.requests["memory"] ?? 0);
      return { run, excess, above: excess > 0 };
    });
  ranked.sort(
    (a, b) =>
      Number(b.above) - Number(a.above) ||
      priorityOf(a.run) - priorityOf(b.run) ||
      b.excess - a.excess ||
      (a.run.key < b.run.key ? -1 : 1),
  );
  return ranked[0]?.run;
}

/** What the status of a pod says that its node evicted for memory. */
export function evictionMessage(
  run: PodRun,
  behaviours: Behaviours,
  available: number,
  now: Micros,
): string {
  let message = `The node was low on resource: memory. Threshold quantity: 100Mi, available: ${kibibytes(available)}. `;
  for (const container of run.containers) {
    if (!isAlive(container)) continue;
    const usage = behaviours.of(run.pod, container.name, container.spec.image ?? "").memory ?? [];
    const used = Math.round(usageAt(usage, now - container.startedAt));
    const request = requests(container.spec.resources)["memory"] ?? 0;
    if (used > request)
      message += `Container ${container.name} was using ${kibibytes(used)}, request is ${bytes(request)}, has larger consumption of memory. `;
  }
  return message;
}

function memoryOf(run: PodRun, behaviours: Behaviours, now: Micros): number {
  return memoryInUse(memoryUsers([run], behaviours), now);
}

function priorityOf(run: PodRun): number {
  return run.pod.spec?.priority ?? 0;
}

function kibibytes(value: number): string {
  return `${Math.floor(Math.max(value, 0) / 1024)}Ki`;
}

function bytes(value: number): string {
  return formatQuantity({ nanos: BigInt(Math.round(value)) * 1_000_000_000n, format: "BinarySI" });
}
