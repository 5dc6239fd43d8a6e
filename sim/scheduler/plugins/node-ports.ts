import { portsClash } from "../../api/kinds/pod/host-ports.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unschedulable } from "../framework/status.ts";

const REJECTED = unschedulable("node(s) didn't have free ports for the requested pod ports");
/** A host port can be used once per node. */
export const nodePorts: PluginFactory = {
  name: "NodePorts",
  create: () => ({
    name: "NodePorts",
    wakesOn: [
      hinted("AssignedPod", ["delete"], (pod, gone, _, { reader }) => {
        if (gone === undefined) return false;
        const freed = reader.read(gone).traits.hostPorts;
        const wanted = reader.read(pod).traits.hostPorts;
        return wanted.some((port) => freed.some((other) => portsClash(port, other)));
      }),
      { resource: "Node", actions: ["add"] },
    ],
    preFilter: ({ traits }) => (traits.hostPorts.length === 0 ? "skip" : undefined),
    filter: {
      dependsOn: "node-pods",
      readsSpecAlone: true,
      filter: ({ traits }, { columns }) => {
        const wanted = traits.hostPorts;
        return (node) => {
          const used = columns.hostPorts.get(node);
          if (used === undefined) return undefined;
          return wanted.some((port) => used.some((other) => portsClash(port, other)))
            ? REJECTED
            : undefined;
        };
      },
    },
  }),
};
