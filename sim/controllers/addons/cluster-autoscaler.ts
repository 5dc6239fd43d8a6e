import type { Client } from "../../api/client.ts";
import { findCondition } from "../../api/meta/conditions.ts";
import type { KubeObject } from "../../api/object.ts";
import { byNode } from "../../api/object-set.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import type { Controller, ReconcileContext } from "../runtime/controller.ts";
import type { ControllerServices } from "../runtime/services.ts";
import { readSettings } from "./add-on-config.ts";
import { LEAVING_TAINT, scaleDown } from "./cluster-autoscaler/scale-down.ts";
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
  const wake = nextWake(next, groups, options);
  return wake === undefined ? undefined : { requeueAfter: Math.max(wake - now, scanInterval) };
}

/** When something happens by the clock alone: a machine is up or overdue, a node was idle for long enough. */
function nextWake(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
): Micros | undefined {
  const times: Micros[] = [];
  for (const { group, since, up } of state.upcoming) {
    if (up) continue;
    const startup = groups.find(({ name }) => name === group)?.startup;
    times.push(
      since + Math.min(startup ?? options.maxNodeProvisionTime, options.maxNodeProvisionTime),
    );
  }
  for (const { until } of Object.values(state.backOff)) times.push(until);
  for (const since of Object.values(state.unneeded))
    times.push(
      Math.max(
        since + options.unneededTime,
        (state.lastAdd ?? -options.delayAfterAdd) + options.delayAfterAdd,
        (state.lastFailure ?? -options.delayAfterFailure) + options.delayAfterFailure,
      ),
    );
  if (Object.keys(state.draining).length > 0) times.push(0);
  return times.length === 0 ? undefined : Math.min(...times);
}

function scan(
  before: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  context: ReconcileContext,
  services: ControllerServices,
): ScalerState {
  const { client, now } = context;
  const backOff = Object.fromEntries(
    Object.entries(before.backOff).filter(
      ([, { until }]) => until > now || until + options.longestBackOff > now,
    ),
  );
  let state = bringUp({ ...before, backOff }, groups, options, context, services);
  if (!isHealthy(client, options)) return state;
  const revision = state.upcoming.length;
  state = scaleUp(state, groups, options, context, services);
  // While machines are on their way nothing is taken away.
  if (state.upcoming.length > revision) return { ...state, lastAdd: now };
  return scaleDown(state, groups, options, context, services);
}

/** Lets machines come up whose time it is, forgets those that take pods, and gives up on those that never do. */
function bringUp(
  state: ScalerState,
  groups: readonly NodeGroup[],
  options: ScalerOptions,
  { client, now }: ReconcileContext,
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
      backOff[group.name] = { until: now + pause, next };
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
  const option = choose(possible, options.expander, random);
  const told = tellHopeless(state, left, option, groups, roomOf, context);
  return option === undefined ? { ...state, told } : request({ ...state, told }, option, context);
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
  return { ...state, upcoming, numbers: { ...state.numbers, [group.name]: number } };
}

/** Tells pods, once, that no group would help them. */
function tellHopeless(
  { told }: ScalerState,
  left: readonly Pod[],
  option: Option | undefined,
  groups: readonly NodeGroup[],
  roomOf: (group: NodeGroup) => number,
  { record }: ReconcileContext,
): readonly string[] {
  const helped = new Set((option?.pods ?? []).map(({ metadata }) => metadata.uid));
  const taken = (group: NodeGroup): number => (option?.group === group ? option.count : 0);
  const full = groups.filter((group) => roomOf(group) - taken(group) <= 0).length;
  const reasons = [
    ...(full > 0 ? [`${full} max node group size reached`] : []),
    ...(groups.length > full
      ? [`${groups.length - full} node group(s) would not fit the pod`]
      : []),
  ];
  const hopeless = left.filter(({ metadata }) => !helped.has(metadata.uid));
  for (const pod of hopeless)
    if (!told.includes(pod.metadata.uid))
      record.event(
        pod,
        "Normal",
        "NotTriggerScaleUp",
        `pod didn't trigger scale-up: ${reasons.join(", ")}`,
      );
  return hopeless.map(({ metadata }) => metadata.uid);
}
