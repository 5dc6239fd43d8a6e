import type { Invariant, Monitor } from "./invariant.ts";
import { noOvercommit } from "./invariants/no-overcommit.ts";

/** Every law that runs are checked against. A new one is one file and one line here. */
export const invariants: readonly Invariant[] = [noOvercommit];

/** Their names. */
export const invariantNames: readonly string[] = invariants.map(({ name }) => name);

/** A fresh monitor of a law, by name. */
export function watchInvariant(name: string): Monitor | undefined {
  return invariants.find((invariant) => invariant.name === name)?.watch();
}
