import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import type { RestRequest, RestResponse } from "../../sim/api/rest/request.ts";
import type { Backend } from "./backend.ts";
import { simulatedBackend } from "./simulated-backend.ts";

/** One line of an errors file: a request with its recorded answer, or a step that prepares later ones. */
export interface ErrorRow {
  readonly id?: string;
  readonly setup?: boolean;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly contentType?: string;
    readonly accept?: string;
    readonly body?: unknown;
  };
  readonly code?: number;
  readonly response?: unknown;
  readonly warning?: string;
  readonly retryAfter?: string;
}

/** How many rows were answered as recorded; the differences in words. */
export interface ErrorsVerdict {
  readonly rows: number;
  readonly right: number;
  readonly differences: readonly string[];
}

export function readRows<T>(file: string): readonly T[] {
  const raw = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(raw) : raw).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/** Writes `<262145 x>` out: that many letters. */
export function expand<T>(value: T): T {
  const text = JSON.stringify(value);
  if (text === undefined || !/<\d+ .>/.test(text)) return value;
  return JSON.parse(
    text.replace(/<(\d+) (.)>/g, (_all, count: string, letter: string) =>
      letter.repeat(Number(count)),
    ),
  ) as T;
}

/** The rest of a recorded run leaves its mark in the rows: uids, revisions, generated names. */
function normalized(value: unknown): unknown {
  const text = JSON.stringify(value) ?? "null";
  return JSON.parse(
    text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g, (uid) =>
        uid.startsWith("11111111") ? uid : "<uid>",
      )
      .replace(/guard-[0-9a-z]{6,10}-[0-9a-z]{5}/g, "<guard-pod>")
      .replace(/Bad_[0-9a-z]{5}/g, "Bad_XXXXX")
      .replace(/kube-api-access-[0-9a-z]{5}/g, "kube-api-access-XXXXX")
      .replace(/ResourceVersion in record \(\d+\)/g, "ResourceVersion in record (<rv>)")
      .replace(/, current: \d+/g, ", current: <rv>")
      .replace(/too old resource version: (\d+) \(\d+\)/g, "too old resource version: $1 (<rv>)")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"),
  );
}

interface Comparable {
  readonly code: number;
  readonly body: unknown;
  readonly warning: string | undefined;
  readonly retryAfter: string | undefined;
}

function recordedAnswer(row: ErrorRow): Comparable {
  const body = row.response as { ok?: boolean; kind?: string } | undefined;
  return {
    code: row.code ?? 0,
    body:
      body?.ok === true ? (body.kind === undefined ? {} : { kind: body.kind }) : comparable(body),
    warning: row.warning,
    retryAfter: row.retryAfter,
  };
}

/** Of an object that was answered only the kind is compared; of a failure everything. */
function comparable(body: unknown): unknown {
  const object = body as { kind?: string; type?: string } | undefined;
  if (object?.kind === "Status" || object?.type !== undefined || typeof body === "string")
    return normalized(body);
  return { kind: object?.kind };
}

function answerOf(row: ErrorRow, response: RestResponse): Comparable {
  const recorded = row.response as { ok?: boolean; kind?: string } | undefined;
  const frames = response.watch?.pull(0);
  const body = frames === undefined ? response.body : frames[0];
  const warnings = response.warnings.map((text) => `299 - ${JSON.stringify(text)}`);
  return {
    code: response.code,
    body:
      recorded?.ok === true && recorded.kind === undefined && response.code < 300
        ? {}
        : comparable(body),
    warning: warnings.length === 0 ? undefined : warnings.join(", "),
    retryAfter: response.retryAfter === undefined ? undefined : String(response.retryAfter),
  };
}

function requestOf(row: ErrorRow, guardPod: string): RestRequest {
  const filled = expand(
    JSON.parse(
      JSON.stringify(row.request)
        .replaceAll("<guard-pod>", guardPod)
        .replace(/guard-[0-9a-z]{6,10}-[0-9a-z]{5}/g, guardPod),
    ) as ErrorRow["request"],
  );
  const { method, path, contentType, accept, body } = filled;
  return {
    method,
    path,
    userAgent: "oracle/1",
    ...(contentType === undefined ? {} : { contentType }),
    ...(accept === undefined ? {} : { accept }),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(row.code === 401 ? { user: null } : {}),
  };
}

async function guardPodOf(backend: Backend): Promise<string> {
  const path = "/api/v1/namespaces/errs/pods?labelSelector=app%3Dguard";
  const { body } = await backend.handle({ method: "GET", path });
  const { items = [] } = body as { items?: readonly { metadata: { name: string } }[] };
  return items[0]?.metadata.name ?? "missing";
}

/** Replays an errors file in its order against an empty cluster and compares every answer. */
export async function judgeErrors(
  file: string,
  backend: Backend = simulatedBackend(),
): Promise<ErrorsVerdict> {
  const differences: string[] = [];
  let rows = 0;
  let guardPod = "missing";
  for (const row of readRows<ErrorRow>(file)) {
    if (JSON.stringify(row.request).includes("guard-pod") && guardPod === "missing")
      guardPod = await guardPodOf(backend);
    const response = await backend.handle(requestOf(row, guardPod));
    if (row.setup === true) {
      if (response.code >= 300)
        differences.push(`setup ${row.request.method} ${row.request.path}: ${show(response.body)}`);
      await backend.settle();
      continue;
    }
    rows++;
    const [expected, actual] = [recordedAnswer(row), answerOf(row, response)];
    if (response.code < 300) await backend.settle();
    if (isDeepStrictEqual(expected, actual)) continue;
    differences.push(`${row.id}: ${show(actual)}\n    instead of ${show(expected)}`);
  }
  return {
    rows,
    right: rows - differences.filter((text) => !text.startsWith("setup ")).length,
    differences,
  };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 1500 ? `${text.slice(0, 1500)}…` : text;
}

/** For `npm run golden -- errors FILE`: prints the counts and differences; true when there are none. */
export async function judge(file: string): Promise<boolean> {
  const { rows, right, differences } = await judgeErrors(file);
  for (const difference of differences) console.log(difference);
  console.log(`errors: ${right}/${rows} rows`);
  return differences.length === 0;
}
