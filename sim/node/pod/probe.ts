import type { Probe } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { ProbeAnswer } from "../behaviour/image-behaviour.ts";

/** A probe being run against one container, as plain data. Results are counted, not fired: see `nextOutcome`. */
export interface ProbeRun {
  /** When the first probe goes. */
  readonly first: Micros;
  readonly period: Micros;
  readonly timeout: Micros;
  readonly successThreshold: number;
  readonly failureThreshold: number;
  /** What holds now; `undefined` before anything was decided. */
  readonly outcome: boolean | undefined;
  /** How many probes were counted. */
  readonly counted: number;
  /** Result of the last one counted, and how many in a row were like it. */
  readonly last: boolean | undefined;
  readonly streak: number;
}

/** When a probe's outcome will be decided anew, and how. */
export interface ProbeOutcome {
  readonly at: Micros;
  readonly result: boolean;
  readonly answer: ProbeAnswer["answer"];
  /** The probe's state just after. */
  readonly run: ProbeRun;
}

/** A probe of a container as its spec has it; the API filled in the defaults (10 s, 1 s, 1, 3). */
export function startProbe(probe: Probe, first: Micros): ProbeRun {
  return {
    first,
    period: (probe.periodSeconds ?? 10) * SECOND,
    timeout: (probe.timeoutSeconds ?? 1) * SECOND,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
    outcome: undefined,
    counted: 0,
    last: undefined,
    streak: 0,
  };
}

/**
 * The next instant at which a row of equal results reaches its threshold and differs from what holds. Answers are
 * piecewise constant, so a row of any length is counted by division: a steady probe costs nothing.
 */
export function nextOutcome(
  run: ProbeRun,
  answers: readonly ProbeAnswer[],
): ProbeOutcome | undefined {
  let { counted, last, streak } = run;
  for (;;) {
    const at = run.first + counted * run.period;
    const index = indexAt(answers, at);
    const answer = answers[index]?.answer ?? "success";
    const result = answer === "success";
    if (result !== last) streak = 0;
    const end = answers[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    const inPiece = end === Number.POSITIVE_INFINITY ? end : Math.ceil((end - at) / run.period);
    const threshold = result ? run.successThreshold : run.failureThreshold;
    if (result !== run.outcome) {
      const needed = Math.max(threshold - streak, 1);
      if (needed <= inPiece) {
        const probe = counted + needed - 1;
        const delay = answer === "timeout" ? run.timeout : 0;
        return {
          at: run.first + probe * run.period + delay,
          result,
          answer,
          run: {
            ...run,
            outcome: result,
            counted: probe + 1,
            last: result,
            streak: streak + needed,
          },
        };
      }
    }
    if (inPiece === Number.POSITIVE_INFINITY) return undefined;
    counted += inPiece;
    streak += inPiece;
    last = result;
  }
}

/** The state after all probes before an instant: for answers that are about to change. */
export function countUntil(run: ProbeRun, answers: readonly ProbeAnswer[], now: Micros): ProbeRun {
  let { counted, last, streak } = run;
  for (;;) {
    const at = run.first + counted * run.period;
    if (at >= now) return { ...run, counted, last, streak };
    const index = indexAt(answers, at);
    const result = (answers[index]?.answer ?? "success") === "success";
    const end = Math.min(answers[index + 1]?.from ?? now, now);
    const inPiece = Math.ceil((end - at) / run.period);
    streak = result === last ? streak + inPiece : inPiece;
    counted += inPiece;
    last = result;
  }
}

function indexAt(answers: readonly ProbeAnswer[], time: Micros): number {
  let found = -1;
  for (let at = 0; at < answers.length; at++) {
    if ((answers[at] as ProbeAnswer).from > time) break;
    found = at;
  }
  return found;
}
