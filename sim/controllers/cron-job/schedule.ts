import { timestamp } from "../../api/meta/time.ts";
import { type CronField, cronFields } from "../../api/validation/workload/cron-schedule.ts";
import { HOUR, MINUTE, type Micros, parseSpan, SECOND } from "../../engine/time.ts";
import { DAY, dayStart, localTime } from "./zoned-time.ts";

/** When a schedule is due next, strictly after an instant; `undefined` when it never is. */
export type Schedule = (after: Micros) => Micros | undefined;

const EVERY = "@every ";
/** A schedule that is not due for so long never is (upstream's cron library). */
const YEARS = 5;

/** Reads a schedule in a time zone. Throws an error with a message for people when the text is none. */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  if (text.startsWith(EVERY)) return interval(text.slice(EVERY.length));
  const fields = cronFields(text);
  if (typeof fields === "string") throw new Error(fields);
  return (after) => nextStart(fields, timeZone, after);
}

/**
 * The first minute after an instant whose local time all fields allow. Days are looked for in the calendar and hours as
 * they pass: what the clock leaps over in spring is not due, and what it shows twice in autumn is due twice.
 */
function nextStart(
  fields: readonly CronField[],
  timeZone: string | undefined,
  after: Micros,
): Micros | undefined {
  const from = (Math.floor(after / MINUTE) + 1) * MINUTE;
  const first = localTime(from, timeZone).day;
  for (let day = first; ; day = nextDay(fields, day)) {
    if (yearOf(day) > yearOf(first) + YEARS) return undefined;
    if (!dayMatches(fields, day)) continue;
    const start = day === first ? from : dayStart(day, timeZone);
    const due = nextWithin(fields, timeZone, start, day);
    if (due !== undefined) return due;
  }
}

/** The first minute from an instant on that hours and minutes allow, of a day. */
function nextWithin(
  [minutes, hours]: readonly CronField[],
  timeZone: string | undefined,
  start: Micros,
  day: number,
): Micros | undefined {
  for (let time = start; ; ) {
    const local = localTime(time, timeZone);
    if (local.day !== day) return undefined;
    const hourMatches = hours?.values.has(local.hour) === true;
    if (hourMatches && minutes?.values.has(local.minute) === true) return time;
    time += hourMatches ? MINUTE : HOUR - local.minute * MINUTE;
  }
}

/** Days of month and week must both fit where one is left free, and one of them where neither is. */
function dayMatches([, , days, months, weekdays]: readonly CronField[], day: number): boolean {
  const { month, date } = calendar(day);
  if (months?.values.has(month) !== true) return false;
  const byDate = days?.values.has(date) === true;
  const byWeekday = weekdays?.values.has(weekdayOf(day)) === true;
  return days?.free === true || weekdays?.free === true ? byDate && byWeekday : byDate || byWeekday;
}

/** The day after, or the first of the next month when this one does not fit at all. */
function nextDay([, , , months]: readonly CronField[], day: number): number {
  const { month, date } = calendar(day);
  if (months?.values.has(month) === true) return day + 1;
  const later = day + 32 - date;
  return later + 1 - calendar(later).date;
}

/** Month from 1 and day of the month of a day since virtual time zero. */
function calendar(day: number): { readonly month: number; readonly date: number } {
  const text = timestamp(day * DAY);
  return { month: Number(text.slice(5, 7)), date: Number(text.slice(8, 10)) };
}

function yearOf(day: number): number {
  return Number(timestamp(day * DAY).slice(0, 4));
}

/** Virtual time begins on a Thursday. */
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** `@every`: whole seconds, counted from the instant asked about. */
function interval(text: string): Schedule {
  const span = parseSpan(text.trim());
  if (span === undefined) throw new Error(`failed to parse duration ${EVERY}${text}`);
  const delay = Math.max(SECOND, Math.floor(span / SECOND) * SECOND);
  return (after) => Math.floor(after / SECOND) * SECOND + delay;
}

/** The newest start that is due, and whether very many were missed. */
export interface DueStart {
  readonly at: Micros | undefined;
  readonly tooMany: boolean;
  /** From when starts were looked for. */
  readonly since: Micros;
  readonly missedSome: boolean;
}

/** Missed starts from which on a warning is due (upstream `manyMissed`). */
const MANY = 100;

/**
 * The newest start between `since` and `now` (upstream `mostRecentScheduleTime`): missed starts are estimated from the
 * distance of the first two, so that years of them cost nothing. Throws an error when starts have no distance.
 */
export function newestStart(schedule: Schedule, since: Micros, now: Micros): DueStart {
  const none = { at: undefined, tooMany: false, since, missedSome: false };
  const first = schedule(since);
  const second = first === undefined ? undefined : schedule(first);
  if (first === undefined || second === undefined)
    throw new Error("time difference between two schedules is less than 1 second");
  if (now < first) return none;
  if (now < second) return { ...none, at: first };
  const distance = second - first;
  const missed = Math.floor((now - first) / distance) + 1;
  let at: Micros | undefined;
  let next = schedule(first + (missed - 2) * distance);
  while (next !== undefined && next <= now) {
    at = next;
    next = schedule(next);
  }
  return { at, tooMany: missed > MANY, since, missedSome: true };
}
