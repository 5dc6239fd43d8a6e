import { isOnNode, requestOf } from "../../api/kinds/pod/room.ts";
import { milliValue, wholeValue } from "../../api/meta/quantity.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

interface Room {
  cpu: number;
  memory: number;
  pods: number;
}

const none = (): Room => ({ cpu: 0, memory: 0, pods: 0 });

/**
 * On every node the requests of the pods that are not over fit what the node can give. Judged when a pod is bound:
 * a node that shrinks later, or a pod that names its node itself, breaks nothing.
 */
export const noOvercommit: Invariant = {
  name: "no-overcommit",
  number: 1,
  description: "The requests of a node's pods never exceed what the node can give.",
  watch: () => {
    const used = new Map<string, Room>();
    const room = new Map<string, Room>();
    /** Nodes that hold pods which named them when they were created, and those pods: not the scheduler's doing. */
    const pinned = new Map<string, Set<string>>();
    const add = (pod: Pod | undefined, sign: 1 | -1): void => {
      if (pod === undefined || !isOnNode(pod)) return;
      const node = pod.spec?.nodeName ?? "";
      const sum = used.get(node) ?? none();
      sum.cpu += sign * requestOf(pod, "cpu", milliValue);
      sum.memory += sign * requestOf(pod, "memory", wholeValue);
      sum.pods += sign;
      used.set(node, sum);
    };
    return {
      take: (entry) => {
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "Node") {
          const node = entry.after as Node | undefined;
          if (node === undefined) room.delete(entry.key);
          else room.set(entry.key, roomOf(node));
          return undefined;
        }
        if (entry.collection !== "Pod") return undefined;
        const before = entry.before as Pod | undefined;
        const after = entry.after as Pod | undefined;
        if (before === undefined && after?.spec?.nodeName)
          pinned.set(
            after.spec.nodeName,
            (pinned.get(after.spec.nodeName) ?? new Set()).add(entry.key),
          );
        if (after === undefined) pinned.get(before?.spec?.nodeName ?? "")?.delete(entry.key);
        add(before, -1);
        add(after, 1);
        const bound =
          after !== undefined && before !== undefined && !before.spec?.nodeName && isOnNode(after);
        const node = after?.spec?.nodeName ?? "";
        if (!bound || (pinned.get(node)?.size ?? 0) > 0) return undefined;
        return overflow(node, used, room);
      },
    };
  },
};

function roomOf({ status }: Node): Room {
  const {
    cpu = "0",
    memory = "0",
    pods = "110",
  } = (status?.allocatable ?? {}) as Record<string, string>;
  return { cpu: milliValue(cpu), memory: wholeValue(memory), pods: wholeValue(pods) };
}

function overflow(
  node: string,
  used: ReadonlyMap<string, Room>,
  room: ReadonlyMap<string, Room>,
): string | undefined {
  const sum = used.get(node);
  const has = room.get(node);
  if (sum === undefined || has === undefined) return undefined;
  if (sum.cpu > has.cpu) return `${node}: pods request ${sum.cpu}m CPU of ${has.cpu}m`;
  if (sum.memory > has.memory)
    return `${node}: pods request ${sum.memory} bytes of memory of ${has.memory}`;
  return sum.pods > has.pods ? `${node}: ${sum.pods} pods where ${has.pods} may be` : undefined;
}
