import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { withoutBystanders } from "./bystanders.ts";

/** One change of an object, as the recorder wrote it down. */
export interface Row {
  readonly t: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  /** Normalized name; events have none. */
  readonly name?: string;
  readonly raw?: string;
  readonly k: any;
}

export interface RecordedRequest {
  readonly verb: string;
  readonly path: string;
  readonly ct?: string;
  readonly body?: unknown;
}

/** What the script did at a time, with the answers it got. */
export interface Action {
  readonly t: number;
  readonly text: string;
  readonly requests: readonly RecordedRequest[];
  readonly codes: readonly number[];
  /** A remark of the setup about an action that is no request: a load, an agent that stops. */
  readonly remark?: string;
}

export interface SetupNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { key: string; value?: string; effect: string }[];
  readonly cpu: string;
  readonly memory: string;
  readonly pods: string;
}

export interface Scenario {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly actions: readonly Action[];
  readonly before: readonly RecordedRequest[];
  readonly common: readonly SetupNode[];
  /** The scenario's own, added just before its first row. */
  readonly nodes: readonly SetupNode[];
}

/** Where the golden data lies beside a checkout. */
const SHARED = resolve("..", "shared", "golden", "api");

function text(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** Reads recorded scenarios; the setup lies beside the file, or with the golden data. */
export function readScenarios(file: string): readonly Scenario[] {
  const beside = join(dirname(file), "timeline-setup.json");
  const setup = JSON.parse(text(existsSync(beside) ? beside : join(SHARED, "timeline-setup.json")));
  return text(file)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => scenarioOf(JSON.parse(line), setup));
}

function scenarioOf(recorded: any, setup: any): Scenario {
  const own = setup[recorded.scenario] ?? {};
  const rows: Row[] = [];
  const actions: any[] = [];
  for (const row of recorded.rows) {
    if (row.type === "ACTION") {
      const listed = own.actions?.[row.text];
      const requests = row.req !== undefined ? [row.req] : Array.isArray(listed) ? listed : [];
      const remark = typeof listed === "string" ? listed : undefined;
      actions.push({ t: row.t, text: row.text, requests, codes: [], remark });
    } else if (row.type === "RESULT") {
      const open = [...actions].reverse().find(({ requests }) => requests.length > 0);
      open?.codes.push(row.code);
    } else rows.push(row);
  }
  const common: readonly SetupNode[] = setup.everywhere.nodes;
  const nodes: readonly SetupNode[] = own.nodes ?? [];
  const known = common.length + nodes.length;
  return {
    name: recorded.scenario,
    rows: rows.map((row) => withoutBystanders(row, known)),
    actions,
    before: own.before ?? [],
    common,
    nodes,
  };
}

/** Seconds from the start of the recording to its last row. */
export function lengthOf({ rows, actions }: Scenario): number {
  return Math.max(...rows.map(({ t }) => t), ...actions.map(({ t }) => t));
}

/**
 * Where within a second a recording began: stamps are whole seconds of a clock (`T+2`), so each that is new at its row
 * bounds the part of the second that had passed.
 */
export function phaseOf({ rows }: Scenario): number {
  let low = 0;
  let high = 1;
  const seen = new Set<string>();
  for (const { t, k } of rows) {
    for (const [, sign, digits] of JSON.stringify(k).matchAll(/"T([+-])(\d+)"/g)) {
      const stamp = `${sign}${digits}`;
      if (seen.has(stamp) || sign === "-") continue;
      seen.add(stamp);
      const second = Number(digits);
      if (Math.abs(second - t) > 1.2) continue;
      low = Math.max(low, second - t);
      high = Math.min(high, second + 1 - t);
    }
  }
  return low < high ? (low + high) / 2 : Math.min(Math.max(low, 0), 0.999);
}

const SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** The second within its minute at which a recording with schedules began; 0 where it does not matter. */
export function secondOfMinute({ rows }: Scenario): number {
  for (const { kind, k, t } of rows) {
    const stamp = kind === "Job" ? k.ann?.[SCHEDULED_AT] : undefined;
    if (stamp === undefined) continue;
    const cron = rows.find(
      (row) => row.kind === "CronJob" && row.t >= t && row.k.status?.lastScheduleTime !== undefined,
    );
    const passed = Number(
      /T\+(\d+)/.exec(cron?.k.status.lastScheduleTime ?? "")?.[1] ?? Math.floor(t),
    );
    const second = (Date.parse(stamp) / 1000 - passed) % 60;
    return (second + 60) % 60;
  }
  return 0;
}
