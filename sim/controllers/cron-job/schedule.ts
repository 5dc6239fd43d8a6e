import { Cron } from "croner";
import { EPOCH_SECONDS, timestamp } from "../../api/meta/time.ts";
import { type Micros, parseSpan, SECOND } from "../../engine/time.ts";

/** When a schedule is due next, strictly after an instant; `undefined` when it never is. */
export type Schedule = (after: Micros) => Micros | undefined;

const LAST_OF_FIELD = [59, 23, 31, 12, 6];
const EVERY = "@every ";

/** Reads a schedule in a time zone. Throws an error with a message for people when the text is none. */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  if (text.startsWith(EVERY)) return interval(text.slice(EVERY.length));
  const cron = new Cron(normalized(text), { timezone: timeZone ?? "UTC", paused: true });
  return (after) => {
    const next = cron.nextRun(timestamp(after));
    return next === null ? undefined : (next.getTime() / 1000 - EPOCH_SECONDS) * SECOND;
  };
}

/** Whether a time zone is known. */
export function isTimeZone(name: string): boolean {
  try {
    new Cron("0 0 * * *", { timezone: name, paused: true }).nextRun(timestamp(0));
    return true;
  } catch {
    return false;
  }
}

/** `@every`: whole seconds, counted from the instant asked about. */
function interval(text: string): Schedule {
  const span = parseSpan(text.trim());
  if (span === undefined) throw new Error(`failed to parse duration ${EVERY}${text}`);
  const delay = Math.max(SECOND, Math.floor(span / SECOND) * SECOND);
  return (after) => Math.floor(after / SECOND) * SECOND + delay;
}

/** Kubernetes' cron library knows `?` as `*`, and `5/15` as `5-59/15`. */
function normalized(text: string): string {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== LAST_OF_FIELD.length) return text;
  return fields
    .map((field, at) =>
      field
        .replaceAll("?", "*")
        .split(",")
        .map((part) => part.replace(/^(\d+)\/(\d+)$/, `$1-${LAST_OF_FIELD[at]}/$2`))
        .join(","),
    )
    .join(" ");
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
