import type { Client } from "../../api/client.ts";
import { findCondition } from "../../api/meta/conditions.ts";
import type { KubeObject } from "../../api/object.ts";
import { byNode } from "../../api/object-set.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { formatSpan, type Micros } from "../../engine/time.ts";
import type { Controller, ReconcileContext } from "../runtime/controller.ts";
import type { ControllerServices } from "../runtime/services.ts";
import { readSettings } from "./add-on-config.ts";
import { prioritiesOf } from "./cluster-autoscaler/priorities.ts";
import {
  cooledAt,
  LEAVING_TAINT,
  patienceWith,
  scaleDown,
} from "./cluster-autoscaler/scale-down.ts";
import {
  choose,
  estimate,
  homeless,
  isUnschedulable,
  type Option,
} from "./cluster-autoscaler/scale-up.ts";
import {
  FRESH,
  type ScalerOptions,
  type ScalerState,
  scalerOptions,
} from "./cluster-autoscaler/state.ts";
import { STATUS, writeStatus } from "./cluster-autoscaler/status.ts";
import { reopenNodes, runningPods } from "./drainable.ts";
import { futureNode, machineOf, type NodeGroup, nodeGroups, nodesOf } from "./node-group.ts";

const NAME = "cluster-autoscaler";
const SCAN = "/scan";
const STATE = "state";

/**
 * Adds machines to node groups for pods that fit nowhere, and takes machines away that are not needed. Settings are in
 * the ConfigMap kube-system/cluster-autoscaler: `nodeGroups` and upstream's flags. Scans are on a grid of 10 s, at the
 * instants where there may be something to do.
 */
export function clusterAutoscaler(services: ControllerServices): Controller {
  return {
    name: NAME,
    for: "Pod",
    startKey: SCAN,
    concerns: () => false,
    watches: [
      { kind: "Pod", keys: (after, before) => (podMatters(after, before) ? [SCAN] : []) },
      { kind: "Node", keys: (after, before) => (nodeMatters(after, before) ? [SCAN] : []) },
      { kind: "PodDisruptionBudget", keys: () => [SCAN] },
      { kind: "DeviceClass", keys: () => [SCAN] },
      { kind: "ResourceSlice", keys: () => [SCAN] },
      { kind: "ResourceClaim", keys: () => [SCAN] },
      {
        kind: "ConfigMap",
        keys: (after, before) => ((after ?? before)?.metadata.name === NAME ? [SCAN] : []),
      },
    ],
    indexes: [{ kind: "Pod", name: "node", keys: byNode }],
    workers: 1,
    reconcile: (_key, context) => scanOnGrid(context, services),
  };
}

function podMatters(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  const [pod, old] = [after as Pod | undefined, before as Pod | undefined];
  if (pod === undefined || old === undefined) return true;
  return (
    pod.spec?.nodeName !== old.spec?.nodeName ||
    pod.status?.phase !== old.status?.phase ||
    isUnschedulable(pod) !== isUnschedulable(old)
  );
}

function nodeMatters(after: KubeObject | undefined, before: KubeObject | undefined): boolean {
  const [node, old] = [after as Node | undefined, before as Node | undefined];
  if (node === undefined || old === undefined) return true;
  return node.spec !== old.spec || node.status?.conditions !== old.status?.conditions;
}

function scanOnGrid(
  context: ReconcileContext,
  services: ControllerServices,
): { requeueAfter: Micros } | undefined {
  const { client, memory, now } = context;
  const settings = readSettings(client, NAME);
  const groups = nodeGroups(settings);
  if (groups.length === 0) return undefined;
  const options = scalerOptions(settings);
  const { scanInterval } = options;
  const known = memory.get(STATE) as ScalerState | undefined;
  if (known === undefined) reopenNodes(client, LEAVING_TAINT);
  const state = known ?? { ...FRESH, start: now };
  const due = state.start + Math.ceil((now - state.start) / scanInterval) * scanInterval;
  const at = due === state.lastScan ? due + scanInterval : due;
  memory.set(STATE, state);
  if (now < at) return { requeueAfter: at - now };
  const next = { ...scan(state, groups, options, context, services), lastScan: now };
  memory.set(STATE, next);
  const wake = nextWake(next, groups, options, client);
  return wake === undefined ? undefined : { requeueAfter: Math.max(wake - now, scanInterval) };
}

