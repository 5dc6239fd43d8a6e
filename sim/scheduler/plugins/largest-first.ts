import type { PluginFactory, QueuedPod } from "../framework/plugin.ts";
import { podAmounts } from "../snapshot/resources.ts";

const NAME = "LargestFirst";

function sizeOf({ pod }: QueuedPod): readonly [cpu: number, memory: number] {
  const amounts = podAmounts(pod);
  return [amounts.get("cpu") ?? 0, amounts.get("memory") ?? 0];
}

/**
 * Active queue: higher priority first, then larger CPU request, then memory. With first or best fit that is
 * first-fit (best-fit) decreasing, whose bins are at most ⌊11/9·OPT + 6/9⌋ (Dósa et al., 2013).
 */
export const largestFirst: PluginFactory = {
  name: NAME,
  create: () => ({
    name: NAME,
    queueSort: (a, b) => {
      const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);
      if (byPriority !== 0) return byPriority;
      const [cpuA, memoryA] = sizeOf(a);
      const [cpuB, memoryB] = sizeOf(b);
      return cpuB - cpuA || memoryB - memoryA || a.enqueuedAt - b.enqueuedAt;
    },
  }),
};
