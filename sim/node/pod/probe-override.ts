import type { Micros } from "../../engine/time.ts";
import type { ProbeAnswer } from "../behaviour/image-behaviour.ts";
import type { ContainerRun, ProbeKind } from "./pod-run.ts";
import { countUntil } from "./probe.ts";

/** Replaces a running container's answers to a probe between now and a time; afterwards they are as they were. */
export function overrideAnswers(
  container: ContainerRun,
  kind: ProbeKind,
  answer: ProbeAnswer["answer"],
  now: Micros,
  until: Micros,
): void {
  const { answers } = container;
  const probe = container[kind];
  if (answers === undefined || probe === undefined) return;
  container[kind] = countUntil(probe, answers[kind], now);
  container.answers = { ...answers, [kind]: spliced(answers[kind], answer, now, until) };
}

function spliced(
  answers: readonly ProbeAnswer[],
  answer: ProbeAnswer["answer"],
  from: Micros,
  until: Micros,
): readonly ProbeAnswer[] {
  const before = answers.filter((piece) => piece.from < from);
  const covered = answers.filter((piece) => piece.from <= until);
  const resumed = covered.at(-1)?.answer ?? "success";
  const after = answers.filter((piece) => piece.from > until);
  return [...before, { from, answer }, { from: until, answer: resumed }, ...after];
}
