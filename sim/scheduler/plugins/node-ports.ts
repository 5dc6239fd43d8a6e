import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unschedulable } from "../framework/status.ts";
import type { HostPort } from "../snapshot/pod-info.ts";

const REJECTED = unschedulable("node(s) didn't have free ports for the requested pod ports");
const ANY_ADDRESS = "0.0.0.0";

/** Two claims clash on the same port and protocol, on the same address or when one of them takes all addresses. */
function portsClash(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.ip === b.ip || a.ip === ANY_ADDRESS || b.ip === ANY_ADDRESS)
  );
}

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
