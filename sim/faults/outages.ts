import type { FaultContext } from "./fault.ts";

/** What faults do to whole nodes, and how each is undone. */
const UNDONE_BY = { crash: "recover", pause: "resume", partition: "heal" } as const;

/** Does something to nodes. */
export function strike(
  { nodes, holds }: FaultContext,
  how: keyof typeof UNDONE_BY,
  names: readonly string[],
): void {
  for (const name of names) {
    holds.take(`${how} ${name}`);
    nodes[how](name);
  }
}

/** Undoes it on those of the nodes where no other fault does the same. */
export function mend(
  { nodes, holds }: FaultContext,
  how: keyof typeof UNDONE_BY,
  names: readonly string[],
): void {
  for (const name of names) if (holds.release(`${how} ${name}`)) nodes[UNDONE_BY[how]](name);
}
