import type { Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";
import { isOnNode } from "../pod-facts.ts";

/** What a pod takes of its node's ports. */
function portsOf(pod: Pod | undefined): readonly string[] {
  if (pod === undefined || !isOnNode(pod)) return [];
  return (pod.spec?.containers ?? []).flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostIP, hostPort, protocol }) =>
      hostPort === undefined || hostPort === 0
        ? []
        : [`${pod.spec?.nodeName}/${hostIP || "0.0.0.0"}/${protocol ?? "TCP"}/${hostPort}`],
    ),
  );
}

/** Judged when the scheduler binds: a pod that names its node itself is refused by the kubelet later. */
export const uniqueHostPorts: Invariant = {
  name: "unique-host-ports",
  number: 7,
  description: "No pod is bound to a node where another pod holds the same host port.",
  watch: () => {
    const holders = new Map<string, string>();
    return {
      take: (entry) => {
        if (entry.kind !== "change" || entry.collection !== "Pod") return undefined;
        const before = entry.before as Pod | undefined;
        const after = entry.after as Pod | undefined;
        for (const port of portsOf(before))
          if (holders.get(port) === entry.key) holders.delete(port);
        const bound = before !== undefined && !before.spec?.nodeName;
        for (const port of portsOf(after)) {
          const other = holders.get(port);
          if (bound && other !== undefined) return `pods ${other} and ${entry.key} hold ${port}`;
          if (other === undefined) holders.set(port, entry.key);
        }
        return undefined;
      },
    };
  },
};
