import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";

const REJECTED = unresolvable("node(s) didn't match the requested node name");

/** A pod that names its node in `spec.nodeName` goes there or nowhere. */
export const nodeName: PluginFactory = {
  name: "NodeName",
  create: () => ({
    name: "NodeName",
    wakesOn: [hinted("Node", ["add"], (pod, _, node) => node?.metadata.name === pod.spec.nodeName)],
    filter: {
      dependsOn: "node",
      readsSpecAlone: true,
      filter: ({ pod }, snapshot) => {
        const wanted = pod.spec.nodeName ?? "";
        if (wanted === "") return () => undefined;
        return (node) => (snapshot.names[node] === wanted ? undefined : REJECTED);
      },
    },
  }),
};
