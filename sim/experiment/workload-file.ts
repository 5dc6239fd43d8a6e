import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { formatSpan, type Micros, parseSpan, SECOND } from "../engine/time.ts";
import type { NodeTemplate } from "../node/machine/node-template.ts";
import { TraceError } from "./input-error.ts";
import type { Workload, WorkloadEvent } from "./workload.ts";

type Loose = Readonly<Record<string, unknown>>;

/** A value of an event is not what it should be; the reader of the file knows the place. */
class EventProblem extends Error {
  readonly path: readonly string[];
  readonly suggestion: string | undefined;

  constructor(path: readonly string[], message: string, suggestion?: string) {
    super(message);
    this.path = path;
    this.suggestion = suggestion;
  }
}

/** A workload as JSON Lines: a head, then a line for every event. Large traces stay readable line by line. */
export function workloadText({ name, source, nodes, events }: Workload): string {
  const head = {
    apiVersion: "ksim.dev/v1",
    kind: "Workload",
    metadata: { name },
    spec: { source, ...(nodes === undefined ? {} : { nodes }) },
  };
  const lines = [JSON.stringify(head)];
  for (const event of events) lines.push(JSON.stringify({ ...event, at: event.at / SECOND }));
  return `${lines.join("\n")}\n`;
}

/** Reads a workload: JSON Lines as `ksim import` writes it, or YAML with `spec.events`. Throws `TraceError`. */
export function parseWorkload(file: string, text: string): Workload {
  const first = text.slice(0, text.indexOf("\n") + 1 || text.length).trim();
  return first.startsWith("{") && first.endsWith("}")
    ? parseLines(file, text)
    : parseYaml(file, text);
}

function parseLines(file: string, text: string): Workload {
  const lines = text.split("\n");
  const head = parseLine(file, lines[0] ?? "", 1);
  const events: WorkloadEvent[] = [];
  lines.forEach((line, at) => {
    if (at === 0 || line.trim() === "") return;
    const value = parseLine(file, line, at + 1);
    try {
      events.push(readEvent(value));
    } catch (error) {
      if (!(error instanceof EventProblem)) throw error;
      const key = error.path.at(-1);
      const column = key === undefined ? 1 : line.indexOf(JSON.stringify(key)) + 1;
      throw new TraceError(
        error.message,
        { file, line: at + 1, column: column || 1 },
        error.suggestion,
      );
    }
  });
  return build(file, head, events, { line: 1 });
}

function parseLine(file: string, line: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    throw new TraceError(
      "expected one JSON object on this line",
      { file, line: number, column: position === undefined ? 1 : Number(position) + 1 },
      "A workload is JSON Lines: a head, then an event a line.",
    );
  }
}

function parseYaml(file: string, text: string): Workload {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const placeOf = (offset: number): { line: number; column: number } => {
    const { line, col } = counter.linePos(offset);
    return { line: line || 1, column: col || 1 };
  };
  const [broken] = document.errors;
  if (broken !== undefined)
    throw new TraceError(`not valid YAML: ${broken.message}`, { file, ...placeOf(broken.pos[0]) });
  const value = document.toJS({ maxAliasCount: 100 }) as { spec?: { events?: unknown } } | null;
  const given = value?.spec?.events;
  const offsetAt = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if ((isScalar(node) || isMap(node)) && node.range) return node.range[0];
    }
    return 0;
  };
  const events = (Array.isArray(given) ? given : []).map((event: unknown, at) => {
    try {
      return readEvent(event);
    } catch (error) {
      if (!(error instanceof EventProblem)) throw error;
      const place = placeOf(offsetAt(["spec", "events", at, ...error.path]));
      throw new TraceError(error.message, { file, ...place }, error.suggestion);
    }
  });
  return build(file, value, events, placeOf(offsetAt(["kind"])));
}