/** When something happens by the clock alone: a machine is up or overdue, a node was idle for long enough. */
function nextWake(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  client: Client,
): Micros | undefined {
  const times: Micros[] = [];
  for (const { group, since, up } of state.upcoming) {
    const startup = groups.find(({ name }) => name === group)?.startup;
    const { maxNodeProvisionTime } = options;
    times.push(
      since +
        Math.min(
          up ? maxNodeProvisionTime : (startup ?? maxNodeProvisionTime),
          maxNodeProvisionTime,
        ),
    );
  }
  for (const { until } of Object.values(state.backOff)) times.push(until);
  const cooled = cooledAt(state, options);
  for (const [name, since] of Object.entries(state.unneeded))
    times.push(Math.max(since + patienceWith(client.get("Node", name), options), cooled));
  // What was passed over may have changed meanwhile.
  for (const name of state.skipped) times.push(state.unremovable[name] ?? 0);
  // What was due was tried just now: only what happens to nodes and pods can help it.
  const later = times.filter((time) => time > (state.lastScan ?? 0));
  if (Object.keys(state.draining).length > 0) later.push(0);
  return later.length === 0 ? undefined : Math.min(...later);
}

function scan(
  before: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  context: ReconcileContext,
  services: ControllerServices,
): ScalerState {
  const { client, now, record } = context;
  const backOff = Object.fromEntries(
    Object.entries(before.backOff).filter(([, { failed }]) => now <= failed + options.backOffReset),
  );
  let state = bringUp({ ...before, backOff }, groups, options, context, services);
  if (!isHealthy(client, options)) {
    record.event(STATUS, "Warning", "ClusterUnhealthy", "Cluster is unhealthy");
    return writeStatus({ ...state, unneeded: {} }, groups, false, options, context);
  }
  const revision = state.upcoming.length;
  state = scaleUp(state, groups, options, context, services);
  // While machines are on their way nothing is taken away.
  state =
    state.upcoming.length > revision
      ? { ...state, lastAdd: now }
      : scaleDown(state, groups, options, context, services);
  return writeStatus(state, groups, true, options, context);
}

/** Lets machines come up whose time it is, forgets those that take pods, and gives up on those that never do. */
function bringUp(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  { client, now, record }: ReconcileContext,
  { machines }: ControllerServices,
): ScalerState {
  const upcoming: ScalerState["upcoming"][number][] = [];
  const backOff = { ...state.backOff };
  for (const machine of state.upcoming) {
    const group = groups.find(({ name }) => name === machine.group);
    const node = client.get("Node", machine.name);
    if (group === undefined || (node !== undefined && isTakingPods(node))) continue;
    if (!machine.up && group.startup !== undefined && now >= machine.since + group.startup) {
      machines.add(machineOf(group, machine.name));
      delete backOff[group.name];
      upcoming.push({ ...machine, up: true });
    } else if (now >= machine.since + options.maxNodeProvisionTime) {
      const pause = backOff[group.name]?.next ?? options.firstBackOff;
      const next = Math.min(pause * 2, options.longestBackOff);
      backOff[group.name] = { until: now + pause, next, failed: now };
      const text = `Nodes added to group ${group.name} failed to register within ${formatSpan(now - machine.since)}`;
      record.event(STATUS, "Warning", "ScaleUpTimedOut", text);
    } else upcoming.push(machine);
  }
  return { ...state, upcoming, backOff };
}

/** Too many nodes that are not ready: something is wrong that more or fewer machines will not mend. */
function isHealthy(client: Client, { maxUnreadyShare, okUnreadyCount }: ScalerOptions): boolean {
  const nodes = [...client.list("Node")];
  const unready = nodes.filter(
    ({ status }) => findCondition(status?.conditions, "Ready")?.status !== "True",
  ).length;
  return unready <= okUnreadyCount || unready <= nodes.length * maxUnreadyShare;
}

