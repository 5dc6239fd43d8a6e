import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { replay } from "../../../sim/experiment/openb/replay.ts";
import { parseTraceNodes, parseTracePods } from "../../../sim/experiment/openb/trace.ts";

const shared = fileURLToPath(new URL("../../../../shared", import.meta.url));

/** Whether the trace and the published curves are at hand. */
export const hasTrace = existsSync(join(shared, "traces/openb"));

const unzipped = (path: string): string =>
  gunzipSync(readFileSync(join(shared, path))).toString("utf8");

/** A published run. */
export interface PublishedRun {
  readonly trace: string;
  readonly policy: string;
  readonly seed: number;
  readonly alloc: readonly number[];
  readonly frag: readonly number[];
}

export function publishedRuns(): readonly PublishedRun[] {
  return unzipped("golden/fgd/curves.jsonl.gz")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

export const readTrace = (trace: string) => ({
  nodes: parseTraceNodes(unzipped("traces/openb/openb_node_list_gpu_node.csv.gz")),
  pods: parseTracePods(unzipped(`traces/openb/openb_pod_list_${trace}.csv.gz`)),
});

/** Points of a repeated run that are further from the published ones than the rounding of its print. */
export function deviations(run: PublishedRun): readonly string[] {
  const repeated = replay(readTrace(run.trace), run.policy, run.seed);
  const wrong: string[] = [];
  for (const curve of ["alloc", "frag"] as const)
    for (let cell = 0; cell <= 130; cell++) {
      const [got, expected] = [repeated[curve][cell], run[curve][cell]];
      if (Math.abs((got ?? Number.NaN) - (expected ?? 0)) <= 0.01 + 1e-9) continue;
      wrong.push(`${curve}[${cell}]: expected ${expected}, got ${got}`);
    }
  return wrong;
}