function build(
  file: string,
  head: unknown,
  events: readonly WorkloadEvent[],
  place: { line: number; column?: number },
): Workload {
  const { apiVersion, kind, metadata, spec } = (head ?? {}) as Loose;
  if (apiVersion !== "ksim.dev/v1" || kind !== "Workload")
    throw new TraceError(
      `expected kind Workload of ksim.dev/v1, got ${JSON.stringify(kind) ?? "nothing"}`,
      { file, ...place },
      "`ksim import` makes a workload of a foreign trace.",
    );
  const { source, nodes } = (spec ?? {}) as Loose;
  return {
    name: String((metadata as Loose | undefined)?.["name"] ?? "workload"),
    source: typeof source === "string" ? source : "file",
    nodes: Array.isArray(nodes) ? (nodes as readonly NodeTemplate[]) : undefined,
    // A stable sort: events of one instant stay in the order of the file.
    events: [...events].sort((a, b) => a.at - b.at),
  };
}

const EVENT_KEYS = ["at", "pod", "apply", "delete"];
const POD_KEYS = [
  "name",
  "namespace",
  "labels",
  "annotations",
  "requests",
  "runs",
  "priority",
  "nodeSelector",
  "spec",
];

function readEvent(value: unknown): WorkloadEvent {
  const event = mapping(value, []);
  refuseUnknown(event, EVENT_KEYS, []);
  const at = readTime(event["at"], ["at"]);
  const given = EVENT_KEYS.slice(1).filter((key) => event[key] !== undefined);
  if (given.length !== 1)
    throw new EventProblem(
      [],
      `expected one of pod, apply, delete, got ${given.join(" and ") || "none"}`,
    );
  if (event["pod"] !== undefined) return { at, pod: readPod(event["pod"]) };
  const verb = given[0] as "apply" | "delete";
  const object = mapping(event[verb], [verb]);
  for (const key of ["apiVersion", "kind"])
    if (typeof object[key] !== "string")
      throw new EventProblem([verb, key], `expected the key ${JSON.stringify(key)}, a text`);
  if (verb === "delete") {
    if (typeof object["name"] !== "string")
      throw new EventProblem([verb, "name"], 'expected the key "name", a text');
    return { at, delete: object } as unknown as WorkloadEvent;
  }
  mapping(object["metadata"], [verb, "metadata"]);
  return { at, apply: object } as unknown as WorkloadEvent;
}

function readPod(value: unknown): Extract<WorkloadEvent, { pod: unknown }>["pod"] {
  const pod = mapping(value, ["pod"]);
  refuseUnknown(pod, POD_KEYS, ["pod"]);
  if (typeof pod["name"] !== "string" || pod["name"] === "")
    throw new EventProblem(["pod", "name"], 'expected the key "name", a text');
  for (const key of ["labels", "annotations", "requests", "nodeSelector", "spec"])
    if (pod[key] !== undefined) mapping(pod[key], ["pod", key]);
  const runs = pod["runs"] === undefined ? undefined : readTime(pod["runs"], ["pod", "runs"]);
  if (pod["priority"] !== undefined && !Number.isInteger(pod["priority"]))
    throw new EventProblem(["pod", "priority"], "expected an integer");
  return {
    ...(pod as unknown as { name: string }),
    ...(runs === undefined ? {} : { runs: runs / SECOND }),
  };
}

/** Seconds as a number, or a span like 1m30s. */
function readTime(value: unknown, path: readonly string[]): Micros {
  const time =
    typeof value === "number"
      ? Math.round(value * SECOND)
      : typeof value === "string"
        ? parseSpan(value)
        : undefined;
  if (time === undefined || !(time >= 0) || !Number.isSafeInteger(time))
    throw new EventProblem(
      path,
      `expected seconds or a time like ${formatSpan(90 * SECOND)}, got ${JSON.stringify(value) ?? "nothing"}`,
    );
  return time;
}

function mapping(value: unknown, path: readonly string[]): Loose {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new EventProblem(path, `expected a mapping, got ${JSON.stringify(value) ?? "nothing"}`);
  return value as Loose;
}

function refuseUnknown(value: Loose, known: readonly string[], path: readonly string[]): void {
  for (const key of Object.keys(value))
    if (!known.includes(key))
      throw new EventProblem(
        [...path, key],
        `unknown key ${JSON.stringify(key)}`,
        `Expected one of: ${known.join(", ")}.`,
      );
}
