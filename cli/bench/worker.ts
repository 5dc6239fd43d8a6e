import type { CellResult } from "../../sim/experiment/result.ts";
import type { NamedText } from "../files/read.ts";
import { isOwnMistake } from "../report-error.ts";
import { type Experiment, readExperiment } from "./experiment-file.ts";
import type { Overrides } from "./overrides.ts";
import { runCell } from "./run-cell.ts";

/** What a process of an experiment is asked. */
export type Task =
  | {
      readonly type: "setup";
      readonly input: NamedText;
      readonly overrides: Overrides;
    }
  | { readonly type: "cell"; readonly index: number };

/** What it answers: that it is ready, a result, or why there is none. */
export type Answer =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly result: CellResult }
  | {
      readonly type: "failed";
      readonly message: string;
      /** Code of the user's own is to blame. */
      readonly own: boolean;
    };

let experiment: Experiment | undefined;

function answer(task: Task): Answer {
  if (task.type === "setup") {
    experiment = readExperiment(task.input, task.overrides);
    return { type: "ready" };
  }
  const cell = experiment?.cells[task.index];
  if (experiment === undefined || cell === undefined)
    return { type: "failed", message: `there is no cell ${task.index}`, own: false };
  return { type: "result", result: runCell(experiment, cell) };
}

process.on("message", (task: Task) => {
  let given: Answer;
  try {
    given = answer(task);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    given = { type: "failed", message, own: isOwnMistake(error) };
  }
  // Nobody hears of it when the one who asked is gone.
  process.send?.(given, undefined, undefined, (error) => {
    if (error !== null) process.exit(1);
  });
});
