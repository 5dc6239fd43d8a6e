import { parseTimestamp } from "../../meta/time.ts";
import type { Container, ContainerStatus, Pod, PodTemplate } from "../../types.gen.ts";
import { ageOf } from "./duration.ts";
import type { KindPrinter, PrintContext, RowCondition } from "./printer.ts";
import { age, columns, printer } from "./printer.ts";
import { containerCells, labelsText, orNone } from "./text.ts";

interface Restarts {
  readonly count: number;
  /** FinishedAt of the latest ended run, if any. */
  readonly last: string | undefined;
}

interface Progress {
  readonly reason: string;
  readonly ready: number;
  readonly restarts: Restarts;
}

const noRestarts: Restarts = { count: 0, last: undefined };

function later(a: string | undefined, b: string | undefined): string | undefined {
  const [first, second] = [parseTimestamp(a), parseTimestamp(b)];
  if (second === undefined) return a;
  return first === undefined || first < second ? b : a;
}

function withRestarts(sum: Restarts, status: ContainerStatus): Restarts {
  return {
    count: sum.count + status.restartCount,
    last: later(sum.last, status.lastState?.terminated?.finishedAt),
  };
}

function isSidecar(container: Container | undefined): boolean {
  return container?.restartPolicy === "Always";
}

function exitText({
  reason,
  signal,
  exitCode,
}: {
  readonly reason?: string;
  readonly signal?: number;
  readonly exitCode: number;
}): string {
  if (reason !== undefined && reason !== "") return reason;
  return signal !== undefined && signal !== 0 ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/** Why initialization stands still at this container. */
function initReason(status: ContainerStatus, index: number, total: number): string {
  const { terminated, waiting } = status.state ?? {};
  if (terminated !== undefined) return `Init:${exitText(terminated)}`;
  const reason = waiting?.reason ?? "";
  return reason !== "" && reason !== "PodInitializing"
    ? `Init:${reason}`
    : `Init:${index}/${total}`;
}

interface InitProgress extends Progress {
  readonly initializing: boolean;
  readonly sidecarRestarts: Restarts;
}

function initProgress(pod: Pod, reason: string): InitProgress {
  const containers = new Map(pod.spec?.initContainers?.map((one) => [one.name, one]));
  let ready = 0;
  let restarts = noRestarts;
  let sidecarRestarts = noRestarts;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(containers.get(status.name));
    restarts = withRestarts(restarts, status);
    if (sidecar) sidecarRestarts = withRestarts(sidecarRestarts, status);
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready) ready++;
      continue;
    }
    const why = initReason(status, index, containers.size);
    return { reason: why, ready, restarts, sidecarRestarts, initializing: true };
  }
  return { reason, ready, restarts, sidecarRestarts, initializing: false };
}

function hasCondition(pod: Pod, type: string): boolean {
  return (pod.status?.conditions ?? []).some((one) => one.type === type && one.status === "True");
}

/** Adds what the main containers say; the first container's reason wins, so they are read from the last. */
function mainProgress(pod: Pod, init: InitProgress): Progress {
  let { reason, ready } = init;
  let restarts = init.sidecarRestarts;
  let running = false;
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    restarts = withRestarts(restarts, status);
    const { waiting, terminated } = status.state ?? {};
    if (waiting?.reason !== undefined && waiting.reason !== "") reason = waiting.reason;
    else if (terminated !== undefined) reason = exitText(terminated);
    else if (status.ready && status.state?.running !== undefined) {
      running = true;
      ready++;
    }
  }
  if (reason === "Completed" && running)
    reason = hasCondition(pod, "Ready") ? "Running" : "NotReady";
  return { reason, ready, restarts };
}

function firstReason(pod: Pod): string {
  const { phase = "", reason = "", conditions = [] } = pod.status ?? {};
  const gated = conditions.some(
    (one) => one.type === "PodScheduled" && one.reason === "SchedulingGated",
  );
  if (gated) return "SchedulingGated";
  return reason === "" ? phase : reason;
}

function progressOf(pod: Pod): Progress {
  const init = initProgress(pod, firstReason(pod));
  const progress =
    !init.initializing || hasCondition(pod, "Initialized") ? mainProgress(pod, init) : init;
  if (pod.metadata.deletionTimestamp === undefined) return progress;
  if (pod.status?.reason === "NodeLost") return { ...progress, reason: "Unknown" };
  const phase = pod.status?.phase;
  return phase === "Succeeded" || phase === "Failed"
    ? progress
    : { ...progress, reason: "Terminating" };
}

/** The STATUS column of `kubectl get pods`. */
export function podStatusText(pod: Pod): string {
  return progressOf(pod).reason;
}

function restartsText({ count, last }: Restarts, { now }: PrintContext): string {
  return count === 0 || parseTimestamp(last) === undefined
    ? String(count)
    : `${count} (${ageOf(last, now)} ago)`;
}

function gatesText(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const passed = gates.filter(
    ({ conditionType }) =>
      pod.status?.conditions?.find(({ type }) => type === conditionType)?.status === "True",
  );
  return `${passed.length}/${gates.length}`;
}

function completed(reason: string, message: string): readonly RowCondition[] {
  return [{ type: "Completed", status: "True", reason, message }];
}

const rowConditions: Readonly<Record<string, readonly RowCondition[]>> = {
  Succeeded: completed("Succeeded", "The pod has completed successfully."),
  Failed: completed("Failed", "The pod failed."),
};

const podCells: KindPrinter = printer<Pod>(
  columns(
    "Name",
    "Ready",
    "Status",
    "Restarts",
    "Age",
    "IP|string|wide",
    "Node|string|wide",
    "Nominated Node|string|wide",
    "Readiness Gates|string|wide",
  ),
  (pod, context) => {
    const { ready, reason, restarts } = progressOf(pod);
    const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).length;
    return [
      pod.metadata.name,
      `${ready}/${(pod.spec?.containers.length ?? 0) + sidecars}`,
      reason,
      restartsText(restarts, context),
      age(pod, context),
      orNone(pod.status?.podIPs?.[0]?.ip),
      orNone(pod.spec?.nodeName),
      orNone(pod.status?.nominatedNodeName),
      gatesText(pod),
    ];
  },
);

export const podPrinter: KindPrinter = {
  ...podCells,
  conditions: (object) => rowConditions[(object as Pod).status?.phase ?? ""],
};

export const podTemplatePrinter: KindPrinter = printer<PodTemplate>(
  columns("Name", "Containers", "Images", "Pod Labels"),
  ({ metadata, template }) => [
    metadata.name,
    ...containerCells(template?.spec?.containers),
    labelsText(template?.metadata?.labels),
  ],
);
