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
  const open = new Map<string, { to: Micros }>();
  const lasting = new Set<string>();
  for (const entry of entries)
    if (entry.kind === "fault" && entry.phase === "end") lasting.add(nameOf(entry));
  for (const entry of entries) {
    if (entry.kind !== "fault") continue;
    const name = nameOf(entry);
    if (entry.phase === "end") {
      const begun = open.get(name);
      if (begun !== undefined) begun.to = entry.time;
      open.delete(name);
    } else {
      const span = { name, from: entry.time, to: lasting.has(name) ? end : entry.time };
      found.push(span);
      open.set(name, span);
    }
  }
  return found;
}

function nameOf({ fault }: Extract<JournalEntry, { kind: "fault" }>): string {
  return `${fault.type} ${fault.target ?? ""}`.trim();
}

/** A line of the story of a run. */
export interface StoryLine {
  readonly time: Micros;
  readonly kind: "say" | "step" | "note" | "fault" | "good" | "bad";
  readonly text: string;
}

/** What was said and done, what broke, and what was found, in the order of time. */
export function storyOf({ entries }: FinishedRun): readonly StoryLine[] {
  return entries.flatMap((entry): readonly StoryLine[] => {
    const { time } = entry;
    switch (entry.kind) {
      case "step":
        return stepLines(entry.step as StepRecord, time);
      case "fault":
        return [
          {
            time,
            kind: "fault",
            text: `${nameOf(entry)} ${entry.phase === "begin" ? "begins" : "is over"}`,
          },
        ];
      case "expectation":
        return [
          {
            time,
            kind: entry.passed ? "good" : "bad",
            text: `${entry.passed ? "✓" : "✗"} ${entry.name}: ${entry.message}`,
          },
        ];
      default:
        return [];
    }
  });
}

function stepLines(step: StepRecord, time: Micros): readonly StoryLine[] {
  if (step.what !== "begin")
    return [{ time, kind: step.what === "error" ? "bad" : "note", text: step.text }];
  const lines: StoryLine[] = [];
  if (step.say !== undefined) lines.push({ time, kind: "say", text: step.say });
  if (step.quiz !== undefined) {
    const { ask, choices, answer, why } = step.quiz;
    lines.push({ time, kind: "say", text: `${ask} (${choices.join(" / ")})` });
    lines.push({
      time,
      kind: "say",
      text: `Answer: ${String(answer)}.${why === undefined ? "" : ` ${why}`}`,
    });
  }
  if (step.checkpoint !== undefined)
    lines.push({ time, kind: "step", text: `checkpoint ${step.checkpoint}` });
  if (step.action !== undefined) lines.push({ time, kind: "step", text: step.action });
  return lines;
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
