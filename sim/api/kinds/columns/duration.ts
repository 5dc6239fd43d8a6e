import type { Micros } from "../../../engine/time.ts";
import { HOUR, MINUTE, SECOND } from "../../../engine/time.ts";
import { parseTimestamp } from "../../meta/time.ts";

function whole(span: Micros, unit: Micros): number {
  return Math.trunc(span / unit);
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
}

/**
 * A span with two to three significant figures, as `kubectl get` prints ages.
 * Thresholds: apimachinery `duration.HumanDuration`.
 */
export function humanDuration(span: Micros): string {
  const seconds = whole(span, SECOND);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = whole(span, MINUTE);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = whole(span, HOUR);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 8) return pair(days, "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  return hours < 24 * 365 * 8 ? pair(years, "y", days % 365, "d") : `${years}y`;
}

/** A span in its largest unit alone. Thresholds: apimachinery `duration.ShortHumanDuration`. */
export function shortHumanDuration(span: Micros): string {
  const seconds = whole(span, SECOND);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 60) return `${seconds}s`;
  const minutes = whole(span, MINUTE);
  if (minutes < 60) return `${minutes}m`;
  const hours = whole(span, HOUR);
  if (hours < 24) return `${hours}h`;
  return hours < 24 * 365 ? `${Math.floor(hours / 24)}d` : `${Math.floor(hours / 24 / 365)}y`;
}

/** Time since a timestamp; `<unknown>` when there is none. */
export function ageOf(timestamp: string | null | undefined, now: Micros): string {
  const then = parseTimestamp(timestamp ?? undefined);
  return then === undefined ? "<unknown>" : humanDuration(now - then);
}
