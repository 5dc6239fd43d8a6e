import { type Micros, SECOND } from "../sim/engine/time.ts";
import { csvText } from "./csv.ts";
import { podLives } from "./pod-lives.ts";
import type { FinishedRun } from "./run-facts.ts";

/** A line a pod; times in seconds since the start. */
export function runCsv({ entries, end }: FinishedRun): string {
  const seconds = (time: Micros | undefined): number | null =>
    time === undefined ? null : time / SECOND;
  return csvText([
    ["pod", "node", "created", "bound", "ready", "ended", "phase", "restarts"],
    ...podLives(entries, end).map(
      ({ key, node, created, bound, ready, ended, phase, restarts }) => [
        key,
        node,
        seconds(created),
        seconds(bound),
        seconds(ready),
        seconds(ended),
        phase,
        restarts,
      ],
    ),
  ]);
}
