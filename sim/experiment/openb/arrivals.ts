import { GoRandom } from "./go-random.ts";
import type { TraceNode, TracePod } from "./trace.ts";

/** What one seed makes of a trace. */
export interface Arrivals {
  /** Pods in the order in which they arrive. */
  readonly pods: readonly TracePod[];
  /** Nodes in the order of the names they get: ties go to the first. */
  readonly nodes: readonly TraceNode[];
  /** The generator after all that, for policies that draw. */
  readonly random: GoRandom;
}

/** Demand over the cluster's GPUs at which arrivals end. */
const INFLATION = 1.3;

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Clones pods drawn at random until they ask for 130 % of the GPUs; pods beyond that are taken out at random. */
function inflate(
  pods: TracePod[],
  originals: readonly TracePod[],
  milli: number,
  random: GoRandom,
): void {
  let requested = 0;
  for (const { gpus, gpuMilli } of pods) requested += gpus * gpuMilli;
  const target = INFLATION * milli;
  if (requested > target) {
    while (requested > target) {
      const [gone] = pods.splice(random.int(pods.length), 1);
      requested -= (gone?.gpus ?? 0) * (gone?.gpuMilli ?? 0);
    }
    return;
  }
  for (;;) {
    const pod = originals[random.int(originals.length)] as TracePod;
    // The published check looks at one device's share, however many the pod takes.
    if (requested + pod.gpuMilli > target) return;
    pods.push(pod);
    requested += pod.gpus * pod.gpuMilli;
  }
}

/**
 * Order of arrivals and of nodes for a seed, draw by draw as in the published experiment (Weng et al., USENIX
 * ATC 2023): shuffle, inflate to 130 % of the GPUs, rename the nodes.
 */
export function arrivals(
  nodes: readonly TraceNode[],
  pods: readonly TracePod[],
  seed: number,
): Arrivals {
  const random = new GoRandom(seed);
  random.discard();
  const originals = [...pods].sort(byName);
  const arriving = [...originals];
  random.shuffle(arriving);
  let milli = 0;
  for (const { gpus } of nodes) milli += gpus * 1000;
  inflate(arriving, originals, milli, random);
  // Drawn by the simulator between the two steps; how many was found by trying.
  for (let drawn = 0; drawn < 10; drawn++) random.discard();
  const sorted = [...nodes].sort(byName);
  const names = random.perm(sorted.length);
  const renamed = sorted.map((node, at) => ({
    ...node,
    name: `${String(names[at]).padStart(4, "0")}-${node.name}`,
  }));
  return { pods: arriving, nodes: renamed.sort(byName), random };
}
