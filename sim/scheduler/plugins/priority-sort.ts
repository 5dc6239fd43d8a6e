import type { PluginFactory } from "../framework/plugin.ts";

/** The active queue's order: higher priority first, then first come, first served. */
export const prioritySort: PluginFactory = {
  name: "PrioritySort",
  create: () => ({
    name: "PrioritySort",
    queueSort: (a, b) => {
      const byPriority = (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0);
      return byPriority !== 0 ? byPriority : a.enqueuedAt - b.enqueuedAt;
    },
  }),
};
