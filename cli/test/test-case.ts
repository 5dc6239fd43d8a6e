import type { RunResult } from "../../sim/scenario/run/run-result.ts";

/** A scenario run as a test. */
export interface TestCase {
  readonly file: string;
  readonly name: string;
  readonly seed: string;
  /** Options that repeat it beside file and seed. */
  readonly options: readonly string[];
  readonly result: RunResult | undefined;
  /** What went wrong; empty when it passed. */
  readonly problems: readonly string[];
  /** The file could not be read. */
  readonly invalid: boolean;
}
