import { isOnNode } from "../../api/kinds/pod/room.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import type { Invariant } from "../invariant.ts";

const LOST = /^node\.kubernetes\.io\/(unreachable|not-ready)$/;
/** What the taint's own way and a restarted controller may add to the time that a pod tolerates. */
const SLACK: Micros = 120 * SECOND;

function isLost({ spec }: Node): boolean {
  return (spec?.taints ?? []).some(({ key, effect }) => effect === "NoExecute" && LOST.test(key));
}

/** How long a pod stays on a lost node; `undefined`: for ever. */
function patience({ spec }: Pod): Micros | undefined {
  const fitting = (spec?.tolerations ?? []).filter(
    ({ key, effect }) =>
      (key === undefined || key === "" || LOST.test(key)) &&
      (effect === undefined || effect === "" || effect === "NoExecute"),
  );
  if (fitting.some(({ tolerationSeconds }) => tolerationSeconds === undefined)) return undefined;
  return SECOND * Math.max(0, ...fitting.map(({ tolerationSeconds = 0 }) => tolerationSeconds));
}

/** After a quiet time no pod waits on a node that is tainted as lost for longer than it tolerates. */
export const deadNodesAreLeft: Invariant = {
  name: "dead-nodes-are-left",
  number: 39,
  description: "At the end of a quiet run no pod outstays its toleration of a lost node.",
  watch: () => {
    const lostSince = new Map<string, Micros>();
    const pods = new Map<string, Pod>();
    let now: Micros = 0;
    let troubled: Micros = 0;
    return {
      take: (entry) => {
        now = Math.max(now, entry.time);
        if (entry.kind === "fault") troubled = entry.time;
        if (entry.kind !== "change") return undefined;
        if (entry.collection === "Node") {
          const node = entry.after as Node | undefined;
          if (node === undefined || !isLost(node)) lostSince.delete(entry.key);
          else if (!lostSince.has(entry.key)) lostSince.set(entry.key, entry.time);
        } else if (entry.collection === "Pod") {
          if (entry.after === undefined) pods.delete(entry.key);
          else pods.set(entry.key, entry.after as Pod);
        }
        return undefined;
      },
      finish: () => {
        for (const [key, pod] of pods) {
          const since = lostSince.get(pod.spec?.nodeName ?? "");
          const stay = patience(pod);
          if (since === undefined || stay === undefined || !isOnNode(pod)) continue;
          if (pod.metadata.deletionTimestamp !== undefined) continue;
          if (now - Math.max(since, troubled) > stay + SLACK)
            return `pod ${key} is still on the lost node ${pod.spec?.nodeName}`;
        }
        return undefined;
      },
    };
  },
};
