import type { Client } from "../../api/client.ts";
import type { NodeDevices, PossibleNode } from "../../api/node-devices.ts";
import type { Node, Taint } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { Machine } from "../runtime/services.ts";
import {
  listOf,
  mapOf,
  numberOf,
  type Settings,
  spanOf,
  textOf,
  textsOf,
} from "./add-on-config.ts";

/** Label that says to which group a node belongs. */
export const GROUP_LABEL = "ksim.dev/node-group";
/** Capacity of machines of a group that says none. */
const DEFAULT_CAPACITY = { cpu: "4", memory: "8Gi", pods: "110", "ephemeral-storage": "100Gi" };

/** Machines alike that a cloud gives one by one. */
export interface NodeGroup {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** How long a machine takes to come up; `undefined` when none ever does. */
  readonly startup: Micros | undefined;
  /** Per machine and hour, in no particular money. */
  readonly price: number;
  readonly priority: number;
  readonly capacity: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly zones: readonly string[] | undefined;
  readonly devices: readonly NodeDevices[];
}

/** The groups that an add-on's settings name. */
export function nodeGroups(settings: Settings): readonly NodeGroup[] {
  return listOf(settings, "nodeGroups").map((group) => ({
    name: textOf(group, "name", "group"),
    min: numberOf(group, "min", 0),
    max: numberOf(group, "max", 10),
    startup: group["startup"] === "never" ? undefined : spanOf(group, "startup", 60 * SECOND),
    price: numberOf(group, "price", 1),
    priority: numberOf(group, "priority", 0),
    capacity: { ...DEFAULT_CAPACITY, ...mapOf(group, "capacity") },
    labels: mapOf(group, "labels") ?? {},
    taints: listOf(group, "taints") as unknown as readonly Taint[],
    zones: textsOf(group, "zones"),
    devices: listOf(group, "devices") as unknown as readonly NodeDevices[],
  }));
}

/** Nodes of a group, in the order they came. */
export function nodesOf(client: Client, { name }: NodeGroup): readonly Node[] {
  return [...client.list("Node")].filter(({ metadata }) => metadata.labels?.[GROUP_LABEL] === name);
}

/** A machine of a group. */
export function machineOf(group: NodeGroup, name: string): Machine {
  const { capacity, labels, taints, zones, devices } = group;
  return {
    name,
    capacity,
    labels: { ...labels, [GROUP_LABEL]: group.name },
    ...(taints.length === 0 ? {} : { taints }),
    ...(zones === undefined ? {} : { zones }),
    ...(devices.length === 0 ? {} : { devices }),
  };
}

/** The node that a machine of a group will be: what the scheduler is asked about before there is one. */
export function futureNode(group: NodeGroup, name: string): PossibleNode {
  const { capacity, labels, taints, zones, devices } = group;
  const zone = zones?.[0];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      uid: name,
      resourceVersion: "",
      creationTimestamp: "",
      labels: {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...(zone === undefined ? {} : { "topology.kubernetes.io/zone": zone }),
        ...labels,
        [GROUP_LABEL]: group.name,
      },
    },
    spec: taints.length === 0 ? {} : { taints },
    status: { capacity, allocatable: capacity },
    ...(devices.length === 0 ? {} : { devices }),
  };
}
