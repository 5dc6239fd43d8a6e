import type { ServedResource } from "../discovery/served-resource.ts";
import { type KubeObject, keyOf } from "../object.ts";
import { defaultRange } from "../service-ranges.ts";
import type { Store } from "../store.ts";
import { standingFlowControl } from "./flow-control.ts";
import { standingRoles } from "./roles.ts";
import { apiServices, componentStatuses, serviceAddresses } from "./services.ts";

/** Objects that are read although nobody wrote them. */
export interface StandingObjects {
  /** Objects of a kind, in no order; a stored object of the same key hides one. */
  of(kind: string): readonly KubeObject[];
}

function byKind(objects: readonly KubeObject[]): ReadonlyMap<string, readonly KubeObject[]> {
  const kinds = new Map<string, KubeObject[]>();
  for (const object of objects) kinds.set(object.kind, [...(kinds.get(object.kind) ?? []), object]);
  return kinds;
}

const always = byKind([...standingFlowControl, ...componentStatuses, defaultRange]);

/**
 * What kube-apiserver writes by itself into every cluster. Here it is made when it is read, so that clusters nobody looks
 * at pay nothing for it. `roles`: whether roles are enforced, and so there are some.
 */
export function standingObjects(
  store: Store,
  resources: () => readonly ServedResource[],
  roles: boolean,
): StandingObjects {
  return {
    of(kind) {
      if (kind === "APIService") return apiServices(resources());
      if (kind === "IPAddress") return serviceAddresses(store.objects("Service").values());
      if (roles && (kind === "ClusterRole" || kind === "ClusterRoleBinding"))
        return standingRoles(kind, store.objects(kind).values());
      return always.get(kind) ?? [];
    },
  };
}

/** The standing objects of a kind that no stored one hides. */
export function unhidden(standing: StandingObjects, store: Store, kind: string): KubeObject[] {
  return standing.of(kind).filter((object) => store.get(kind, keyOf(object)) === undefined);
}
