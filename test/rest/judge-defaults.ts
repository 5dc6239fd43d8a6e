import { isDeepStrictEqual } from "node:util";
import type { Backend } from "./backend.ts";
import { readRows } from "./judge-errors.ts";
import { simulatedBackend } from "./simulated-backend.ts";

/** One recorded create. */
export interface DefaultsRow {
  readonly id: string;
  readonly kind: string;
  readonly path: string;
  readonly code: number;
  readonly warning?: string;
  readonly input: unknown;
  readonly output: unknown;
}

/** How many rows came out as recorded; the differences in words. */
export interface DefaultsVerdict {
  readonly rows: number;
  readonly right: number;
  readonly differences: readonly string[];
}

type Plain = any;

/** Takes out what differs from run to run, and what the recording left out. */
function normalized(body: unknown, expected: Plain): unknown {
  const text = (JSON.stringify(body) ?? "null")
    .replace(/kube-api-access-[0-9a-z]{5}/g, "kube-api-access-XXXXX")
    .replace(/"(last\w*TransitionTime)":"[^"]*"/g, '"$1":"<time>"');
  const copy = JSON.parse(text) as Plain;
  for (const name of ["uid", "resourceVersion", "creationTimestamp", "managedFields", "selfLink"])
    if (expected?.metadata?.[name] === undefined) delete copy?.metadata?.[name];
  const base = copy?.metadata?.generateName;
  if (
    typeof base === "string" &&
    copy.metadata.name?.startsWith(base) &&
    copy.metadata.name !== base
  )
    if (!("name" in (expected?.metadata ?? {})) || expected.metadata.name.endsWith("XXXXX"))
      copy.metadata.name = `${base}XXXXX`;
  return mask(copy, expected);
}

/** Where the recording has `<something>`, anything will do. */
function mask(value: Plain, expected: Plain): unknown {
  if (typeof expected === "string" && /^<[A-Za-z]+>$/.test(expected) && value !== undefined)
    return expected;
  if (value === null || typeof value !== "object") {
    if (typeof expected === "string" && expected.includes("<uid>") && typeof value === "string")
      return value.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<uid>");
    return value;
  }
  if (Array.isArray(value)) return value.map((item, at) => mask(item, expected?.[at]));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<uid>"),
      mask(inner, expected?.[key]),
    ]),
  );
}

function withoutTimes(expected: unknown): unknown {
  return JSON.parse(
    (JSON.stringify(expected) ?? "null").replace(
      /"(last\w*TransitionTime)":"[^"]*"/g,
      '"$1":"<time>"',
    ),
  );
}

function namespaceOf(path: string): string | undefined {
  return /\/namespaces\/([^/]+)\/./.exec(path)?.[1];
}

/** Creates the inputs of a defaults file in their order in an empty cluster and compares what comes out. */
export async function judgeDefaults(
  file: string,
  backend: Backend = simulatedBackend(),
): Promise<DefaultsVerdict> {
  const differences: string[] = [];
  const rows = readRows<DefaultsRow>(file);
  const namespaces = new Set<string>();
  const post = async (path: string, body: unknown) => {
    const response = await backend.handle({
      method: "POST",
      path,
      contentType: "application/json",
      userAgent: "oracle/1",
      body: JSON.stringify(body),
    });
    await backend.settle();
    return response;
  };
  for (const row of rows) {
    const namespace = namespaceOf(row.path);
    if (namespace !== undefined && !namespaces.has(namespace)) {
      namespaces.add(namespace);
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
      await post("/api/v1/namespaces", body);
    }
    const response = await post(row.path, row.input);
    const warnings = response.warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(", ");
    const expected = withoutTimes(row.output);
    const output = normalized(response.body, expected);
    if (response.code !== row.code) differences.push(`${row.id}: ${JSON.stringify(response.body)}`);
    else if (warnings !== (row.warning ?? ""))
      differences.push(`${row.id}: warned ${warnings} instead of ${row.warning ?? "nothing"}`);
    else if (!isDeepStrictEqual(output, expected))
      differences.push(
        `${row.id}: ${JSON.stringify(output)}\n    instead of ${JSON.stringify(expected)}`,
      );
  }
  return { rows: rows.length, right: rows.length - differences.length, differences };
}

/** For `npm run golden -- defaults FILE`: prints the counts and differences; true when there are none. */
export async function judge(file: string): Promise<boolean> {
  const { rows, right, differences } = await judgeDefaults(file);
  for (const difference of differences) console.log(difference);
  console.log(`defaults: ${right}/${rows} rows`);
  return differences.length === 0;
}