function scaleUp(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  context: ReconcileContext,
  { placement }: ControllerServices,
): ScalerState {
  const { client, now, random } = context;
  const pending = [...client.list("Pod")].filter(isUnschedulable);
  if (pending.length === 0) return state.told.length === 0 ? state : { ...state, told: [] };
  const byName = new Map(groups.map((group) => [group.name, group]));
  const future = state.upcoming.flatMap(({ name, group }) => {
    const known = byName.get(group);
    return known === undefined ? [] : [futureNode(known, name)];
  });
  const nodes = [...[...client.list("Node")].filter(isTakingPods), ...future];
  const pods = runningPods(client);
  const left = homeless(pending, nodes, pods, placement);
  const open = groups.filter(({ name }) => (state.backOff[name]?.until ?? 0) <= now);
  const roomOf = (group: NodeGroup): number => group.max - sizeOf(client, state, group);
  const possible = open
    .map((group) => estimate(group, left, nodes, pods, Math.max(0, roomOf(group)), placement))
    .filter(({ count }) => count > 0);
  const option = choose(
    possible,
    options.expander,
    random,
    prioritiesOf(
      client,
      possible.map(({ group }) => group),
    ),
  );
  if (option !== undefined) return request(state, option, context);
  const told = tellHopeless(state, left, groups, context, (pod, group) => {
    if (roomOf(group) <= 0) return ["max node group size reached"];
    if ((state.backOff[group.name]?.until ?? 0) > now) return ["in backoff after failed scale-up"];
    const node = futureNode(group, `${group.name}-template`);
    return placement.reasons(pod, node, pods);
  });
  return { ...state, told };
}

/** Machines of a group: nodes, and those that will be. */
function sizeOf(client: Client, { upcoming }: ScalerState, group: NodeGroup): number {
  const names = new Set(nodesOf(client, group).map(({ metadata }) => metadata.name));
  for (const one of upcoming) if (one.group === group.name) names.add(one.name);
  return names.size;
}

function isTakingPods({ spec, status }: Node): boolean {
  const ready = findCondition(status?.conditions, "Ready")?.status === "True";
  const shut = spec?.taints?.some(({ key }) => key === "node.kubernetes.io/not-ready") ?? false;
  return ready && !shut && spec?.unschedulable !== true;
}

/** Asks the cloud for machines and tells the pods that they are on their way. */
function request(
  state: ScalerState,
  { group, count, pods }: Option,
  context: ReconcileContext,
): ScalerState {
  const { client, now, record } = context;
  const before =
    nodesOf(client, group).length + state.upcoming.filter((one) => one.group === group.name).length;
  let number = state.numbers[group.name] ?? before;
  const upcoming = [...state.upcoming];
  for (let at = 0; at < count; at++) {
    do number++;
    while (client.live("Node", `${group.name}-${number}`) !== undefined);
    upcoming.push({ name: `${group.name}-${number}`, group: group.name, since: now, up: false });
  }
  const text = `pod triggered scale-up: [{${group.name} ${before}->${before + count} (max: ${group.max})}]`;
  for (const pod of pods) record.event(pod, "Normal", "TriggeredScaleUp", text);
  const size = `${before + count} instead of ${before} (max: ${group.max})`;
  const told = [
    `Scale-up: setting group ${group.name} size to ${size}`,
    `Scale-up: group ${group.name} size set to ${size}`,
  ];
  for (const one of told) record.event(STATUS, "Normal", "ScaledUpGroup", one);
  return { ...state, upcoming, numbers: { ...state.numbers, [group.name]: number }, told: [] };
}

/** Tells pods, once, that no group helps them, and why not: how many groups for which reason. */
function tellHopeless(
  { told }: ScalerState,
  left: readonly Pod[],
  groups: readonly NodeGroup[],
  { record }: ReconcileContext,
  reasonsOf: (pod: Pod, group: NodeGroup) => readonly string[],
): readonly string[] {
  for (const pod of left) {
    if (told.includes(pod.metadata.uid)) continue;
    const counts = new Map<string, number>();
    for (const group of groups)
      for (const reason of reasonsOf(pod, group)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
    const text = `pod didn't trigger scale-up: ${reasons}`;
    record.event(pod, "Normal", "NotTriggerScaleUp", text);
  }
  return left.map(({ metadata }) => metadata.uid);
}
