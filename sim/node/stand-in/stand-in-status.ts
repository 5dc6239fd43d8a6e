import { timestamp } from "../../api/meta/time.ts";
import type {
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import { containerId } from "../pod/identity.ts";
import { readyVerdict } from "../pod/pod-conditions.ts";
import type { StandInPod } from "./stand-in-pod.ts";

const IMAGE_ID = `sha256:${"0".repeat(60)}abcd`;

/** Status of a pod as the stand-in wrote it: it set its four conditions' transition anew with every write. */
export function standInStatus(
  run: StandInPod,
  stored: Pod,
  hostIP: string,
  now: Micros,
): PodStatus {
  const { generation } = stored.metadata;
  const phase = phaseOf(run);
  return {
    ...stored.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: conditionsOf(run, stored, phase, timestamp(now)),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP: run.ip,
    podIPs: [{ ip: run.ip }],
    startTime: timestamp(run.startTime),
    containerStatuses: (stored.spec?.containers ?? []).map(({ name, image }) =>
      containerStatus(run, name, image ?? ""),
    ),
  };
}

function phaseOf(run: StandInPod): string {
  if (run.phase !== undefined) return run.phase;
  return run.stage === "pull-error" || run.stage === "pull-back-off" ? "Pending" : "Running";
}

function conditionsOf(
  run: StandInPod,
  stored: Pod,
  phase: string,
  at: string,
): readonly PodCondition[] {
  const before = stored.status?.conditions ?? [];
  const names = (stored.spec?.containers ?? []).map(({ name }) => name).join(" ");
  const containersReady =
    phase === "Succeeded"
      ? { status: "False" as const, reason: "PodCompleted" }
      : phase === "Failed"
        ? { status: "False" as const, reason: "PodFailed" }
        : run.stage === "ready"
          ? { status: "True" as const }
          : {
              status: "False" as const,
              reason: "ContainersNotReady",
              message: `containers with unready status: [${names}]`,
            };
  const verdicts = new Map<string, object>([
    ["PodReadyToStartContainers", { status: run.phase === undefined ? "True" : "False" }],
    [
      "Initialized",
      { status: "True", ...(phase === "Succeeded" ? { reason: "PodCompleted" } : {}) },
    ],
    ["Ready", readyVerdict({ pod: stored }, phase, containersReady, before)],
    ["ContainersReady", containersReady],
  ]);
  const write = (type: string, verdict: object): PodCondition =>
    ({ type, ...verdict, lastTransitionTime: at }) as unknown as PodCondition;
  const kept = before.map((condition) => {
    const verdict = verdicts.get(condition.type);
    verdicts.delete(condition.type);
    return verdict === undefined ? condition : write(condition.type, verdict);
  });
  return [...[...verdicts].map(([type, verdict]) => write(type, verdict)), ...kept];
}

function containerStatus(run: StandInPod, name: string, image: string): ContainerStatus {
  const pulled = run.stage !== "pull-error" && run.stage !== "pull-back-off";
  return {
    name,
    state: stateOf(run),
    lastState: {},
    ready: run.stage === "ready",
    restartCount: run.restarts,
    image,
    imageID: pulled ? IMAGE_ID : "",
    ...(pulled ? { containerID: containerId(run.uid, name, run.restarts) } : {}),
    started: run.stage === "running" || run.stage === "ready",
  };
}

function stateOf(run: StandInPod): ContainerState {
  switch (run.stage) {
    case "pull-error":
      return { waiting: { reason: "ErrImagePull" } };
    case "pull-back-off":
      return { waiting: { reason: "ImagePullBackOff" } };
    case "back-off":
      return {
        waiting: {
          reason: "CrashLoopBackOff",
          message: "back-off restarting failed container",
        },
      };
    case "exited":
    case "over":
      return {
        terminated: {
          exitCode: run.exitCode,
          reason: run.exitCode === 0 ? "Completed" : "Error",
          startedAt: timestamp(run.startedAt),
          finishedAt: timestamp(run.finishedAt),
        },
      };
    default:
      return { running: { startedAt: timestamp(run.startedAt) } };
  }
}
