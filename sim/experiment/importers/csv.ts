import { parseQuantity } from "../../api/meta/quantity.ts";
import { parseSpan, SECOND } from "../../engine/time.ts";
import { TraceError } from "../input-error.ts";
import type { WorkloadEvent, WorkloadPod } from "../workload.ts";
import { baseName, type Importer } from "./importer.ts";
import { type Row, readTable } from "./table.ts";

/** Headings that are understood, and those that other tools give the same column. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  at: ["arrival", "arrival_time", "submit", "submit_time", "creation_time", "time"],
  name: ["pod", "job", "id"],
  namespace: [],
  cpu: ["cpus"],
  memory: ["mem"],
  gpu: ["gpus"],
  runs: ["duration", "run_time", "runtime"],
  count: ["replicas"],
  priority: [],
};

/** Any table of pods. */
export const csv: Importer = {
  name: "csv",
  description:
    "a table of pods: at, name, cpu, memory, runs, count, priority, namespace, label:KEY, request:RESOURCE",
  files: "tables with a line of headings",
  read: (files) => {
    const events: WorkloadEvent[] = [];
    for (const file of files) {
      const table = readTable(file);
      const columns = meanings(table.columns, file.name);
      for (const row of table.rows) events.push(...arrivals(row, columns, events.length));
    }
    return {
      workload: {
        name: baseName(files[0]?.name ?? "csv"),
        source: "csv",
        nodes: undefined,
        events: events.sort((a, b) => a.at - b.at),
      },
      notes: [],
    };
  },
};

/** Heading of the file by what it means. */
type Columns = ReadonlyMap<string, string>;

function meanings(headings: readonly string[], file: string): Columns {
  const found = new Map<string, string>();
  headings.forEach((heading) => {
    const plain = heading.toLowerCase();
    const meaning = Object.keys(ALIASES).find(
      (name) => name === plain || ALIASES[name]?.includes(plain),
    );
    if (meaning !== undefined) found.set(meaning, heading);
    else if (/^(label|request):./.test(heading)) found.set(heading, heading);
    else
      throw new TraceError(
        `unknown column ${JSON.stringify(heading)}`,
        { file, line: 1, column: headings.join(",").indexOf(heading) + 1 },
        `Known are ${Object.keys(ALIASES).join(", ")}, label:KEY and request:RESOURCE.`,
      );
  });
  if (!found.has("at"))
    throw new TraceError(
      "expected a column at: when the pod arrives",
      { file },
      `Seconds or a time like 1m30s; ${(ALIASES["at"] ?? []).join(", ")} mean the same.`,
    );
  return found;
}

function arrivals(row: Row, columns: Columns, before: number): readonly WorkloadEvent[] {
  const text = (meaning: string): string => row.text(columns.get(meaning) ?? "");
  const seconds = (meaning: string): number | undefined => {
    const given = text(meaning);
    if (given === "") return undefined;
    const span = parseSpan(/^\d+(\.\d+)?$/.test(given) ? `${given}s` : given);
    if (span === undefined)
      throw row.problem(
        columns.get(meaning) ?? "",
        `${meaning}: expected seconds or a time like 1m30s, got ${JSON.stringify(given)}`,
      );
    return span / SECOND;
  };
  const at = seconds("at");
  if (at === undefined) throw row.problem(columns.get("at") ?? "", "at: expected a time");
  const runs = seconds("runs");
  const namespace = text("namespace");
  const priority = text("priority");
  const labels = Object.fromEntries(
    [...columns]
      .filter(([meaning, heading]) => meaning.startsWith("label:") && row.text(heading) !== "")
      .map(([meaning, heading]) => [meaning.slice("label:".length), row.text(heading)]),
  );
  const pod: Omit<WorkloadPod, "name"> = {
    requests: requests(row, columns),
    ...(runs === undefined ? {} : { runs }),
    ...(namespace === "" ? {} : { namespace }),
    ...(priority === "" ? {} : { priority: row.number(columns.get("priority") ?? "") }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
  const count = text("count") === "" ? 1 : row.number(columns.get("count") ?? "");
  const name = text("name") === "" ? `pod-${before + 1}` : text("name");
  return Array.from({ length: count }, (_, one) => ({
    at: Math.round(at * SECOND),
    pod: { name: count === 1 ? name : `${name}-${one + 1}`, ...pod },
  }));
}

function requests(row: Row, columns: Columns): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [meaning, heading] of columns) {
    const resource =
      meaning === "cpu" || meaning === "memory"
        ? meaning
        : meaning === "gpu"
          ? "nvidia.com/gpu"
          : meaning.startsWith("request:")
            ? meaning.slice("request:".length)
            : undefined;
    const amount = row.text(heading);
    if (resource === undefined || amount === "") continue;
    if (parseQuantity(amount) === undefined)
      throw row.problem(
        heading,
        `${meaning}: expected a quantity like 500m or 4Gi, got ${JSON.stringify(amount)}`,
      );
    // No device is no request: the API would want a limit of it too.
    if (resource !== "cpu" && resource !== "memory" && Number(amount) === 0) continue;
    found[resource] = amount;
  }
  return found;
}
