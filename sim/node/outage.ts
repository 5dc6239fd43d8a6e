import { timestamp } from "../api/meta/time.ts";
import type { Micros } from "../engine/time.ts";
import { draw } from "./behaviour/distribution.ts";
import type { Kubelet } from "./kubelet.ts";
import { type ContainerRun, forgetProcess, isAlive, type PodRun } from "./pod/pod-run.ts";

/** How the runtime reports processes that were gone when it came back. */
const LOST = { exitCode: 255, reason: "Unknown" } as const;

/** The machine goes down: nothing of it runs, and nobody is told. */
export function crash(kubelet: Kubelet): void {
  if (kubelet.mode === "crashed") return;
  kubelet.mode = "crashed";
  kubelet.downSince = kubelet.now;
  kubelet.images.interrupt(kubelet.now);
  for (const run of kubelet.pods.values()) kubelet.unschedule(run);
}

/**
 * The machine is up again: every sandbox is made anew, containers start again as their policies allow. A kubelet that cannot
 * reach the API server learns of its pods when it can.
 */
export function recover(kubelet: Kubelet): void {
  if (kubelet.mode !== "crashed") return;
  kubelet.mode = "up";
  kubelet.restartedAt = kubelet.now;
  const lostAt = kubelet.downSince ?? kubelet.now;
  kubelet.downSince = undefined;
  for (const run of kubelet.pods.values()) rebuild(kubelet, run, lostAt);
  if (kubelet.reachable) kubelet.relist();
}

/** The kubelet's process stops: containers run on, but nobody looks after them. */
export function pause(kubelet: Kubelet): void {
  if (kubelet.mode === "up") kubelet.mode = "paused";
}

/** The kubelet goes on, and sees at once what it missed. */
export function resume(kubelet: Kubelet): void {
  if (kubelet.mode !== "paused") return;
  kubelet.mode = "up";
  kubelet.relist();
}

/** The node loses its way to the API server: it works on by what it last heard, and cannot report. */
export function partition(kubelet: Kubelet): void {
  kubelet.reachable = false;
}

/** The node finds the API server again. */
export function heal(kubelet: Kubelet): void {
  if (kubelet.reachable) return;
  kubelet.reachable = true;
  if (kubelet.mode === "up") kubelet.relist();
}

function rebuild(kubelet: Kubelet, run: PodRun, lostAt: Micros): void {
  if (run.finished) return;
  const alive = run.containers.some(isAlive);
  for (const container of run.containers) lose(run, container, lostAt);
  run.sandboxAt = kubelet.now + draw(kubelet.timing.podStart, kubelet.random);
  if (!alive || run.stop !== undefined) return;
  const message = "Pod sandbox changed, it will be killed and re-created.";
  kubelet.record(run, undefined, "Normal", "SandboxChanged", message);
}

/** A container after its machine was down: what ran is lost; what may run again waits for its turn, its back-off forgotten. */
function lose(run: PodRun, container: ContainerRun, at: Micros): void {
  const policy = run.pod.spec?.restartPolicy ?? "Always";
  const ranToItsEnd = container.progress === "ended" && container.role !== "init";
  if (isAlive(container)) {
    container.exit = {
      ...LOST,
      startedAt: timestamp(container.startedAt),
      finishedAt: timestamp(at),
      ...(container.id === undefined ? {} : { containerID: container.id }),
    };
    container.endedAt = at;
  }
  forgetProcess(container);
  container.backOff = undefined;
  container.pullBackOff = undefined;
  const over = ranToItsEnd || (policy === "Never" && container.runs > 0);
  container.progress = run.stop !== undefined || over ? "ended" : "waiting";
}
