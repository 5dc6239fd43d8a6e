import type { Client } from "../api/client.ts";
import { deepEqual } from "../api/meta/equal.ts";
import { matchesSelector } from "../api/meta/selector.ts";
import { type Key, keyOf } from "../api/object.ts";
import type { ClusterRole, PolicyRule } from "../api/types.gen.ts";
import type { Controller } from "./runtime/controller.ts";

/** Fills the rules of ClusterRoles that are made of others, chosen by labels. */
export function clusterRoleAggregation(): Controller {
  return {
    name: "clusterrole-aggregation-controller",
    for: "ClusterRole",
    concerns: () => false,
    watches: [{ kind: "ClusterRole", keys: (_after, _before, client) => aggregated(client) }],
    reconcile(key, { client }) {
      const role = client.get("ClusterRole", key);
      const selectors = role?.aggregationRule?.clusterRoleSelectors;
      if (role === undefined || selectors === undefined) return;
      const rules: PolicyRule[] = [];
      for (const selector of selectors) {
        const matches = matchesSelector(selector);
        const parts = [...client.list("ClusterRole")]
          .filter((part) => part.metadata.name !== key && matches(part.metadata.labels))
          .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
        for (const rule of parts.flatMap((part) => part.rules ?? []))
          if (!rules.some((other) => deepEqual(other, rule))) rules.push(rule);
      }
      if (!deepEqual(rules, role.rules ?? [])) client.update("ClusterRole", { ...role, rules });
    },
  };
}

function aggregated(client: Client): Key[] {
  return ([...client.list("ClusterRole")] as ClusterRole[])
    .filter(({ aggregationRule }) => aggregationRule !== undefined)
    .map(keyOf);
}
