import { isTimeZone } from "./time-zones.ts";

/** Bounds and names of the five fields. */
const FIELDS: readonly {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  {
    min: 1,
    max: 12,
    names: ["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];
const DESCRIPTORS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
/** A schedule may begin with its zone. */
const ZONED = /^(?:CRON_)?TZ=([^ ]*) (.*)$/s;
const DURATION = /^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/;

/** What a field of a schedule allows. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** Whether it leaves the choice to other fields: days of month and week alternate only when neither does. */
  readonly free: boolean;
}

/** Why a cron schedule cannot be read, in the words of the parser that Kubernetes uses; undefined when it can. */
export function scheduleError(schedule: string): string | undefined {
  if (schedule === "") return "empty spec string";
  if (schedule.startsWith("@")) {
    if (DESCRIPTORS[schedule] !== undefined) return undefined;
    if (schedule.startsWith("@every ")) {
      const text = schedule.slice("@every ".length);
      if (DURATION.test(text)) return undefined;
      return `failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(text)}`;
    }
    return `unrecognized descriptor: ${schedule}`;
  }
  const [, zone, rest = schedule] = ZONED.exec(schedule) ?? [];
  if (zone !== undefined && zone !== "" && zone !== "Local" && !isTimeZone(zone)) {
    return `provided bad location ${zone}: unknown time zone ${zone}`;
  }
  const fields = cronFields(rest);
  return typeof fields === "string" ? fields : undefined;
}

/** The five fields of a schedule, minutes first, or why it cannot be read. */
export function cronFields(schedule: string): readonly CronField[] | string {
  const text = DESCRIPTORS[schedule] ?? schedule;
  const parts = text.split(/\s+/).filter((part) => part !== "");
  if (parts.length !== FIELDS.length) {
    return `expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`;
  }
  const fields: CronField[] = [];
  for (const [index, bounds] of FIELDS.entries()) {
    const values = new Set<number>();
    let free = false;
    for (const expression of (parts[index] ?? "").split(",")) {
      const range = rangeOf(expression, bounds);
      if (typeof range === "string") return range;
      for (let value = range.start; value <= range.end; value += range.step) values.add(value);
      free ||= range.free;
    }
    fields.push({ values, free });
  }
  return fields;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly free: boolean;
}

function rangeOf(
  expression: string,
  field: { readonly min: number; readonly max: number; readonly names?: readonly string[] },
): Range | string {
  const steps = expression.split("/");
  const ends = (steps[0] ?? "").split("-");
  let start = field.min;
  let end = field.max;
  let step = 1;
  const any = ends[0] === "*" || ends[0] === "?";
  if (!any) {
    const first = numberOf(ends[0] ?? "", field.names);
    if (typeof first === "string") return first;
    start = first;
    if (ends.length === 1) end = steps.length > 1 ? field.max : start;
    else if (ends.length === 2) {
      const last = numberOf(ends[1] ?? "", field.names);
      if (typeof last === "string") return last;
      end = last;
    } else return `too many hyphens: ${expression}`;
  }
  if (steps.length > 2) return `too many slashes: ${expression}`;
  if (steps.length === 2) {
    const given = numberOf(steps[1] ?? "");
    if (typeof given === "string") return given;
    step = given;
    if (step === 0) return `step of range should be a positive number: ${expression}`;
  }
  if (start < field.min) {
    return `beginning of range (${start}) below minimum (${field.min}): ${expression}`;
  }
  if (end > field.max) return `end of range (${end}) above maximum (${field.max}): ${expression}`;
  if (start > end) {
    return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  }
  return { start, end, step, free: any && step === 1 };
}

function numberOf(text: string, names?: readonly string[]): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0 && text !== "") return named;
  if (!/^[+-]?\d+$/.test(text)) {
    const quoted = JSON.stringify(text);
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${quoted}: invalid syntax`;
  }
  const value = Number(text);
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
}

/** Why a time zone's name is refused; undefined when it is fine. */
export function timeZoneError(zone: string): string | undefined {
  if (zone === "") return "timeZone must be nil or non-empty string";
  if (zone.toLowerCase() === "local") {
    return "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  }
  return isTimeZone(zone) ? undefined : `unknown time zone ${zone}`;
}
