import type { Micros } from "../../engine/time.ts";
import type { ProbeAnswer } from "../behaviour/image-behaviour.ts";
import type { ContainerRun, FailingProbe, PodRun, ProbeAnswers, ProbeKind } from "./pod-run.ts";
import { countUntil } from "./probe.ts";

/** Probes fail from now on, of processes that start later, too. */
export function failProbes(run: PodRun, failing: FailingProbe, now: Micros): void {
  run.failing = [...run.failing, failing];
  answerAnew(run, failing.kind, now);
}

/** One fault that made probes fail is over: they are answered as declared, unless another one is still on. */
export function mendProbes(run: PodRun, { kind, container }: FailingProbe, now: Micros): void {
  const at = run.failing.findIndex((one) => one.kind === kind && one.container === container);
  run.failing = run.failing.filter((_, index) => index !== at);
  answerAnew(run, kind, now);
}

/** What the probes of a process that starts now are answered. */
export function answersAtStart(
  run: PodRun,
  container: ContainerRun,
  declared: ProbeAnswers,
  now: Micros,
): ProbeAnswers {
  const answers = (kind: ProbeKind) =>
    fails(run, container, kind) ? failureFrom(now) : declared[kind];
  return {
    startup: answers("startup"),
    liveness: answers("liveness"),
    readiness: answers("readiness"),
  };
}

function answerAnew(run: PodRun, kind: ProbeKind, now: Micros): void {
  for (const container of run.containers) {
    const { answers, declared } = container;
    if (answers === undefined || declared === undefined) continue;
    const probe = container[kind];
    if (probe !== undefined) container[kind] = countUntil(probe, answers[kind], now);
    const next = fails(run, container, kind) ? failureFrom(now) : since(declared[kind], now);
    const before = answers[kind].filter((piece) => piece.from < now);
    container.answers = { ...answers, [kind]: [...before, ...next] };
  }
}

function fails({ failing }: PodRun, { name }: ContainerRun, kind: ProbeKind): boolean {
  return failing.some((one) => one.kind === kind && (one.container ?? name) === name);
}

function failureFrom(now: Micros): readonly ProbeAnswer[] {
  return [{ from: now, answer: "failure" }];
}

/** The answers from a time on. */
function since(answers: readonly ProbeAnswer[], now: Micros): readonly ProbeAnswer[] {
  const current = answers.findLast((piece) => piece.from <= now)?.answer ?? "success";
  return [{ from: now, answer: current }, ...answers.filter((piece) => piece.from > now)];
}
