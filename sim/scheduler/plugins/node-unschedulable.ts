import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import { toleratesAny } from "../framework/toleration.ts";
import { CORDONED } from "../snapshot/node-columns.ts";

const REJECTED = unresolvable("node(s) were unschedulable");
const TAINT = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Keeps pods off cordoned nodes unless they tolerate the taint that stands for it. */
export const nodeUnschedulable: PluginFactory = {
  name: "NodeUnschedulable",
  create: () => ({
    name: "NodeUnschedulable",
    wakesOn: [
      hinted("Node", ["add", "update-taint"], (_, before, after) => {
        const was = before === undefined || before.spec?.unschedulable === true;
        return was && after?.spec?.unschedulable !== true;
      }),
      hinted("TargetPod", ["update-tolerations"], (_, __, pod) =>
        toleratesAny(pod?.spec.tolerations ?? [], TAINT),
      ),
    ],
    filter: {
      dependsOn: "node",
      readsSpecAlone: true,
      filter: ({ pod }, snapshot) => {
        if (toleratesAny(pod.spec.tolerations ?? [], TAINT)) return () => undefined;
        const { marks } = snapshot.columns;
        return (node) => (((marks[node] as number) & CORDONED) === 0 ? undefined : REJECTED);
      },
    },
  }),
};
