import type { HorizontalPodAutoscaler, PodDisruptionBudget } from "../../types.gen.ts";
import { pathSegmentErrors } from "../../validation/names.ts";
import {
  autoscalerErrors,
  autoscalerStatusErrors,
  disruptionBudgetErrors,
  disruptionStatusErrors,
} from "../../validation/workload/autoscaling.ts";
import { defaultAutoscaler } from "../autoscaling-defaults.ts";
import type { KindBehaviour } from "../descriptor.ts";
import { rulesFor } from "./typed.ts";

/** Rules of autoscaling and policy. */
export const autoscalingBehaviours: Readonly<Record<string, KindBehaviour>> = {
  HorizontalPodAutoscaler: rulesFor<HorizontalPodAutoscaler>({
    defaults: defaultAutoscaler,
    validateCreate: (object) => autoscalerErrors(object),
    validateUpdate: autoscalerErrors,
    validateStatusUpdate: autoscalerStatusErrors,
  }),
  // Upstream's validation leaves its metadata to the generic registry, which takes any name that fits into a path.
  PodDisruptionBudget: rulesFor<PodDisruptionBudget>({
    metaOnUpdate: [],
    nameRule: pathSegmentErrors,
    validateCreate: disruptionBudgetErrors,
    validateStatusUpdate: disruptionStatusErrors,
  }),
};
