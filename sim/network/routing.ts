import type { Endpoint, EndpointSlice } from "../api/types.gen.ts";

/** Label by which slices belong to their Service. */
const SERVICE_NAME = "kubernetes.io/service-name";

/** Key of the Service that a slice belongs to; `undefined` for one of nobody's. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME];
  return name === undefined ? undefined : `${slice.metadata.namespace}/${name}`;
}

/**
 * Pods that kube-proxy sends new connections to: the ready ones; when there is none, those that are terminating but still
 * serve (KEP-1669). Keys in code-unit order.
 */
export function targetsOf(slices: Iterable<EndpointSlice>): readonly string[] {
  const ready = new Set<string>();
  const serving = new Set<string>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      const pod = podOf(endpoint, slice);
      if (pod === undefined) continue;
      const { conditions } = endpoint;
      if (conditions?.ready !== false) ready.add(pod);
      else if (conditions.serving === true && conditions.terminating === true) serving.add(pod);
    }
  }
  return [...(ready.size > 0 ? ready : serving)].sort();
}

function podOf({ targetRef }: Endpoint, slice: EndpointSlice): string | undefined {
  if (targetRef?.kind !== "Pod" || targetRef.name === undefined) return undefined;
  return `${targetRef.namespace ?? slice.metadata.namespace}/${targetRef.name}`;
}
