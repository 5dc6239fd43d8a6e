import type { Pod } from "../../api/types.gen.ts";
import type { Invariant } from "../invariant.ts";

const PREEMPTED = /^Preempted by pod (\S+)/;

/** Only pods of lower priority make room, and only for a pod that has no node yet. */
export const preemptionByPriority: Invariant = {
  name: "preemption-by-priority",
  number: 10,
  description: "A pod is preempted only by a waiting pod of higher priority.",
  watch: () => {
    const byUid = new Map<string, Pod>();
    const byKey = new Map<string, Pod>();
    return {
      take: (entry) => {
        if (entry.kind === "change" && entry.collection === "Pod") {
          const pod = (entry.after ?? entry.before) as Pod;
          byUid.set(pod.metadata.uid, pod);
          byKey.set(`Pod/${entry.key}`, pod);
          return undefined;
        }
        if (entry.kind !== "record") return undefined;
        const { reason, message } = entry.record as { reason?: string; message?: string };
        const by = reason === "Preempted" ? PREEMPTED.exec(message ?? "")?.[1] : undefined;
        const preemptor = by === undefined ? undefined : byUid.get(by);
        const victim = byKey.get(entry.subject);
        if (preemptor === undefined || victim === undefined) return undefined;
        const [high, low] = [preemptor.spec?.priority ?? 0, victim.spec?.priority ?? 0];
        if (low >= high)
          return `${entry.subject} of priority ${low} was preempted by ${preemptor.metadata.name} of priority ${high}`;
        return preemptor.spec?.nodeName
          ? `${entry.subject} was preempted by ${preemptor.metadata.name}, which has a node`
          : undefined;
      },
    };
  },
};
