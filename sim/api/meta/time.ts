import type { Micros } from "../../engine/time.ts";

/** Seconds from 1970-01-01 to the instant that virtual time zero stands for in timestamps: 2026-01-01T00:00:00Z. */
export const EPOCH_SECONDS = 1_767_225_600;
const MICROS = 1_000_000;
const DAY = 86_400;
/** Timestamps remembered in either direction. */
const REMEMBERED = 1000;

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Year, month and day of a day count since 1970-01-01 (proleptic Gregorian; H. Hinnant's `civil_from_days`). */
function civil(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

let lastSecond = -1;
let lastText = "";
/** Texts of seconds asked for of late. */
const texts = new Map<number, string>();

/** Virtual time as RFC 3339 in whole seconds (truncated, as metav1.Time does). */
export function timestamp(time: Micros): string {
  const second = Math.floor(time / MICROS) + EPOCH_SECONDS;
  if (second === lastSecond) return lastText;
  lastSecond = second;
  const known = texts.get(second);
  if (known === undefined) {
    if (texts.size >= REMEMBERED) texts.clear();
    lastText = textOf(second);
    texts.set(second, lastText);
  } else lastText = known;
  return lastText;
}

function textOf(second: number): string {
  const days = Math.floor(second / DAY);
  const rest = second - days * DAY;
  return `${civil(days)}T${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}Z`;
}

/** Virtual time as RFC 3339 with six fractional digits (metav1.MicroTime). */
export function microTimestamp(time: Micros): string {
  const micros = time - Math.floor(time / MICROS) * MICROS;
  return `${timestamp(time).slice(0, -1)}.${String(micros).padStart(6, "0")}Z`;
}

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Timestamps read of late: objects of one time share theirs. */
const read = new Map<string, Micros | undefined>();

/** RFC 3339 text as virtual time; `undefined` when it is not a timestamp. */
export function parseTimestamp(text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined;
  const known = read.get(text);
  if (known !== undefined) return known;
  if (read.size >= REMEMBERED) read.clear();
  const time = readTimestamp(text);
  read.set(text, time);
  return time;
}

function readTimestamp(text: string): Micros | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number);
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * 146_097 + dayOfEra - 719_468;
  const offset =
    (match[8] === "-" ? 1 : -1) * (Number(match[9] ?? 0) * 3600 + Number(match[10] ?? 0) * 60);
  const micros = Number((match[7] ?? "0").padEnd(6, "0").slice(0, 6));
  return (
    (days * DAY + hour * 3600 + minute * 60 + second + offset - EPOCH_SECONDS) * MICROS + micros
  );
}
