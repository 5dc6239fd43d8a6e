import { type Micros, SECOND } from "../engine/time.ts";
import type { Behaviours } from "./behaviours.ts";
import type { LogLine } from "./image-behaviour.ts";
import { isAlive, type PodRun } from "./pod-run.ts";

/** One line that a container printed. */
export interface PrintedLine {
  readonly time: Micros;
  readonly text: string;
}

/** The most lines of a repeated one that are kept, as rotation does. */
const MOST_LINES = 10_000;

/** What a container of a pod has printed since it last started, oldest first; `undefined` when it never ran. */
export function logsOf(
  run: PodRun,
  containerName: string | undefined,
  behaviours: Behaviours,
  now: Micros,
): readonly PrintedLine[] | undefined {
  const container =
    containerName === undefined
      ? run.containers.find(({ role }) => role === "main")
      : run.containers.find(({ name }) => name === containerName);
  if (container === undefined || container.runs === 0) return undefined;
  const { logs = [] } = behaviours.of(run.pod, container.name, container.spec.image ?? "");
  const end = isAlive(container) ? now : container.endedAt;
  const lines = logs.flatMap((line) => printed(line, container.startedAt, end));
  return lines.sort((a, b) => a.time - b.time);
}

function printed(line: LogLine, start: Micros, end: Micros): readonly PrintedLine[] {
  const first = start + line.at;
  if (first > end) return [];
  if (line.every === undefined || line.every <= 0) return [{ time: first, text: line.text }];
  const count = Math.floor((end - first) / Math.max(line.every, SECOND / 1000)) + 1;
  const from = Math.max(0, count - MOST_LINES);
  return Array.from({ length: count - from }, (_, at) => ({
    time: first + (from + at) * (line.every as Micros),
    text: line.text,
  }));
}
