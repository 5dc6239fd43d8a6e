import type { JournalEntry } from "../sim/engine/journal.ts";
import { podLives } from "./pod-lives.ts";
import { type FinishedRun, faultSpans, stepTimes } from "./run-facts.ts";

/** Process of the trace that holds controllers, and the one of faults and steps. */
const CONTROLLERS = 1;
const SCENARIO = 2;
const FIRST_NODE = 10;
/** Threads of the scenario's process; behind the first of faults come as many as overlap. */
const [EXPECTATIONS, FAULTS] = [2, 3];

/**
 * Chrome's trace events, which ui.perfetto.dev opens: a process a node and a thread a pod with its states, a thread a
 * controller with what it wrote and what led there, faults and steps beside them. Times are virtual microseconds.
 */
export function perfettoText(run: FinishedRun): string {
  const events = [...podEvents(run), ...controllerEvents(run.entries), ...scenarioEvents(run)];
  return `${JSON.stringify({ displayTimeUnit: "ms", traceEvents: events })}\n`;
}

function named(
  what: "process_name" | "thread_name",
  pid: number,
  tid: number,
  name: string,
): object {
  return { ph: "M", name: what, pid, tid, args: { name } };
}

function podEvents({ entries, end }: FinishedRun): readonly object[] {
  const lives = podLives(entries, end);
  const nodes = [...new Set(lives.map(({ node }) => node))].sort();
  const events = nodes.map((node, at) =>
    named("process_name", FIRST_NODE + at, 0, node === "" ? "on no node" : node),
  );
  lives.forEach(({ key, node, spans, uid, restarts }, at) => {
    const place = { pid: FIRST_NODE + nodes.indexOf(node), tid: at + 1 };
    events.push(named("thread_name", place.pid, place.tid, key));
    for (const { state, from, to } of spans)
      events.push({
        ph: "X",
        cat: "pod",
        name: state,
        ts: from,
        dur: to - from,
        ...place,
        args: { pod: key, uid, restarts },
      });
  });
  return events;
}

const TOLD = /\/|^(scenario|api|nodes|workload)$/;

/** Writes of controllers and the scheduler as instants: virtual time stands still while they reconcile. */
function controllerEvents(entries: readonly JournalEntry[]): readonly object[] {
  const threads = new Map<string, number>();
  const events: object[] = [named("process_name", CONTROLLERS, 0, "control plane")];
  for (const entry of entries) {
    if (
      entry.kind !== "change" ||
      entry.actor === "" ||
      TOLD.test(entry.actor.replace(/^(controller|scheduler)\//, ""))
    )
      continue;
    let tid = threads.get(entry.actor);
    if (tid === undefined) {
      tid = threads.size + 1;
      threads.set(entry.actor, tid);
      events.push(named("thread_name", CONTROLLERS, tid, entry.actor));
    }
    const verb =
      entry.before === undefined ? "create" : entry.after === undefined ? "delete" : "update";
    events.push({
      ph: "i",
      s: "t",
      cat: "write",
      name: `${verb} ${entry.collection} ${entry.key}`,
      ts: entry.time,
      pid: CONTROLLERS,
      tid,
      args: { seq: entry.seq, cause: entry.cause },
    });
  }
  return events;
}

/** Faults that overlap lie side by side: of one thread the spans may only be nested. */
function faultEvents(run: FinishedRun): readonly object[] {
  const ends: number[] = [];
  const events = faultSpans(run).map(({ name, from, to }) => {
    const free = ends.findIndex((end) => end <= from);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = to;
    const tid = FAULTS + lane;
    return { ph: "X", cat: "fault", name, ts: from, dur: to - from, pid: SCENARIO, tid };
  });
  const lanes = ends.length === 0 ? [0] : ends.keys();
  return [...lanes]
    .map((lane) => named("thread_name", SCENARIO, FAULTS + lane, "faults"))
    .concat(events);
}

function scenarioEvents(run: FinishedRun): readonly object[] {
  const place = { pid: SCENARIO, tid: 1 };
  const events: object[] = [
    named("process_name", SCENARIO, 0, "scenario"),
    named("thread_name", SCENARIO, 1, "steps"),
    named("thread_name", SCENARIO, EXPECTATIONS, "expectations"),
  ];
  for (const { time, name } of stepTimes(run))
    events.push({ ph: "i", s: "g", cat: "step", name, ts: time, ...place });
  events.push(...faultEvents(run));
  for (const entry of run.entries)
    if (entry.kind === "expectation")
      events.push({
        ph: "i",
        s: "t",
        cat: "expectation",
        name: `${entry.passed ? "passed" : "failed"}: ${entry.name}`,
        ts: entry.time,
        pid: SCENARIO,
        tid: EXPECTATIONS,
        args: { message: entry.message },
      });
  return events;
}
