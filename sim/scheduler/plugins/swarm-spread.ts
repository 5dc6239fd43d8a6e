import type { PluginFactory } from "../framework/plugin.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";

const NAME = "SwarmSpread";
/** What one pod of the same owner weighs against other pods: more than any node holds. */
const OWN = 100_000;
const MOST_OWN = 10_000;

function controllerOf({ pod }: PodInfo): string | undefined {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner === undefined
    ? undefined
    : `${pod.metadata.namespace} ${owner.kind} ${owner.name} ${owner.uid}`;
}

/**
 * Docker Swarm's spread: the node with the fewest tasks of the same service, then with the fewest tasks at all;
 * what they ask for does not count (moby/swarmkit, manager/scheduler). A service is a pod's controller here.
 */
export const swarmSpread: PluginFactory = {
  name: NAME,
  create: () => ({
    name: NAME,
    score: {
      dependsOn: "node-pods",
      score: (pod, snapshot) => {
        const owner = controllerOf(pod);
        return (node) => {
          const pods = snapshot.podsOn[node] ?? [];
          let own = 0;
          if (owner !== undefined) for (const each of pods) if (controllerOf(each) === owner) own++;
          const others = Math.min(pods.length, OWN - 1);
          return MOST_OWN * OWN - Math.min(own, MOST_OWN - 1) * OWN - others;
        };
      },
    },
  }),
};
