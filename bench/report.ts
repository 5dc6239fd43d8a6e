import { performance } from "node:perf_hooks";

/** Prints one measurement as a line of JSON. */
export function report(figures: Readonly<Record<string, string | number>>): void {
  console.log(JSON.stringify(figures));
}

/** What some work answered, and what it took. */
export interface Timed<T> {
  /** Wall time. */
  readonly seconds: number;
  /** Processor time of all threads: on a busy machine it tells the work from the waiting. */
  readonly cpuSeconds: number;
  readonly result: T;
}

/** Times some work. */
export function timed<T>(work: () => T): Timed<T> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: Number(((user + system) / 1e6).toFixed(2)), result };
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
