import { performance } from "node:perf_hooks";

/** Prints one measurement as a line of JSON. */
export function report(figures: Readonly<Record<string, string | number>>): void {
  console.log(JSON.stringify(figures));
}

/** Seconds of wall time that some work took, and what it answered. */
export function timed<T>(work: () => T): { readonly seconds: number; readonly result: T } {
  const start = performance.now();
  const result = work();
  return { seconds: (performance.now() - start) / 1000, result };
}

/** Resident memory of this process in MiB. */
export function rssMiB(): number {
  return Math.round(process.memoryUsage().rss / 1_048_576);
}

/** Stops the benchmark when it did not do the work it claims. */
export function assertWork(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${what}: did ${actual}, expected ${expected}`);
}

/** A rate rounded to whole units a second. */
export function perSecond(count: number, seconds: number): number {
  return Math.round(count / seconds);
}
