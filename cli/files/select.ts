import { readFileSync } from "node:fs";
import type { Io } from "../io.ts";
import { find } from "./read.ts";

/** Whether a file looks like a scenario: manifests may lie beside it in a folder. */
export function isScenario(file: string, io: Io): boolean {
  return holds(file, /^kind:\s*["']?Scenario\b/m, io);
}

/** Whether a file looks like a scenario or an experiment. */
export function isKsimFile(file: string, io: Io): boolean {
  return holds(file, /^kind:\s*["']?(Scenario|Experiment)\b/m, io);
}

function holds(file: string, head: RegExp, io: Io): boolean {
  const path = find(file, io);
  return path !== undefined && head.test(readFileSync(path, "utf8"));
}
