import { type HostPort, hostPortsOf, portsClash } from "../../api/kinds/pod/host-ports.ts";
import { isOnNode } from "../../api/kinds/pod/room.ts";
import type { Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

/** What a pod takes of its node's ports. */
function portsOf(pod: Pod | undefined): readonly HostPort[] {
  return pod?.spec?.containers === undefined || !isOnNode(pod) ? [] : hostPortsOf(pod.spec);
}

/** Judged when the scheduler binds: a pod that names its node itself is refused by the kubelet later. */
export const uniqueHostPorts: Invariant = {
  name: "unique-host-ports",
  number: 7,
  description: "No pod is bound to a node where another pod holds the same host port.",
  watch: () => {
    /** By node and pod. */
    const held = new Map<string, Map<string, readonly HostPort[]>>();
    return {
      take: (entry) => {
        if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
        const before = entry.before as Pod | undefined;
        const after = entry.after as Pod | undefined;
        const ports = portsOf(after);
        if (portsOf(before).length > 0) held.get(before?.spec?.nodeName ?? "")?.delete(entry.key);
        if (ports.length === 0) return undefined;
        const node = after?.spec?.nodeName ?? "";
        const others = held.get(node) ?? new Map<string, readonly HostPort[]>();
        held.set(node, others);
        const isBound = before !== undefined && !before.spec?.nodeName;
        for (const [other, taken] of isBound ? others : [])
          for (const port of ports)
            if (taken.some((one) => portsClash(one, port)))
              return `pods ${other} and ${entry.key} hold ${node}/${port.ip}/${port.protocol}/${port.port}`;
        others.set(entry.key, ports);
        return undefined;
      },
    };
  },
};
