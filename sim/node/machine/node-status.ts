import { timestamp } from "../../api/meta/time.ts";
import type { ContainerImage, NodeCondition, NodeStatus } from "../../api/types.gen.ts";
import type { Micros } from "../../engine/time.ts";
import type { StoredImage } from "../pod/image-store.ts";
import type { NodeSpecimen } from "./node-template.ts";

/** Kinds of pressure that a node reports. */
export type PressureType = "MemoryPressure" | "DiskPressure" | "PIDPressure";

/** Reason and message of each condition, without and with pressure. */
const WORDS: Readonly<
  Record<PressureType, readonly [off: readonly [string, string], on: readonly [string, string]]>
> = {
  MemoryPressure: [
    ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
    ["KubeletHasInsufficientMemory", "kubelet has insufficient memory available"],
  ],
  DiskPressure: [
    ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
    ["KubeletHasDiskPressure", "kubelet has disk pressure"],
  ],
  PIDPressure: [
    ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
    ["KubeletHasInsufficientPID", "kubelet has insufficient PID available"],
  ],
};

/** The kinds of pressure, in the order in which nodes list their conditions. */
export const PRESSURES = ["MemoryPressure", "DiskPressure", "PIDPressure"] as const;

/** A node's conditions as its kubelet writes them; a condition that did not change keeps its transition. */
export function nodeConditions(
  before: readonly NodeCondition[] | undefined,
  pressures: ReadonlySet<PressureType>,
  now: Micros,
): readonly NodeCondition[] {
  const at = timestamp(now);
  const own = PRESSURES.map((type) => {
    const on = pressures.has(type);
    const [reason, message] = WORDS[type][on ? 1 : 0];
    return condition(before, type, on ? "True" : "False", reason, message, at);
  });
  own.push(
    condition(before, "Ready", "True", "KubeletReady", "kubelet is posting ready status", at),
  );
  const foreign = before?.filter(({ type }) => !own.some((mine) => mine.type === type)) ?? [];
  return [...foreign, ...own];
}

/** The status that a kubelet registers its node with. */
export function nodeStatus(
  node: NodeSpecimen,
  address: string,
  images: readonly StoredImage[],
  conditions: readonly NodeCondition[],
): NodeStatus {
  return {
    capacity: node.capacity,
    allocatable: node.allocatable,
    conditions,
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: node.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: "",
      systemUUID: "",
      bootID: "",
      kernelVersion: "6.12.0",
      osImage: "Debian GNU/Linux 12",
      containerRuntimeVersion: "containerd://2.0.0",
      kubeletVersion: "v1.36.2",
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture: "amd64",
    },
    ...(images.length === 0 ? {} : { images: containerImages(images) }),
  };
}

/** A node's images as its status lists them. */
export function containerImages(images: readonly StoredImage[]): readonly ContainerImage[] {
  return images.map(({ image, size }) => ({ names: [image], sizeBytes: size }));
}

function condition(
  before: readonly NodeCondition[] | undefined,
  type: string,
  status: string,
  reason: string,
  message: string,
  at: string,
): NodeCondition {
  const known = before?.find((candidate) => candidate.type === type);
  const lastTransitionTime = known?.status === status ? known.lastTransitionTime : at;
  return {
    type,
    status,
    lastHeartbeatTime: at,
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
    reason,
    message,
  };
}
