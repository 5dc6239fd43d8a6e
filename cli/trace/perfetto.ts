import type { JournalEntry } from "../../sim/engine/journal.ts";
import type { PodLife } from "./pod-lives.ts";

/** Chrome's trace events, which ui.perfetto.dev opens: a process a node, a thread a pod, instants for faults and steps. */
export function perfettoText(lives: readonly PodLife[], entries: readonly JournalEntry[]): string {
  const nodes = [...new Set(lives.map(({ node }) => node))].sort();
  const events: object[] = nodes.map((node, at) => ({
    ph: "M",
    name: "process_name",
    pid: at + 1,
    args: { name: node === "" ? "on no node" : node },
  }));
  const end = entries.at(-1)?.time ?? 0;
  lives.forEach((life, thread) => {
    const at = { pid: nodes.indexOf(life.node) + 1, tid: thread + 1 };
    events.push({ ph: "M", name: "thread_name", ...at, args: { name: life.key } });
    const last = life.ended ?? end;
    const slice = (name: string, from: number | undefined, to: number): void => {
      if (from !== undefined && to > from)
        events.push({ ph: "X", name, ts: from, dur: to - from, ...at });
    };
    slice("pending", life.created, life.bound ?? last);
    slice("starting", life.bound, life.ready ?? last);
    slice("ready", life.ready, last);
  });
  for (const entry of entries) {
    if (entry.kind === "fault")
      events.push({
        ph: "i",
        s: "g",
        name: `${entry.fault.type} ${entry.phase}`,
        ts: entry.time,
        pid: 0,
        tid: 0,
      });
    if (entry.kind === "step")
      events.push({
        ph: "i",
        s: "g",
        name: `step ${(entry.step as { id: string }).id}`,
        ts: entry.time,
        pid: 0,
        tid: 0,
      });
  }
  return `${JSON.stringify({ displayTimeUnit: "ms", traceEvents: events })}\n`;
}
