import { milliValue, wholeValue } from "../../api/meta/quantity.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { Level } from "./level.ts";
import type { Collector, Metric } from "./metric.ts";

type Read = (text: string | number) => number;

/** Sum of a pod's requests of a resource: its containers', at least its largest init container's, and the overhead. */
export function requestOf({ spec }: Pod, resource: string, read: Read): number {
  const asked = (requests: Readonly<Record<string, string>> | undefined): number => {
    const text = requests?.[resource];
    return text === undefined ? 0 : read(text);
  };
  let sum = 0;
  for (const { resources } of spec?.containers ?? [])
    sum += asked(resources?.requests as Record<string, string> | undefined);
  let largest = 0;
  let sidecars = 0;
  for (const { resources, restartPolicy } of spec?.initContainers ?? []) {
    const wanted = asked(resources?.requests as Record<string, string> | undefined);
    if (restartPolicy === "Always") sidecars += wanted;
    else largest = Math.max(largest, wanted + sidecars);
  }
  return (
    Math.max(sum + sidecars, largest) + asked(spec?.overhead as Record<string, string> | undefined)
  );
}

/** Whether a pod takes room on a node. */
export function takesRoom({ spec, status }: Pod): boolean {
  return (
    (spec?.nodeName ?? "") !== "" && status?.phase !== "Succeeded" && status?.phase !== "Failed"
  );
}

function share(resource: string, read: Read): Collector {
  const level = new Level();
  let requested = 0;
  let allocatable = 0;
  const ofPod = (pod: Pod | undefined): number =>
    pod !== undefined && takesRoom(pod) ? requestOf(pod, resource, read) : 0;
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
