import type { Endpoint, EndpointSlice } from "../api/types.gen.ts";

/** Label by which slices belong to their Service. */
const SERVICE_NAME = "kubernetes.io/service-name";

/** Label of a node that tells its zone. */
export const ZONE = "topology.kubernetes.io/zone";

/** Key of the Service that a slice belongs to; `undefined` for one of nobody's. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME];
  return name === undefined ? undefined : `${slice.metadata.namespace}/${name}`;
}

/** An endpoint as kube-proxy's rules have it. */
export interface Target {
  /** Key of the pod. */
  readonly pod: string;
  /** Whether it takes new connections; otherwise it is terminating but still serves. */
  readonly ready: boolean;
  /** Zones and nodes that it is hinted for. */
  readonly zones: readonly string[];
  readonly nodes: readonly string[];
}

/** Where requests come from. */
export interface ClientPlace {
  readonly node?: string | undefined;
  readonly zone?: string | undefined;
}

/** The endpoints of a Service's slices that may get connections, a pod once. Pods in code-unit order. */
export function targetsOf(slices: Iterable<EndpointSlice>): readonly Target[] {
  const targets = new Map<string, Target>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      const pod = podOf(endpoint, slice);
      if (pod === undefined) continue;
      const { conditions, hints } = endpoint;
      const ready = conditions?.ready !== false;
      const draining = conditions?.serving === true && conditions.terminating === true;
      if (!(ready || draining) || targets.get(pod)?.ready === true) continue;
      const [zones, nodes] = [hints?.forZones ?? [], hints?.forNodes ?? []].map((places) =>
        places.map(({ name }) => name),
      ) as [string[], string[]];
      targets.set(pod, { pod, ready, zones, nodes });
    }
  }
  return [...targets.values()].sort((a, b) => (a.pod < b.pod ? -1 : 1));
}

/**
 * Pods that new connections from a place go to: the ready ones that are hinted for its node, or else for its zone, where
 * every ready one is hinted and one for this place; else all ready ones. When none is ready, those that are terminating
 * but still serve (KEP-1669). Upstream `CategorizeEndpoints` for the traffic policy Cluster.
 */
export function podsFor(
  targets: readonly Target[],
  { node, zone }: ClientPlace,
): readonly string[] {
  const ready = targets.filter((target) => target.ready);
  const near =
    hintedFor(ready, ({ nodes }) => nodes, node) ?? hintedFor(ready, ({ zones }) => zones, zone);
  return (near ?? (ready.length > 0 ? ready : targets)).map(({ pod }) => pod);
}

function hintedFor(
  ready: readonly Target[],
  hints: (target: Target) => readonly string[],
  place: string | undefined,
): readonly Target[] | undefined {
  if (place === undefined || ready.some((target) => hints(target).length === 0)) return undefined;
  const near = ready.filter((target) => hints(target).includes(place));
  return near.length > 0 ? near : undefined;
}

function podOf({ targetRef }: Endpoint, slice: EndpointSlice): string | undefined {
  if (targetRef?.kind !== "Pod" || targetRef.name === undefined) return undefined;
  return `${targetRef.namespace ?? slice.metadata.namespace}/${targetRef.name}`;
}
