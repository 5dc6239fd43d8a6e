/** Virtual time, or a span of it: an integer number of microseconds since the run began. */
export type Micros = number;

/** One millisecond in microseconds. */
export const MILLISECOND: Micros = 1_000;
/** One second in microseconds. */
export const SECOND: Micros = 1_000_000;
/** One minute in microseconds. */
export const MINUTE: Micros = 60 * SECOND;
/** One hour in microseconds. */
export const HOUR: Micros = 60 * MINUTE;

const UNITS: Readonly<Record<string, Micros>> = {
  us: 1,
  µs: 1,
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: 24 * HOUR,
};
const WHOLE = /^(?:\d+(?:\.\d+)?(?:us|µs|ms|s|m|h|d))+$/;
const PART = /(\d+(?:\.\d+)?)(us|µs|ms|s|m|h|d)/g;

/** Reads a span like `90s`, `1m30s`, `250ms` or `1.5h`; `undefined` when the text is none. A bare `0` is zero. */
export function parseSpan(text: string): Micros | undefined {
  if (text === "0") return 0;
  if (!WHOLE.test(text)) return undefined;
  let total = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(PART))
    total += Number(amount) * (UNITS[unit] ?? 0);
  return Math.round(total);
}

/** A span as people write it: `1m30s`, `250ms`, `2h`. */
export function formatSpan(span: Micros): string {
  if (span < 0) return `-${formatSpan(-span)}`;
  if (span === 0) return "0s";
  if (span < MILLISECOND) return `${span}us`;
  if (span < SECOND) return `${span / MILLISECOND}ms`;
  const hours = Math.floor(span / HOUR);
  const minutes = Math.floor((span % HOUR) / MINUTE);
  const seconds = (span % MINUTE) / SECOND;
  return `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${seconds > 0 ? `${seconds}s` : ""}`;
}

/** A span as Go prints it: `10s`, `2m40s`, `5m0s`, `1.5s`, `300ms`, `20µs`. */
export function goSpan(span: Micros): string {
  if (span === 0) return "0s";
  if (span < MILLISECOND) return `${span}µs`;
  if (span < SECOND) return `${span / MILLISECOND}ms`;
  const hours = Math.floor(span / HOUR);
  const minutes = Math.floor((span % HOUR) / MINUTE);
  const seconds = `${(span % MINUTE) / SECOND}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
