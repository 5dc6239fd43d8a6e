import type { Kubelet } from "./kubelet.ts";
import { endContainer } from "./pod/container-end.ts";
import { isAlive, type PodRun } from "./pod/pod-run.ts";

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
