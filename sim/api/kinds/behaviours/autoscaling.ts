import type { HorizontalPodAutoscaler, PodDisruptionBudget } from "../../types.gen.ts";
import { autoscalerErrors, disruptionBudgetErrors } from "../../validation/autoscaling.ts";
import { defaultAutoscaler } from "../autoscaling-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { rulesFor } from "./typed.ts";

/** Rules of autoscaling and policy. */
export const autoscalingBehaviours: Readonly<Record<string, KindBehaviour>> = {
  HorizontalPodAutoscaler: rulesFor<HorizontalPodAutoscaler>({
    defaults: defaultAutoscaler,
    validateCreate: autoscalerErrors,
  }),
  PodDisruptionBudget: rulesFor<PodDisruptionBudget>({ validateCreate: disruptionBudgetErrors }),
};
