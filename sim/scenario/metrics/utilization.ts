import { isOnNode, requestOf } from "../../api/kinds/pod/room.ts";
import { milliValue, wholeValue } from "../../api/meta/quantity.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { Level } from "./level.ts";
import type { Collector, Metric } from "./metric.ts";

type Read = (text: string | number) => number;

function share(resource: string, read: Read): Collector {
  const level = new Level();
  let requested = 0;
  let allocatable = 0;
  const ofPod = (pod: Pod | undefined): number =>
    pod !== undefined && isOnNode(pod) ? requestOf(pod, resource, read) : 0;
  const ofNode = (node: Node | undefined): number => {
    const text = (node?.status?.allocatable as Record<string, string> | undefined)?.[resource];
    return text === undefined ? 0 : read(text);
  };
  return {
    take: (entry) => {
      if (entry.kind !== "change") return;
      if (entry.collection === "Pod")
        requested += ofPod(entry.after as Pod | undefined) - ofPod(entry.before as Pod | undefined);
      else if (entry.collection === "Node")
        allocatable +=
          ofNode(entry.after as Node | undefined) - ofNode(entry.before as Node | undefined);
      else return;
      level.set(entry.time, allocatable === 0 ? undefined : requested / allocatable);
    },
    samples: (end) => level.samples(end),
  };
}

/** Share of the nodes' CPU that pods request. */
export const utilization: Metric = {
  name: "utilization",
  description: "Share of the nodes' allocatable CPU that bound pods request, over time.",
  unit: "share",
  stat: "mean",
  collect: () => share("cpu", milliValue),
};

/** Share of the nodes' memory that pods request. */
export const memoryUtilization: Metric = {
  name: "memory_utilization",
  description: "Share of the nodes' allocatable memory that bound pods request, over time.",
  unit: "share",
  stat: "mean",
  collect: () => share("memory", wholeValue),
};
