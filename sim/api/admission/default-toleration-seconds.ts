import { remembered } from "../kinds/fill.ts";
import { withFields } from "../object.ts";
import type { Pod, PodSpec, Toleration } from "../types.gen.ts";
import type { AdmissionPlugin } from "./plugin.ts";

/** Five minutes: how long pods stay on a node that is not ready or unreachable. */
const TOLERATION_SECONDS = 300;
const NOT_READY = "node.kubernetes.io/not-ready";
const UNREACHABLE = "node.kubernetes.io/unreachable";

/** Lets pods outlast a node's trouble for five minutes, unless they say otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: "DefaultTolerationSeconds",
  kinds: ["Pod"],
  mutate(request) {
    const { descriptor, operation, subresource, object } = request;
    const applies = operation === "CREATE" || operation === "UPDATE";
    if (descriptor.kind !== "Pod" || descriptor.group !== "" || subresource || !applies) {
      return object;
    }
    const pod = object as Pod;
    if (pod.spec === undefined) return object;
    const spec = withTolerations(pod.spec);
    return spec === pod.spec ? object : { ...pod, spec };
  },
};

const withTolerations = remembered((spec: PodSpec): PodSpec => {
  const tolerations = spec.tolerations ?? [];
  const added = [NOT_READY, UNREACHABLE]
    .filter((key) => !tolerations.some((one) => tolerates(one, key)))
    .map((key) => ({
      key,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: TOLERATION_SECONDS,
    }));
  return added.length === 0 ? spec : withFields(spec, { tolerations: [...tolerations, ...added] });
});

function tolerates({ key, effect }: Toleration, taint: string): boolean {
  const keyed = key === undefined || key === "" || key === taint;
  return keyed && (effect === undefined || effect === "" || effect === "NoExecute");
}
