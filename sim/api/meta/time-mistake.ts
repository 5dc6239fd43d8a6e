/*
 * Go's words for texts that are no times: the layout is walked element by element, as Go's `time.Parse` does.
 */

const SECONDS = "2006-01-02T15:04:05Z07:00";
const MICROS = "2006-01-02T15:04:05.000000Z07:00";

/** An element of the layout: how it is written there, its shape, and the range of its number with the range's name. */
interface Element {
  readonly layout: string;
  readonly shape: RegExp;
  readonly range?: readonly [least: number, most: number, name: string];
}

const DATE: readonly Element[] = [
  { layout: "2006", shape: /^\d{4}/ },
  { layout: "-", shape: /^-/ },
  { layout: "01", shape: /^\d{2}/, range: [1, 12, "month"] },
  { layout: "-", shape: /^-/ },
  { layout: "02", shape: /^\d{2}/ },
  { layout: "T", shape: /^T/ },
  { layout: "15", shape: /^\d{1,2}/, range: [0, 23, "hour"] },
  { layout: ":", shape: /^:/ },
  { layout: "04", shape: /^\d{2}/, range: [0, 59, "minute"] },
  { layout: ":", shape: /^:/ },
  { layout: "05", shape: /^\d{2}/, range: [0, 59, "second"] },
];
const ZONE: Element = { layout: "Z07:00", shape: /^(?:Z|[+-]\d{2}:\d{2})/ };
const FRACTION: Element = { layout: ".000000", shape: /^[.,]\d{6}/ };

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 31);
}

/** Why a text is no RFC 3339 time, in Go's words; undefined when it is one. `micro` wants six digits behind the second. */
export function timeMistake(text: string, micro: boolean): string | undefined {
  const quoted = JSON.stringify(text);
  const layout = micro ? MICROS : SECONDS;
  const cannot = (rest: string, element: string) =>
    `parsing time ${quoted} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element}"`;
  let rest = text;
  for (const element of [...DATE, ...(micro ? [FRACTION] : []), ZONE]) {
    // Seconds may have a fraction that the layout does not ask for.
    if (element === ZONE && !micro) rest = rest.replace(/^[.,]\d+/, "");
    const found = element.shape.exec(rest)?.[0];
    if (found === undefined) return cannot(rest, element.layout);
    const [least, most, name] = element.range ?? [0, Number.POSITIVE_INFINITY, ""];
    if (name !== "" && (Number(found) < least || Number(found) > most)) {
      return `parsing time ${quoted}: ${name} out of range`;
    }
    rest = rest.slice(found.length);
  }
  if (rest !== "") return `parsing time ${quoted}: extra text: ${JSON.stringify(rest)}`;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split("-").map(Number);
  if (day >= 1 && day <= daysIn(year, month)) return undefined;
  return `parsing time ${quoted}: day out of range`;
}
