import type { Micros } from "../engine/time.ts";
import type { Kubelet } from "./kubelet.ts";
import { endContainer } from "./pod/container-end.ts";
import { isAlive, type PodRun, type ProbeKind } from "./pod/pod-run.ts";
import { overrideAnswers } from "./pod/probe-override.ts";

/** Ends a process of the pod at once, the first running one without a name; `false` when there is none. */
export function killProcess(
  kubelet: Kubelet,
  run: PodRun,
  name: string | undefined,
  exitCode: number,
  reason: string,
): boolean {
  if (kubelet.mode === "crashed") return false;
  const candidates = run.containers.filter(
    (container) => isAlive(container) && (name === undefined || container.name === name),
  );
  const container = candidates.find(({ role }) => role === "main") ?? candidates[0];
  if (container === undefined) return false;
  endContainer(kubelet, run, container, kubelet.now, exitCode, reason);
  if (kubelet.mode === "up") kubelet.sync(run);
  return true;
}

/** Answers probes of a kind otherwise than the image declares, from now until a time. */
export function answerProbes(
  kubelet: Kubelet,
  run: PodRun,
  kind: ProbeKind,
  success: boolean,
  until: Micros,
  name: string | undefined,
): void {
  for (const container of run.containers) {
    if (name !== undefined && container.name !== name) continue;
    overrideAnswers(container, kind, success ? "success" : "failure", kubelet.now, until);
  }
  if (kubelet.mode === "up") kubelet.sync(run);
}
