import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Cell } from "../../sim/experiment/plan.ts";
import type { CellResult } from "../../sim/experiment/result.ts";
import { OwnModuleError } from "../modules/invariant-module.ts";
import type { Answer, Task } from "./worker.ts";

/** What the processes need to read the experiment anew. */
export type Setup = Extract<Task, { type: "setup" }>;

/** Sources run by tsx in a checkout's tests, compiled ones by themselves. */
function startWorker(): ChildProcess {
  const isSource = import.meta.url.endsWith(".ts");
  const file = fileURLToPath(new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url));
  return fork(file, [], {
    execArgv: isSource ? ["--import", "tsx"] : [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

/**
 * Runs cells in several processes; each gets its next cell when it is done with one. Results are told as they come, in no
 * order. A cell that throws ends all of them.
 */
export async function runInProcesses(
  cells: readonly Cell[],
  jobs: number,
  setup: Setup,
  tell: (cell: Cell, result: CellResult) => void,
): Promise<void> {
  const queue = [...cells];
  const workers = Array.from({ length: Math.min(jobs, cells.length) }, startWorker);
  const end = (): void => {
    for (const worker of workers) worker.kill();
  };
  // Whoever interrupts the experiment is not to find its processes at work still.
  process.once("exit", end);
  try {
    await Promise.all(workers.map((worker) => feed(worker, queue, setup, tell)));
  } finally {
    process.off("exit", end);
    end();
  }
}

function feed(
  worker: ChildProcess,
  queue: Cell[],
  setup: Setup,
  tell: (cell: Cell, result: CellResult) => void,
): Promise<void> {
  return new Promise((done, fail) => {
    let current: Cell | undefined;
    const next = (): void => {
      current = queue.shift();
      if (current === undefined) {
        done();
        return;
      }
      worker.send({ type: "cell", index: current.index } satisfies Task);
    };
    worker.on("error", fail);
    worker.on("exit", (code) =>
      fail(new Error(`a process of the experiment ended with code ${code}`)),
    );
    worker.on("message", (answer: Answer) => {
      if (answer.type === "failed") {
        fail(answer.own ? new OwnModuleError(answer.message) : new Error(answer.message));
        return;
      }
      if (answer.type === "result" && current !== undefined) tell(current, answer.result);
      next();
    });
    worker.send(setup);
  });
}
