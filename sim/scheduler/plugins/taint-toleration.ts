import type { Node } from "../../api/types.gen.ts";
import { hinted } from "../framework/cluster-event.ts";
import { reverseToMaximum } from "../framework/normalize.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import { toleratesAny, untolerated } from "../framework/toleration.ts";
import { TAINTED } from "../snapshot/node-columns.ts";

const REJECTED = unresolvable("node(s) had untolerated taint(s)");

/**
 * Filters out nodes with a NoSchedule or NoExecute taint the pod does not tolerate, and prefers nodes with
 * few PreferNoSchedule taints it does not tolerate.
 */
export const taintToleration: PluginFactory = {
  name: "TaintToleration",
  create: () => ({
    name: "TaintToleration",
    wakesOn: [
      hinted("Node", ["add", "update-taint"], ({ spec }, before, after) => {
        const keptOff = (node: Node) => untolerated(node, spec.tolerations ?? []) !== undefined;
        return (before === undefined || keptOff(before)) && after !== undefined && !keptOff(after);
      }),
      { resource: "TargetPod", actions: ["update-tolerations"] },
    ],
    filter: {
      dependsOn: "node",
      readsSpecAlone: true,
      filter: ({ pod }, snapshot) => {
        const tolerations = pod.spec.tolerations ?? [];
        const { marks } = snapshot.columns;
        return (node) => {
          if (((marks[node] as number) & TAINTED) === 0) return undefined;
          const object = snapshot.nodes[node];
          const refused = object !== undefined && untolerated(object, tolerations) !== undefined;
          return refused ? REJECTED : undefined;
        };
      },
    },
    score: {
      dependsOn: "node",
      readsSpecAlone: true,
      normalize: reverseToMaximum,
      score: ({ pod }, snapshot) => {
        const soft = (pod.spec.tolerations ?? []).filter(
          ({ effect = "" }) => effect === "" || effect === "PreferNoSchedule",
        );
        const { marks } = snapshot.columns;
        return (node) => {
          if (((marks[node] as number) & TAINTED) === 0) return 0;
          let count = 0;
          for (const taint of snapshot.nodes[node]?.spec?.taints ?? [])
            if (taint.effect === "PreferNoSchedule" && !toleratesAny(soft, taint)) count++;
          return count;
        };
      },
    },
  }),
};
