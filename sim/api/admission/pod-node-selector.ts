import { forbidden } from "../api-error.ts";
import type { Namespace, Pod } from "../types.gen.ts";
import type { AdmissionPlugin, AdmissionReader } from "./plugin.ts";

const ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector";

/**
 * Adds the node selector that a namespace is annotated with to its pods, and refuses pods that contradict it. Upstream has this
 * plugin off unless asked for; without the annotation it does nothing, so here it is always on.
 */
export const podNodeSelector: AdmissionPlugin = {
  name: "PodNodeSelector",
  kinds: ["Pod"],
  mutate({ descriptor, operation, subresource, object, namespace, name }, reader) {
    if (descriptor.kind !== "Pod" || operation !== "CREATE" || subresource) return object;
    const wanted = selectorOf(namespace, reader);
    if (wanted === undefined) return object;
    const pod = object as Pod;
    const own = pod.spec?.nodeSelector ?? {};
    for (const key of Object.keys(wanted)) {
      if (own[key] === undefined || own[key] === wanted[key]) continue;
      const why = "pod node label selector conflicts with its namespace node label selector";
      throw forbidden(descriptor, name, why);
    }
    const spec = { ...pod.spec, nodeSelector: { ...wanted, ...own } } as NonNullable<Pod["spec"]>;
    return { ...pod, spec };
  },
};

/** `key=value,key2=value2` of the namespace's annotation. */
function selectorOf(
  namespace: string | undefined,
  reader: AdmissionReader,
): Readonly<Record<string, string>> | undefined {
  const found = reader.get("Namespace", namespace ?? "") as Namespace | undefined;
  const text = found?.metadata.annotations?.[ANNOTATION];
  if (text === undefined || text.trim() === "") return undefined;
  const pairs = text.split(",").map((pair) => pair.split("=").map((part) => part.trim()));
  return Object.fromEntries(pairs.map(([key = "", value = ""]) => [key, value]));
}
