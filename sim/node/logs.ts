import { microTimestamp, parseTimestamp } from "../api/meta/time.ts";
import type { LogOptions } from "../api/rest/doors/pod-doors.ts";
import { MILLISECOND, type Micros, SECOND } from "../engine/time.ts";
import type { Behaviours } from "./behaviour/behaviours.ts";
import type { LogLine } from "./behaviour/image-behaviour.ts";
import { type ContainerRun, isAlive, type PodRun } from "./pod/pod-run.ts";

/** One line that a container printed. */
interface PrintedLine {
  readonly time: Micros;
  readonly text: string;
}

/** The most lines of a repeated one that are kept, as rotation does. */
const MOST_LINES = 10_000;

/** What a container of a pod has printed in its present or last run, or in the one before, as `kubectl logs` shows it. */
export function logText(
  run: PodRun,
  name: string,
  options: LogOptions,
  behaviours: Behaviours,
  now: Micros,
): string {
  const container = run.containers.find((candidate) => candidate.name === name);
  if (container === undefined || container.runs === 0) return "";
  const span = options.previous ? previousSpan(container) : presentSpan(container, now);
  if (span === undefined) return "";
  const { logs = [] } = behaviours.of(run.pod, name, container.spec.image ?? "");
  let lines = logs.flatMap((line) => printed(line, span[0], span[1]));
  lines.sort((a, b) => a.time - b.time);
  const { after, sinceSeconds, tailLines, timestamps } = options;
  if (after !== undefined) lines = lines.filter(({ time }) => time > after);
  if (sinceSeconds !== undefined)
    lines = lines.filter(({ time }) => time >= now - sinceSeconds * SECOND);
  if (tailLines !== undefined) lines = lines.slice(Math.max(lines.length - tailLines, 0));
  return lines
    .map(({ time, text }) => `${timestamps ? `${microTimestamp(time)} ` : ""}${text}\n`)
    .join("");
}

function presentSpan(container: ContainerRun, now: Micros): readonly [Micros, Micros] {
  return [container.startedAt, isAlive(container) ? now : container.endedAt];
}

function previousSpan(container: ContainerRun): readonly [Micros, Micros] | undefined {
  const ended = isAlive(container) ? container.lastExit : container.exit;
  const start = parseTimestamp(ended?.startedAt);
  const end = parseTimestamp(ended?.finishedAt);
  return start === undefined || end === undefined ? undefined : [start, end];
}

function printed(line: LogLine, start: Micros, end: Micros): readonly PrintedLine[] {
  const first = start + line.at;
  if (first > end) return [];
  const { every } = line;
  if (every === undefined) return [{ time: first, text: line.text }];
  const step = Math.max(every, MILLISECOND);
  const count = Math.floor((end - first) / step) + 1;
  const from = Math.max(0, count - MOST_LINES);
  return Array.from({ length: count - from }, (_, at) => ({
    time: first + (from + at) * step,
    text: line.text,
  }));
}
