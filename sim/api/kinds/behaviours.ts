import { autoscalingBehaviours } from "./behaviours/autoscaling.ts";
import { clusterBehaviours } from "./behaviours/cluster.ts";
import { coreBehaviours } from "./behaviours/core.ts";
import { platformBehaviours } from "./behaviours/platform.ts";
import { storageBehaviours } from "./behaviours/storage.ts";
import { workloadBehaviours } from "./behaviours/workloads.ts";
import type { KindBehaviour } from "./descriptor.ts";

/** The rules of every built-in kind, by kind. */
export const behaviours: Readonly<Record<string, KindBehaviour>> = {
  ...coreBehaviours,
  ...workloadBehaviours,
  ...autoscalingBehaviours,
  ...storageBehaviours,
  ...clusterBehaviours,
  ...platformBehaviours,
};
