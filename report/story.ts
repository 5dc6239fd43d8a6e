import type { JournalEntry } from "../sim/engine/journal.ts";
import { type Micros, SECOND } from "../sim/engine/time.ts";
import type { Remark } from "../sim/history/remark.ts";
import { remarksOf } from "../sim/history/remarks.ts";
import type { StepRecord } from "../sim/scenario/run/step-record.ts";
import { type FinishedRun, faultName } from "./run-facts.ts";

/** A line of the story of a run. */
export interface StoryLine {
  readonly time: Micros;
  readonly kind: "say" | "step" | "note" | "fault" | "good" | "bad";
  readonly text: string;
}

/** What was said and done, what broke, what came of it and what was found, in the order of time. */
export function storyOf({ entries }: FinishedRun): readonly StoryLine[] {
  const lines: StoryLine[] = [];
  let alike: Alike | undefined;
  for (const entry of entries) {
    const news = entry.kind === "change" ? remarksOf(entry).filter(isNews) : [];
    for (const remark of news) {
      if (alike !== undefined && belongs(remark, alike)) {
        alike.subjects.add(remark.subject);
        lines[alike.at] = newsLine(alike);
      } else {
        alike = { first: remark, subjects: new Set([remark.subject]), at: lines.length };
        lines.push(newsLine(alike));
      }
    }
    const told = toldLines(entry);
    if (told.length > 0) alike = undefined;
    lines.push(...told);
  }
  return lines;
}

/** Remarks of one text that come together are one line. */
interface Alike {
  readonly first: Remark;
  readonly subjects: Set<string>;
  /** Place of the line. */
  readonly at: number;
}

const TOGETHER: Micros = SECOND;

function belongs({ text, time }: Remark, { first }: Alike): boolean {
  return text === first.text && time - first.time <= TOGETHER;
}

/** What goes wrong, and what becomes of workloads and nodes; that pods come and go is in the plots. */
function isNews({ subject, tone, time }: Remark): boolean {
  // Before the first instant is over nodes are put in order: nobody waits for that.
  if (time === 0 && subject.startsWith("node/")) return false;
  return tone === "bad" || (!subject.startsWith("pod/") && tone !== "fault");
}

function newsLine({ first, subjects }: Alike): StoryLine {
  const [subject] = subjects;
  const more = subjects.size > 1 ? ` and ${subjects.size - 1} more` : "";
  const kind = first.tone === "good" || first.tone === "bad" ? first.tone : "note";
  return { time: first.time, kind, text: `${subject}${more} ${first.text}` };
}

function toldLines(entry: JournalEntry): readonly StoryLine[] {
  const { time } = entry;
  switch (entry.kind) {
    case "step":
      return stepLines(entry.step as StepRecord, time);
    case "fault":
      return [
        {
          time,
          kind: "fault",
          text: `${faultName(entry)} ${entry.phase === "begin" ? "begins" : "is over"}`,
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
