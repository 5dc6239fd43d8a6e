import { topologyLabels } from "../pod-binding.ts";
import type { Node, Pod } from "../types.gen.ts";
import type { AdmissionPlugin } from "./plugin.ts";

/** A pod created on a node takes over its topology labels at once; others get them when they are bound. */
export const podTopologyLabels: AdmissionPlugin = {
  name: "PodTopologyLabels",
  kinds: ["Pod"],
  mutate({ operation, descriptor, subresource, object }, reader) {
    if (operation !== "CREATE" || descriptor.kind !== "Pod" || subresource !== undefined)
      return object;
    const { nodeName } = object.spec as Pod["spec"];
    if (nodeName === undefined || nodeName === "") return object;
    const labels = topologyLabels(reader.get("Node", nodeName) as Node | undefined);
    if (labels === undefined) return object;
    const { metadata } = object;
    return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
  },
};
