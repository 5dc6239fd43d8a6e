/** What came of a run. The shape is a promise to scripts: see docs. */
export interface RunResult {
  readonly apiVersion: "ksim.dev/v1";
  readonly kind: "RunResult";
  readonly scenario: string;
  readonly seed: string;
  readonly scheduler: string;
  readonly version: string;
  readonly digest: string;
  readonly simulatedSeconds: number;
  /** Events of the future event list that fired. */
  readonly events: number;
  /** Committed writes. */
  readonly writes: number;
  /** Scheduling decisions. */
  readonly decisions: number;
  readonly podsBound: number;
  readonly expectations: readonly {
    readonly name: string;
    readonly passed: boolean;
    /** Seconds since the start of the run. */
    readonly at: number;
    readonly message: string;
  }[];
  readonly measures: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly unit: string;
    readonly threshold: string | null;
    readonly passed: boolean;
  }[];
  /** Steps that the API refused, and what broke. */
  readonly violations: readonly string[];
}

/** Whether a run showed everything that it had to. */
export function isFine(result: RunResult): boolean {
  return (
    result.violations.length === 0 &&
    result.expectations.every(({ passed }) => passed) &&
    result.measures.every(({ passed }) => passed)
  );
}
