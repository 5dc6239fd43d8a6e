import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import type { Row } from "../../sim/experiment/summary.ts";
import type { Arguments } from "../command.ts";
import type { Io } from "../io.ts";
import { packageFolder } from "../version.ts";

/** Options that the parent keeps to itself. */
const OWN = new Set(["--jobs", "--out", "--shard", "-o", "--output"]);

/** Runs the experiment in several processes, a shard each, and gathers their rows. */
export async function runJobs(args: Arguments, jobs: number, io: Io): Promise<readonly Row[]> {
  const words = args.line.filter(
    (word, at) =>
      !OWN.has(word) &&
      !OWN.has(args.line[at - 1] ?? "") &&
      !/^(--jobs|--out|--shard|--output)=/.test(word),
  );
  const parts = Array.from({ length: jobs }, (_, at) =>
    runPart([...words, "--shard", `${at + 1}/${jobs}`, "-o", "jsonl", "--quiet"], io),
  );
  return (await Promise.all(parts)).flat().sort((a, b) => a.index - b.index);
}

function runPart(words: readonly string[], io: Io): Promise<readonly Row[]> {
  const program = join(packageFolder(), "bin", "ksim.mjs");
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, "bench", ...words], {
      cwd: io.cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    let complaints = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      complaints += part;
    });
    child.on("error", fail);
    child.on("close", (code) => {
      if (code !== 0) fail(new Error(`a job ended with code ${code}: ${complaints.trim()}`));
      else
        done(
          text
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => JSON.parse(line) as Row),
        );
    });
  });
}
