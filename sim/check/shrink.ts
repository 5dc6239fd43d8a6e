import { formatSpan, parseSpan, SECOND } from "../engine/time.ts";
import type { Breach } from "./breach.ts";
import type { PlannedFault } from "./fault-plan.ts";

/** Trials that shrinking may cost. */
const MOST_TRIALS = 60;

/**
 * Makes a failing list of faults small: leaves out one after the other as long as the same law stays broken, then
 * shortens those that last.
 */
export function shrink(
  faults: readonly PlannedFault[],
  breach: Breach,
  run: (faults: readonly PlannedFault[]) => Breach | undefined,
): { readonly faults: readonly PlannedFault[]; readonly breach: Breach } {
  let best = { faults, breach };
  let trials = 0;
  const attempt = (candidate: readonly PlannedFault[]): boolean => {
    if (trials++ >= MOST_TRIALS) return false;
    const found = run(candidate);
    if (found?.invariant !== breach.invariant) return false;
    best = { faults: candidate, breach: found };
    return true;
  };
  if (attempt([])) return best;
  for (let at = best.faults.length - 1; at >= 0; at--) {
    attempt(best.faults.filter((_, index) => index !== at));
  }
  for (let at = 0; at < best.faults.length; at++) {
    for (
      let shorter = halved(best.faults, at);
      shorter !== undefined;
      shorter = halved(best.faults, at)
    ) {
      if (!attempt(shorter)) break;
    }
  }
  return best;
}

function halved(faults: readonly PlannedFault[], at: number): readonly PlannedFault[] | undefined {
  const planned = faults[at];
  const span = planned?.fault.for === undefined ? undefined : parseSpan(planned.fault.for);
  if (planned === undefined || span === undefined || span < 2 * SECOND) return undefined;
  const half = Math.floor(span / 2 / SECOND) * SECOND;
  return faults.map((other, index) =>
    index === at ? { ...other, fault: { ...other.fault, for: formatSpan(half) } } : other,
  );
}
