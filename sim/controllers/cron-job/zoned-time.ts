import { CronDate } from "croner";
import { EPOCH_SECONDS, parseTimestamp, timestamp } from "../../api/meta/time.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";

const two = (value: number): string => String(value).padStart(2, "0");

/** RFC 3339 in a time zone, with its offset; `Z` in UTC. */
export function zonedTimestamp(time: Micros, timeZone: string | undefined): string {
  if (timeZone === undefined) return timestamp(time);
  const local = new CronDate(timestamp(time), timeZone);
  const { year, month, day, hour, minute, second } = local;
  const date = `${String(year).padStart(4, "0")}-${two(month + 1)}-${two(day)}`;
  const text = `${date}T${two(hour)}:${two(minute)}:${two(second)}`;
  const offset = ((parseTimestamp(`${text}Z`) ?? 0) - Math.floor(time / SECOND) * SECOND) / MINUTE;
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
