import type { JournalEntry } from "../sim/engine/journal.ts";
import type { Micros } from "../sim/engine/time.ts";
import type { StepRecord } from "../sim/scenario/run/step-record.ts";

/** A finished run, as reports read it. */
export interface FinishedRun {
  readonly title: string;
  readonly description: string | undefined;
  readonly entries: readonly JournalEntry[];
  readonly end: Micros;
}

/** A fault from its beginning to its end, or to the run's. */
export interface FaultSpan {
  readonly name: string;
  readonly from: Micros;
  readonly to: Micros;
}

/** The faults of a run. One without an end of its own is an instant. */
export function faultSpans({ entries, end }: FinishedRun): readonly FaultSpan[] {
  const found: { name: string; from: Micros; to: Micros }[] = [];
  /** Begun and not ended, the oldest first: faults of a name may overlap. */
  const open = new Map<string, { to: Micros }[]>();
  const lasting = new Set<string>();
  for (const entry of entries)
    if (entry.kind === "fault" && entry.phase === "end") lasting.add(faultName(entry));
  for (const entry of entries) {
    if (entry.kind !== "fault") continue;
    const name = faultName(entry);
    if (entry.phase === "end") {
      const begun = open.get(name)?.shift();
      if (begun !== undefined) begun.to = entry.time;
    } else {
      const span = { name, from: entry.time, to: lasting.has(name) ? end : entry.time };
      found.push(span);
      open.set(name, [...(open.get(name) ?? []), span]);
    }
  }
  return found;
}

/** `node-crash node node-2` */
export function faultName({ fault }: Extract<JournalEntry, { kind: "fault" }>): string {
  return `${fault.type} ${fault.target ?? ""}`.trim();
}

/** When steps did something. */
export function stepTimes({
  entries,
}: FinishedRun): readonly { readonly time: Micros; readonly name: string }[] {
  return entries.flatMap((entry) => {
    if (entry.kind !== "step") return [];
    const step = entry.step as StepRecord;
    return step.what === "begin" && step.action !== undefined
      ? [{ time: entry.time, name: `${step.id}: ${step.action}` }]
      : [];
  });
}
