import { keyOf } from "../../api/object.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import { MINUTE, type Micros, SECOND } from "../../engine/time.ts";
import { decide } from "../../scheduler/decide.ts";
import type { Invariant } from "../invariant.ts";

/** A pod that nothing woke is tried again after five minutes, looked for every 30 s, and backs off for 10 s. */
const PATIENCE: Micros = 5 * MINUTE + 40 * SECOND;

/** Whether kube-scheduler's filters need no more than nodes and pods to judge it. */
function isPlain({ spec, metadata }: Pod): boolean {
  return (
    (spec.schedulerName ?? "default-scheduler") === "default-scheduler" &&
    (spec.nodeName ?? "") === "" &&
    metadata.deletionTimestamp === undefined &&
    (spec.schedulingGates ?? []).length === 0 &&
    (spec.resourceClaims ?? []).length === 0 &&
    (spec.volumes ?? []).every(
      ({ persistentVolumeClaim, ephemeral }) =>
        persistentVolumeClaim === undefined && ephemeral === undefined,
    )
  );
}

/** Once nothing has changed for the queue's longest patience, no pod waits for which there is a node. */
export const podsAreBound: Invariant = {
  name: "pods-are-bound",
  number: 38,
  description:
    "At the end of a quiet run no pod is pending that kube-scheduler's filters have a node for.",
  watch: () => {
    const pods = new Map<string, Pod>();
    const nodes = new Map<string, Node>();
    let changed: Micros = 0;
    let now: Micros = 0;
    return {
      take: (entry) => {
        now = Math.max(now, entry.time);
        if (entry.kind === "fault") changed = entry.time;
        if (entry.kind !== "change") return undefined;
        const map: Map<string, unknown> | undefined =
          entry.collection === "Pod" ? pods : entry.collection === "Node" ? nodes : undefined;
        if (map === undefined) return undefined;
        changed = entry.time;
        if (entry.after === undefined) map.delete(entry.key);
        else map.set(entry.key, entry.after);
        return undefined;
      },
      finish: () => {
        if (now - changed < PATIENCE) return undefined;
        for (const pending of pods.values()) {
          const { phase = "Pending" } = pending.status ?? {};
          if (phase !== "Pending" || !isPlain(pending)) continue;
          const { nodes: judged = {} } = decide({
            nodes: [...nodes.values()],
            pods: [...pods.values()],
            pending,
          });
          const fitting = Object.keys(judged).find((name) => judged[name]?.feasible === true);
          if (fitting !== undefined)
            return `pod ${keyOf(pending)} waits although it fits ${fitting}`;
        }
        return undefined;
      },
    };
  },
};
