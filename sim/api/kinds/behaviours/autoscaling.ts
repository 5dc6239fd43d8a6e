import type { HorizontalPodAutoscaler } from "../../types.gen.ts";
import { defaultAutoscaler } from "../autoscaling-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { rulesFor } from "./typed.ts";

/** Rules of autoscaling and policy. */
export const autoscalingBehaviours: Readonly<Record<string, KindBehaviour>> = {
  HorizontalPodAutoscaler: rulesFor<HorizontalPodAutoscaler>({ defaults: defaultAutoscaler }),
};
