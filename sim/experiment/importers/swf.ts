import { SECOND } from "../../engine/time.ts";
import type { NodeTemplate } from "../../node/machine/node-template.ts";
import { TraceError } from "../input-error.ts";
import type { WorkloadEvent } from "../workload.ts";
import { baseName, type Importer, textOf } from "./importer.ts";

/** Fields of a line, in their order (Standard Workload Format 2.2, Feitelson's Parallel Workloads Archive). */
const FIELDS = [
  "job number",
  "submit time",
  "wait time",
  "run time",
  "allocated processors",
  "average CPU time",
  "used memory",
  "requested processors",
  "requested time",
  "requested memory",
  "status",
  "user",
  "group",
  "application",
  "queue",
  "partition",
  "preceding job",
  "think time",
] as const;
type Job = Readonly<Record<(typeof FIELDS)[number], number>>;

/** The Standard Workload Format of parallel computers' logs. */
export const swf: Importer = {
  name: "swf",
  description: "the Standard Workload Format of the Parallel Workloads Archive",
  files: "a log",
  read: (files) => {
    const [file] = files;
    if (file === undefined) throw new TraceError("expected a log", { file: "swf" });
    const { header, jobs, skipped } = parse(file.name, textOf(file));
    const { nodes, perNode } = machines(header);
    const first = jobs.reduce((least, job) => Math.min(least, job["submit time"]), Infinity);
    const events = jobs.flatMap((job) => tasks(job, first, perNode));
    const notes = [
      ...(skipped === 0
        ? []
        : [`${skipped} jobs never ran or asked for nothing: they are left out.`]),
      `A job of more than ${perNode} processors is several pods of at most ${perNode} CPUs.`,
      ...(nodes === undefined
        ? ["The log does not say what it ran on: the experiment must name its cluster."]
        : []),
    ];
    return {
      workload: {
        name: baseName(file.name),
        source: "swf",
        nodes,
        events: events.sort((a, b) => a.at - b.at),
      },
      notes,
    };
  },
};

type Header = ReadonlyMap<string, string>;

function parse(file: string, text: string): { header: Header; jobs: Job[]; skipped: number } {
  const header = new Map<string, string>();
  const jobs: Job[] = [];
  let skipped = 0;
  text.split(/\r?\n/).forEach((line, at) => {
    if (line.trim() === "") return;
    if (line.trimStart().startsWith(";")) {
      const [, key, value] = /^\s*;\s*(\w+)\s*:\s*(.*)$/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) header.set(key, value.trim());
      return;
    }
    const job = parseJob(file, line, at + 1);
    if (job["run time"] < 0 || processors(job) <= 0) skipped++;
    else jobs.push(job);
  });
  return { header, jobs, skipped };
}

function parseJob(file: string, line: string, number: number): Job {
  const words = [...line.matchAll(/\S+/g)];
  if (words.length !== FIELDS.length)
    throw new TraceError(
      `expected ${FIELDS.length} numbers in a line, got ${words.length}`,
      { file, line: number, column: (words[FIELDS.length]?.index ?? line.length) + 1 },
      "Comments of the Standard Workload Format begin with ;",
    );
  const values = words.map(({ 0: word, index }, at) => {
    const value = Number(word);
    if (Number.isFinite(value)) return value;
    const place = { file, line: number, column: index + 1 };
    throw new TraceError(`${FIELDS[at]}: expected a number, got ${JSON.stringify(word)}`, place);
  });
  return Object.fromEntries(FIELDS.map((field, at) => [field, values[at]])) as Job;
}

function processors(job: Job): number {
  const asked = job["requested processors"];
  return asked > 0 ? asked : job["allocated processors"];
}

/** Processors of one machine, where the header does not tell. */
const PROCESSORS = 64;

function machines(header: Header): { nodes: readonly NodeTemplate[] | undefined; perNode: number } {
  const count = Number(header.get("MaxNodes"));
  const all = Number(header.get("MaxProcs"));
  if (!(count > 0)) return { nodes: undefined, perNode: PROCESSORS };
  const perNode = all > 0 ? Math.max(1, Math.floor(all / count)) : 1;
  const capacity = { cpu: String(perNode), memory: `${perNode * 4}Gi`, pods: "110" };
  return { nodes: [{ name: "node-{i}", count, capacity }], perNode };
}

function tasks(job: Job, first: number, perNode: number): readonly WorkloadEvent[] {
  const wanted = processors(job);
  const count = Math.ceil(wanted / perNode);
  const kilobytes = job["requested memory"] > 0 ? job["requested memory"] : job["used memory"];
  const labels = Object.fromEntries(
    (["user", "group", "queue", "partition"] as const)
      .filter((field) => job[field] >= 0)
      .map((field) => [field, `${field}-${job[field]}`]),
  );
  return Array.from({ length: count }, (_, at) => {
    const cpus = Math.min(perNode, wanted - at * perNode);
    const name = `job-${job["job number"]}`;
    return {
      at: Math.round((job["submit time"] - first) * SECOND),
      pod: {
        name: count === 1 ? name : `${name}-${at + 1}`,
        labels: { job: name, ...labels },
        requests: {
          cpu: String(cpus),
          ...(kilobytes > 0 ? { memory: `${Math.ceil(kilobytes * cpus)}Ki` } : {}),
        },
        runs: job["run time"],
      },
    };
  });
}
