import type { JournalEntry } from "../../sim/engine/journal.ts";
import { type Micros, SECOND } from "../../sim/engine/time.ts";
import { clockText } from "../../sim/history/clock-text.ts";
import type { Remark, Tone } from "../../sim/history/remark.ts";
import { remarksOf } from "../../sim/history/remarks.ts";
import type { StepRecord } from "../../sim/scenario/run/step-record.ts";
import type { Style } from "./style.ts";
import { wrap } from "./wrap.ts";

/** Remarks of one text within this time are told in one line. */
const TOGETHER: Micros = SECOND;
/** Names told in such a line. */
const NAMED = 3;

const MARKS: Readonly<Record<Tone, string>> = {
  neutral: "·",
  good: "✓",
  bad: "✗",
  fault: "⚡",
  step: "▶",
  say: "»",
};

interface Pending {
  readonly first: Remark;
  readonly subjects: string[];
}

/** Bindings of one moment that are told one by one. */
const FEW_BINDINGS = 6;

/** On a large cluster every pod has a node of its own: one line says how many pods went to how many. */
function withBindingsTogether(pending: readonly Pending[]): readonly Pending[] {
  const bound = pending.filter(({ first }) => first.text.startsWith("bound to "));
  const [one] = bound;
  if (one === undefined || bound.length <= FEW_BINDINGS) return pending;
  const first = { ...one.first, text: `bound to ${bound.length} nodes` };
  const together = { first, subjects: bound.flatMap(({ subjects }) => subjects) };
  return pending.flatMap((line) =>
    line === one ? [together] : bound.includes(line) ? [] : [line],
  );
}

/** Writes the story of a run, line by line, as its journal is heard. */
export class Timeline {
  readonly #print: (line: string) => void;
  readonly #style: Style;
  readonly #width: number;
  readonly #pending = new Map<string, Pending>();

  constructor(print: (line: string) => void, style: Style, columns: number) {
    this.#print = print;
    this.#style = style;
    this.#width = Math.max(40, Math.min(columns, 110) - 12);
  }

  take(entry: JournalEntry): void {
    if (entry.kind === "step") {
      const step = entry.step as StepRecord;
      if (step.what === "note") this.#forget(step.text);
      this.flush();
      this.#tellStep(step, entry.time);
      return;
    }
    for (const remark of remarksOf(entry)) this.#add(remark);
  }

  /** Writes what was held back to be told together. */
  flush(): void {
    for (const { first, subjects } of withBindingsTogether([...this.#pending.values()])) {
      const shown = subjects.slice(0, NAMED).join(", ");
      const more = subjects.length > NAMED ? ` and ${subjects.length - NAMED} more` : "";
      const text = subjects.length > 1 ? first.text.replace(/^is /, "are ") : first.text;
      this.#line(first.time, first.tone, `${shown}${more} ${text}`);
    }
    this.#pending.clear();
  }

  #add(remark: Remark): void {
    const oldest = this.#pending.values().next().value;
    if (oldest !== undefined && remark.time - oldest.first.time > TOGETHER) this.flush();
    const key = `${remark.tone}|${remark.text}`;
    const pending = this.#pending.get(key);
    if (pending === undefined)
      this.#pending.set(key, { first: remark, subjects: [remark.subject] });
    else if (!pending.subjects.includes(remark.subject)) pending.subjects.push(remark.subject);
  }

  /** A step's note says what its own write has just made known: once is enough. */
  #forget(note: string): void {
    for (const [key, { first, subjects }] of this.#pending) {
      const at = subjects.findIndex((subject) => `${subject} ${first.text}` === note);
      if (at < 0) continue;
      subjects.splice(at, 1);
      if (subjects.length === 0) this.#pending.delete(key);
    }
  }

  #tellStep(step: StepRecord, time: Micros): void {
    if (step.what !== "begin") {
      const text = step.what === "note" ? step.text : `step ${step.id}: ${step.text}`;
      this.#line(time, step.what === "error" ? "bad" : "neutral", text);
      return;
    }
    if (step.say !== undefined) this.#say(time, step.say);
    if (step.quiz !== undefined) {
      const { ask, choices, answer, why } = step.quiz;
      this.#say(time, `${ask} (${choices.join(" / ")})`);
      this.#say(time, `Answer: ${String(answer)}.${why === undefined ? "" : ` ${why}`}`);
    }
    if (step.checkpoint !== undefined) this.#line(time, "step", `checkpoint ${step.checkpoint}`);
    if (step.action !== undefined) this.#line(time, "step", step.action);
  }

  #say(time: Micros, text: string): void {
    const { cyan, dim } = this.#style;
    this.#print("");
    wrap(text, this.#width).forEach((line, at) => {
      this.#print(
        `${dim(at === 0 ? clockText(time).padStart(8) : " ".repeat(8))} ${cyan(`│ ${line}`)}`,
      );
    });
  }

  #line(time: Micros, tone: Tone, text: string): void {
    const { dim, green, red, yellow, bold } = this.#style;
    const paint =
      tone === "good"
        ? green
        : tone === "bad"
          ? red
          : tone === "fault"
            ? yellow
            : tone === "step"
              ? bold
              : (plain: string) => plain;
    const [first = "", ...rest] = wrap(text, this.#width);
    this.#print(`${dim(clockText(time).padStart(8))} ${paint(`${MARKS[tone]} ${first}`)}`);
    for (const line of rest) this.#print(`${" ".repeat(11)}${paint(line)}`);
  }
}
