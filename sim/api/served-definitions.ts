import type { ApiServer } from "./api-server.ts";
import { asAccepted, isEstablished } from "./definition-naming.ts";
import { optInDefinitions } from "./kinds/scheduling-groups.ts";
import type { CustomResourceDefinition } from "./types.gen.ts";

type Served = Pick<ApiServer, "store" | "kinds">;

/**
 * The definition that a custom resource is served by, with its accepted names: the stored one, or that of a kind which a
 * scheduler plugin has brought to this cluster. Named `plural.group`.
 */
export function servedDefinition(api: Served, name: string): CustomResourceDefinition | undefined {
  const stored = api.store.get("CustomResourceDefinition", name) as
    | CustomResourceDefinition
    | undefined;
  if (stored !== undefined) return isEstablished(stored) ? asAccepted(stored) : undefined;
  const brought = optInDefinitions.get(name);
  if (brought === undefined) return undefined;
  const { group, names } = brought.spec;
  return api.kinds.find(`${names.kind}.${group}`) === undefined ? undefined : brought;
}

/** All definitions that custom resources are served by. */
export function servedDefinitions(api: Served): readonly CustomResourceDefinition[] {
  const stored = [...api.store.objects("CustomResourceDefinition").values()];
  const names = new Set([
    ...stored.map(({ metadata }) => metadata.name),
    ...optInDefinitions.keys(),
  ]);
  return [...names].flatMap((name) => servedDefinition(api, name) ?? []);
}
