import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";
import { toleratesAny } from "../framework/toleration.ts";

const REJECTED = unresolvable("node(s) were unschedulable");
const TAINT = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Keeps pods off cordoned nodes unless they tolerate the taint that stands for it. */
export const nodeUnschedulable: PluginFactory = {
  name: "NodeUnschedulable",
  create: () => ({
    name: "NodeUnschedulable",
    wakesOn: [{ resource: "Node", actions: ["add", "update-taint"] }],
    filter: {
      dependsOn: "node",
      filter: ({ pod }, snapshot) => {
        if (toleratesAny(pod.spec.tolerations ?? [], TAINT)) return () => undefined;
        return (node) =>
          snapshot.nodes[node]?.spec?.unschedulable === true ? REJECTED : undefined;
      },
    },
  }),
};
