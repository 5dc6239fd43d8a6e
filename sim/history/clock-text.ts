import { HOUR, MILLISECOND, MINUTE, type Micros, SECOND } from "../engine/time.ts";

/** A time of a run as people read a clock: `1:05.2`, `1:00:00`. Tenths of a second, rounded down. */
export function clockText(time: Micros): string {
  const hours = Math.floor(time / HOUR);
  const minutes = Math.floor((time % HOUR) / MINUTE);
  const seconds = Math.floor((time % MINUTE) / SECOND);
  const tenths = Math.floor((time % SECOND) / (100 * MILLISECOND));
  const two = (value: number): string => String(value).padStart(2, "0");
  const head = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `${head}:${two(seconds)}.${tenths}`;
}
