import { parse } from "yaml";
import type { Client } from "../../../api/client.ts";
import type { NodeGroup } from "../node-group.ts";

/** Where the `priority` expander's settings are: lists of patterns of group names by priority. */
const NAME = "kube-system/cluster-autoscaler-priority-expander";

/**
 * Priorities of groups as the priority expander's ConfigMap has them; without one, those of the groups' own settings.
 * A group that no pattern means comes after all others.
 */
export function prioritiesOf(
  client: Client,
  groups: readonly NodeGroup[],
): (group: NodeGroup) => number {
  const text = client.get("ConfigMap", NAME)?.data?.["priorities"];
  const lists = text === undefined ? undefined : parsed(text);
  if (lists === undefined) return ({ priority }) => priority;
  const found = new Map<string, number>();
  for (const { name } of groups)
    for (const [priority, patterns] of lists)
      if (patterns.some((pattern) => pattern.test(name)))
        found.set(name, Math.max(priority, found.get(name) ?? priority));
  return ({ name }) => found.get(name) ?? Number.NEGATIVE_INFINITY;
}

function parsed(text: string): readonly (readonly [number, readonly RegExp[]])[] | undefined {
  try {
    const value: unknown = parse(text, { logLevel: "silent" });
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).map(([priority, patterns]) => [
      Number(priority),
      (patterns as readonly unknown[]).map((pattern) => new RegExp(String(pattern))),
    ]);
  } catch {
    return undefined;
  }
}
