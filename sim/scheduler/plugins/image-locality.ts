import type { PluginFactory } from "../framework/plugin.ts";
import { MAX_NODE_SCORE } from "../framework/status.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";

const MIB = 1024 * 1024;
/** Below this much per pod an image is not worth caring about (upstream `minThreshold`). */
const LEAST = 23 * MIB;
/** An image larger than this, per container, counts as this large (upstream `maxContainerThreshold`). */
const MOST = 1000 * MIB;

/** `name` with the tag `latest` added where there is neither tag nor digest. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}

/** Score of a sum of image sizes, discounted by their spread, for a pod of so many containers. */
export function imageScore(sum: number, containers: number): number {
  const most = MOST * containers;
  const capped = Math.min(Math.max(sum, LEAST), most);
  return Math.trunc((MAX_NODE_SCORE * (capped - LEAST)) / (most - LEAST));
}

function imageNames({ pod }: PodInfo): readonly string[] {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  return containers.map((each) => normalizedImageName(each.image ?? ""));
}

/**
 * Prefers nodes that already have the pod's images: the sum of their sizes, each times the share of nodes that
 * have it, so that one node with a rare image does not draw every pod.
 */
export const imageLocality: PluginFactory = {
  name: "ImageLocality",
  create: () => ({
    name: "ImageLocality",
    version: (pod, { images }) => {
      let sum = 0;
      for (const name of imageNames(pod)) sum += images.version(name);
      return sum;
    },
    score: {
      dependsOn: "node",
      readsSpecAlone: true,
      score: (pod, snapshot) => {
        const { images, nodeCount } = snapshot;
        const names = imageNames(pod);
        return (node) => {
          let sum = 0;
          for (const name of names) {
            const state = images.stateOn(node, name);
            if (state !== undefined) sum += Math.trunc(state.size * (state.nodes / nodeCount));
          }
          return imageScore(sum, names.length);
        };
      },
    },
  }),
};
