import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { decide } from "../../sim/scheduler/decide.ts";

/** Verdict over one golden file. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** `case: path: expected …, got …`, at most a few per case. */
  readonly failures: readonly string[];
}

type Json = any;

/** Recorded from the random part of the real scheduler, or about the recording itself. */
const IGNORED = new Set([
  "suggestedHost",
  "evaluatedNodes",
  "feasibleNodes",
  "warnings",
  "host",
  "draw",
]);

function differences(expected: Json, got: Json, path: string, out: string[]): void {
  if (out.length >= 5 || Object.is(expected, got)) return;
  const nested =
    typeof expected === "object" && typeof got === "object" && expected !== null && got !== null;
  if (!nested || Array.isArray(expected) !== Array.isArray(got)) {
    out.push(`${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
    return;
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
  for (const key of keys) {
    if (path === "" && IGNORED.has(key)) continue;
    differences(expected[key], got[key], path === "" ? key : `${path}.${key}`, out);
  }
}

/** What the README says not to compare, made comparable: absent lists are empty, one of several ties is as good. */
function prepare(decision: Json): Json {
  const copy: Json = structuredClone(decision);
  if (copy.preFilter !== undefined) copy.preFilter.skipped ??= [];
  for (const node of Object.values<Json>(copy.nodes ?? {})) {
    if (node.feasible && node.scores === undefined) node.scores = {};
  }
  const post = copy.postFilter;
  if (post?.ties !== undefined && post.ties.length > 1) {
    const among = post.candidates[post.nominatedNode];
    post.nominatedNode = post.ties.includes(post.nominatedNode)
      ? "one of the ties"
      : post.nominatedNode;
    post.victims =
      JSON.stringify(post.victims) === JSON.stringify(among?.victims)
        ? "its victims"
        : post.victims;
  }
  if (Array.isArray(copy.winners)) copy.winners.sort();
  return copy;
}

/** Differences of one decision, none when it is exact under the comparison rule. */
export function compareDecision(expected: unknown, got: unknown): readonly string[] {
  const out: string[] = [];
  differences(prepare(expected), prepare(got), "", out);
  return out;
}

/** Judges all cases of a golden file (`.jsonl.gz`, or plain `.jsonl`). */
export function judgeScheduler(file: string): Verdict {
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  let passed = 0;
  let failed = 0;
  const failures: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const { name, input, expected } = JSON.parse(line) as Json;
    let found: readonly string[];
    try {
      found = compareDecision(expected, JSON.parse(JSON.stringify(decide(input))));
    } catch (error) {
      found = [`threw ${error instanceof Error ? error.stack : error}`];
    }
    if (found.length === 0) passed++;
    else {
      failed++;
      failures.push(...found.map((each) => `${name}: ${each}`));
    }
  }
  return { passed, failed, failures };
}

/** Prints the counts and the differences of a file; true when every decision is exact. */
export function judge(file: string): boolean {
  const { passed, failed, failures } = judgeScheduler(file);
  console.log(`${file}: ${passed} passed, ${failed} failed`);
  for (const failure of failures) console.log(`  ${failure}`);
  return failed === 0;
}
