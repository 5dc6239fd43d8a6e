import { readFileSync } from "node:fs";
import type { Io } from "../io.ts";
import { find } from "./read.ts";

/** Whether a file looks like a scenario: manifests may lie beside it in a folder. */
export function isScenario(file: string, io: Io): boolean {
  const path = find(file, io);
  return path !== undefined && /^kind:\s*["']?Scenario\b/m.test(readFileSync(path, "utf8"));
}
