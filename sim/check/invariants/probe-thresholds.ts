import { parseTimestamp } from "../../api/meta/time.ts";
import type { Container, ContainerStatus, Pod, Probe } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";

/** Timestamps in status have whole seconds, and a status may be told of a moment late. */
const ROUNDING: Micros = 2 * SECOND;
/** What a node in trouble tells late says nothing about when it happened. */
const CATCH_UP: Micros = 120 * SECOND;

/** How long `threshold` results in a row take at least. */
function spanOf(probe: Probe, threshold: number): Micros {
  return (threshold - 1) * (probe.periodSeconds ?? 10) * SECOND;
}

/** A probe changes what it decides only after so many results in a row, and liveness waits for startup. */
export const probeThresholds: Invariant = {
  name: "probe-thresholds",
  number: 24,
  description:
    "Readiness turns only after its threshold of results; liveness ends nothing before startup succeeded.",
  watch: () => {
    const pods = new Map<string, Pod>();
    /** When a container was last told ready, by pod and container. */
    const readyAt = new Map<string, Micros>();
    let quietFrom: Micros = 0;
    return {
      take: (entry) => {
        if (entry.kind === "fault") quietFrom = entry.time + CATCH_UP;
        if (entry.kind === "record")
          return judgeKill(pods, entry.subject, entry.record, entry.time);
        if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
        const pod = entry.after as Pod | undefined;
        const before = pods.get(entry.key);
        if (pod === undefined) pods.delete(entry.key);
        else pods.set(entry.key, pod);
        if (pod === undefined || before?.metadata.uid !== pod.metadata.uid) return undefined;
        for (const [container, status, earlier] of runningOn(pod, before)) {
          const id = `${pod.metadata.uid}/${container.name}`;
          const since = readyAt.get(id);
          if (status.ready && !earlier.ready) readyAt.set(id, entry.time);
          if (entry.time < quietFrom || status.ready === earlier.ready) continue;
          const wrong = status.ready
            ? tooSoonReady(container, status, entry.time)
            : tooSoonUnready(container, since, entry.time);
          if (wrong !== undefined) return `pod ${entry.key}: container ${container.name} ${wrong}`;
        }
        return undefined;
      },
    };
  },
};

/** Containers that run on between two states of a pod that is not being deleted. */
function* runningOn(
  pod: Pod,
  before: Pod,
): Iterable<readonly [Container, ContainerStatus, ContainerStatus]> {
  if (pod.metadata.deletionTimestamp !== undefined) return;
  for (const container of pod.spec.containers) {
    const find = ({ status }: Pod) =>
      status?.containerStatuses?.find(({ name }) => name === container.name);
    const [now, then] = [find(pod), find(before)];
    if (now?.state?.running === undefined || then?.state?.running === undefined) continue;
    if (now.restartCount === then.restartCount) yield [container, now, then];
  }
}

function tooSoonReady(
  { readinessProbe, startupProbe }: Container,
  { started, state }: ContainerStatus,
  now: Micros,
): string | undefined {
  if (startupProbe !== undefined && started !== true)
    return "is ready before its startup succeeded";
  const begun = parseTimestamp(state?.running?.startedAt);
  if (readinessProbe === undefined || begun === undefined) return undefined;
  const { initialDelaySeconds = 0, successThreshold = 1 } = readinessProbe;
  const least = initialDelaySeconds * SECOND + spanOf(readinessProbe, successThreshold);
  return now - begun + ROUNDING < least
    ? `is ready ${(now - begun) / SECOND} s after it began, its probe needs ${least / SECOND} s`
    : undefined;
}

function tooSoonUnready(
  { readinessProbe }: Container,
  since: Micros | undefined,
  now: Micros,
): string | undefined {
  if (readinessProbe === undefined || since === undefined) return undefined;
  const least = spanOf(readinessProbe, readinessProbe.failureThreshold ?? 3);
  return now - since + ROUNDING < least
    ? `is not ready ${(now - since) / SECOND} s after it was, its probe needs ${least / SECOND} s`
    : undefined;
}

function judgeKill(
  pods: ReadonlyMap<string, Pod>,
  subject: string,
  record: unknown,
  now: Micros,
): string | undefined {
  const { reason, message = "" } = record as {
    readonly reason?: string;
    readonly message?: string;
  };
  const name = /^Container (\S+) failed liveness probe/.exec(message)?.[1];
  const pod = pods.get(subject.replace(/^Pod\//, ""));
  if (reason !== "Killing" || name === undefined || pod === undefined) return undefined;
  const container = pod.spec.containers.find((one) => one.name === name);
  const status = pod.status?.containerStatuses?.find((one) => one.name === name);
  const probe = container?.livenessProbe;
  const begun = parseTimestamp(status?.state?.running?.startedAt);
  if (container?.startupProbe !== undefined && status?.started === false)
    return `${subject}: liveness ended ${name} before its startup succeeded`;
  if (probe === undefined || begun === undefined) return undefined;
  const least =
    (probe.initialDelaySeconds ?? 0) * SECOND + spanOf(probe, probe.failureThreshold ?? 3);
  return now - begun + ROUNDING < least
    ? `${subject}: liveness ended ${name} ${(now - begun) / SECOND} s after it began, it needs ${least / SECOND} s`
    : undefined;
}
