import type { KubeObject } from "../../api/object.ts";
import type { StateView } from "../expect/state-view.ts";
import type { Health, HealthRule } from "./health-rule.ts";
import { networkHealth } from "./network-health.ts";
import { podHealth } from "./pod-health.ts";
import { storageHealth } from "./storage-health.ts";
import { workloadHealth } from "./workload-health.ts";

const rules: Readonly<Record<string, HealthRule>> = {
  ...workloadHealth,
  ...networkHealth,
  ...storageHealth,
  Pod: podHealth,
  Namespace: (object) => {
    const phase = (object.status as { phase?: string } | undefined)?.phase ?? "Active";
    return phase === "Active" ? { state: "fine", why: "Active" } : { state: "waiting", why: phase };
  },
  CustomResourceDefinition: (object) => {
    const conditions =
      (
        object.status as
          | { conditions?: { type: string; status: string; message?: string }[] }
          | undefined
      )?.conditions ?? [];
    const wrong = conditions.find(
      ({ type, status }) => type === "NamesAccepted" && status === "False",
    );
    if (wrong !== undefined) return { state: "failing", why: wrong.message ?? "names are taken" };
    return { state: "fine", why: "served" };
  },
};

/** How an object is doing. Kinds that nothing acts on are stored, and that is all there is to say. */
export function healthOf(object: KubeObject, view: StateView): Health {
  return rules[object.kind]?.(object, view) ?? { state: "stored", why: "stored" };
}
