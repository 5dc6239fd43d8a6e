import { readFileSync } from "node:fs";
import type { Io } from "../io.ts";
import { find } from "./read.ts";

/** Whether a file looks like a scenario: manifests may lie beside it in a folder. */
export function isScenario(file: string, io: Io): boolean {
  return kindIn(file, io) === "Scenario";
}

/** Whether a file looks like a scenario or an experiment. */
export function isKsimFile(file: string, io: Io): boolean {
  return ["Scenario", "Experiment"].includes(kindIn(file, io));
}

/** The kind at the top of a file, in YAML or JSON; a file that is broken further below has one, too. */
const KIND = /^(?:\ufeff?kind|\s*(?:\{.*?)?"kind"):\s*["']?(\w+)/m;

function kindIn(file: string, io: Io): string {
  const path = find(file, io);
  return path === undefined ? "" : (KIND.exec(readFileSync(path, "utf8"))?.[1] ?? "");
}
