import { CronDate } from "croner";
import { EPOCH_SECONDS, parseTimestamp, timestamp } from "../../api/meta/time.ts";
import { HOUR, MINUTE, type Micros, SECOND } from "../../engine/time.ts";

const two = (value: number): string => String(value).padStart(2, "0");

export const DAY: Micros = 24 * HOUR;

/** A wall clock. */
export interface LocalTime {
  /** Days since that of virtual time zero. */
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

/** What a clock in a time zone, or in UTC, shows at an instant. */
export function localTime(time: Micros, timeZone: string | undefined): LocalTime {
  const shown = time + offsetOf(time, timeZone);
  const day = Math.floor(shown / DAY);
  const rest = shown - day * DAY;
  return { day, hour: Math.floor(rest / HOUR), minute: Math.floor(rest / MINUTE) % 60 };
}

/** The first instant of a day in a time zone. */
export function dayStart(day: number, timeZone: string | undefined): Micros {
  const midnight = day * DAY;
  // Where the clock leaps at midnight the offset of the evening before is the one to reckon with.
  const start = midnight - offsetOf(midnight - offsetOf(midnight, timeZone) - MINUTE, timeZone);
  return localTime(start, timeZone).day === day ? start : start + HOUR;
}

/** How far the clocks of a time zone are ahead of UTC. */
function offsetOf(time: Micros, timeZone: string | undefined): Micros {
  if (timeZone === undefined) return 0;
  const whole = Math.floor(time / SECOND) * SECOND;
  return (parseTimestamp(`${localText(time, timeZone)}Z`) ?? 0) - whole;
}

function localText(time: Micros, timeZone: string): string {
  const { year, month, day, hour, minute, second } = new CronDate(timestamp(time), timeZone);
  const date = `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(day)}`;
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}`;
}

/** RFC 3339 in a time zone, with its offset; `Z` in UTC. */
export function zonedTimestamp(time: Micros, timeZone: string | undefined): string {
  if (timeZone === undefined) return timestamp(time);
  const text = localText(time, timeZone);
  const offset = offsetOf(time, timeZone) / MINUTE;
  if (offset === 0) return `${text}Z`;
  const size = Math.abs(offset);
  return `${text}${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** 1970-01-01 was a Thursday. */
const WEEKDAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY_SECONDS = 86_400;

/** RFC 1123 with a numeric zone, in UTC: `Thu, 01 Jan 2026 00:00:00 +0000`. */
export function mailTimestamp(time: Micros): string {
  const text = timestamp(time);
  const days = Math.floor((time / SECOND + EPOCH_SECONDS) / DAY_SECONDS);
  const [year = "", month = "", day = ""] = text.slice(0, 10).split("-");
  const name = MONTHS[Number(month) - 1] ?? "";
  return `${WEEKDAYS[days % 7]}, ${day} ${name} ${year} ${text.slice(11, 19)} +0000`;
}
