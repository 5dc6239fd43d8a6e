import type { Breach } from "./breach.ts";
import { drawFaults, everyFault, type PlannedFault, type Playground } from "./fault-plan.ts";
import { shrink } from "./shrink.ts";

/** Runs the scenario with these faults and this seed. Answers the first breach. */
export type Trial = (seed: string, faults: readonly PlannedFault[]) => Breach | undefined;

/** A failed run, shrunk. */
export interface Failure {
  readonly seed: string;
  readonly breach: Breach;
  readonly faults: readonly PlannedFault[];
  /** How many faults there were before shrinking. */
  readonly drawn: number;
}

/** What a campaign came to. */
export interface CampaignResult {
  readonly runs: number;
  readonly faults: number;
  readonly failure: Failure | undefined;
}

/** How a campaign is to be run. */
export interface CampaignOptions {
  readonly seed: string;
  readonly runs: number;
  readonly playground: Playground;
  /** Every single fault at every instant of interest, instead of random ones. */
  readonly exhaustive?: boolean;
  /** Asked before each run; `false` ends the campaign: the budget is spent. */
  readonly goOn?: () => boolean;
  readonly progress?: (run: number) => void;
}

/** Runs a scenario again and again with faults until a law is broken, and shrinks what broke it. */
export function runCampaign(trial: Trial, options: CampaignOptions): CampaignResult {
  const { seed, runs, playground, exhaustive } = options;
  const plans = exhaustive === true ? everyFault(playground) : undefined;
  const total = plans?.length ?? runs;
  let done = 0;
  let injected = 0;
  for (; done < total; done++) {
    if (options.goOn?.() === false) break;
    options.progress?.(done);
    const runSeed = total === 1 ? seed : `${seed}-${done + 1}`;
    const faults = plans?.[done] ?? drawFaults(runSeed, playground);
    injected += faults.length;
    const breach = trial(runSeed, faults);
    if (breach === undefined) continue;
    const small = shrink(faults, breach, (fewer) => trial(runSeed, fewer));
    return {
      runs: done + 1,
      faults: injected,
      failure: { seed: runSeed, ...small, drawn: faults.length },
    };
  }
  return { runs: done, faults: injected, failure: undefined };
}
