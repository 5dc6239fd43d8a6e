import type { Pod } from "../../api/types.gen.ts";
import { hinted } from "../framework/cluster-event.ts";
import type { PluginFactory } from "../framework/plugin.ts";
import { unresolvable } from "../framework/status.ts";

const REJECTED = unresolvable("node(s) didn't match Pod's required features");

/** Features a node must declare for the pod to run there, read off its spec (v1.36's list). */
function requiredFeatures(pod: Pod): readonly string[] {
  const features: string[] = [];
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const restartsAll = containers.some((each) =>
    (each.restartPolicyRules ?? []).some((rule) => rule.action === "RestartAllContainers"),
  );
  if (restartsAll) features.push("RestartAllContainersOnContainerExits");
  if (pod.spec.hostNetwork === true && pod.spec.hostUsers === false)
    features.push("UserNamespacesHostNetworkSupport");
  return features;
}

/** A pod that needs a feature of the node's kubelet goes only where the node declares it. */
export const nodeDeclaredFeatures: PluginFactory = {
  name: "NodeDeclaredFeatures",
  create: () => ({
    name: "NodeDeclaredFeatures",
    wakesOn: [
      hinted("Node", ["add", "update-features"], (pod, _, node) =>
        requiredFeatures(pod).every((each) => node?.status?.declaredFeatures?.includes(each)),
      ),
      { resource: "TargetPod", actions: ["update"] },
    ],
    preFilter: ({ pod }) => (requiredFeatures(pod).length === 0 ? "skip" : undefined),
    filter: {
      dependsOn: "node",
      readsSpecAlone: true,
      filter: ({ pod }, snapshot) => {
        const required = requiredFeatures(pod);
        return (node) => {
          const declared = snapshot.nodes[node]?.status?.declaredFeatures ?? [];
          return required.every((feature) => declared.includes(feature)) ? undefined : REJECTED;
        };
      },
    },
  }),
};
