import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExperimentPlan } from "../../sim/experiment/plan.ts";
import type { CellResult } from "../../sim/experiment/result.ts";
import { told, writeWhole } from "../files/write.ts";

/** What a folder of results knows of its experiment: enough to put shards together without its file. */
export interface Head {
  readonly plan: ExperimentPlan;
  readonly notes: string | null;
  /** Names of all cells' results, in the order of the cells. */
  readonly keys: readonly string[];
}

/** A folder of results: one file a cell, so that whatever stops a run leaves only whole answers behind. */
export class CellStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  open(head: Head): void {
    told(this.#folder, () => mkdirSync(join(this.#folder, "cells"), { recursive: true }));
    this.write("experiment.json", `${JSON.stringify(head, null, 2)}\n`);
  }

  /** The head that a folder was opened with; `undefined` when it is no folder of results. */
  head(): Head | undefined {
    const text = this.#read("experiment.json");
    const head =
      text === undefined ? undefined : (parsed(text) as Partial<Head> | null | undefined);
    return head?.plan === undefined || !Array.isArray(head.keys) ? undefined : (head as Head);
  }

  /** The result of a cell; `undefined` when there is none, or it cannot be read. */
  get(key: string): CellResult | undefined {
    const text = this.#read(join("cells", `${key}.json`));
    return text === undefined ? undefined : (parsed(text) as CellResult | undefined);
  }

  put(key: string, result: CellResult): void {
    this.write(join("cells", `${key}.json`), `${JSON.stringify(result)}\n`);
  }

  write(name: string, text: string): void {
    writeWhole(join(this.#folder, name), text);
  }

  #read(name: string): string | undefined {
    const path = join(this.#folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
