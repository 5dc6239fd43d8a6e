import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/types.gen.ts";
import type { StateView } from "../expect/state-view.ts";
import type { Health, HealthRule } from "./health-rule.ts";
import { warningAbout } from "./workload-health.ts";

function claimHealth(claim: PersistentVolumeClaim, view: StateView): Health {
  const phase = claim.status?.phase ?? "Pending";
  if (phase === "Bound")
    return { state: "fine", why: `bound to ${claim.spec?.volumeName ?? "a volume"}` };
  if (phase === "Lost") return { state: "failing", why: "its volume is lost" };
  const name = claim.spec?.storageClassName;
  const storage =
    name === undefined ? undefined : (view.get("StorageClass", name) as StorageClass | undefined);
  if (name !== undefined && name !== "" && storage === undefined)
    return { state: "failing", why: `pending: there is no StorageClass ${name}` };
  if (storage?.volumeBindingMode === "WaitForFirstConsumer")
    return { state: "waiting", why: "pending: waits for a pod that uses it" };
  return {
    state: "failing",
    why: `pending: ${warningAbout(claim, view) ?? "no volume fits and there is no StorageClass to make one"}`,
  };
}

/** Kinds that keep data. */
export const storageHealth: Readonly<Record<string, HealthRule>> = {
  PersistentVolumeClaim: (object, view) => claimHealth(object as PersistentVolumeClaim, view),
  PersistentVolume: (object) => {
    const phase = (object as PersistentVolume).status?.phase ?? "Available";
    return { state: phase === "Failed" ? "failing" : "fine", why: phase };
  },
};
