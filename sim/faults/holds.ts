import type { FaultContext } from "./fault.ts";

/** What faults do to whole nodes, and how each is undone. */
const UNDONE_BY = { crash: "recover", pause: "resume", partition: "heal" } as const;

/** What several faults may do to one thing at a time, counted: only the end of the last undoes it. */
export class Holds {
  #counts: ReadonlyMap<string, number> = new Map();

  /** One more fault does this. */
  take(what: string): void {
    this.#counts = new Map(this.#counts).set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** One fault does this no longer; whether none does now. */
  release(what: string): boolean {
    const left = (this.#counts.get(what) ?? 1) - 1;
    const counts = new Map(this.#counts);
    if (left > 0) counts.set(what, left);
    else counts.delete(what);
    this.#counts = counts;
    return left <= 0;
  }

  save(): unknown {
    return [...this.#counts];
  }

  load(state: unknown): void {
    this.#counts = new Map(state as readonly (readonly [string, number])[]);
  }
}

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
