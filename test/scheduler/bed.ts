import type { Pod } from "../../sim/api/types.gen.ts";
import { type Cluster, type ClusterConfig, createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import type { Plugin } from "../../sim/scheduler/framework/plugin.ts";
import type { Strategy } from "../../sim/scheduler/strategies/strategy.ts";

/** A cluster with one node of two cores. */
export function small(more: Partial<ClusterConfig> = {}): Cluster {
  const capacity = { cpu: "2", memory: "8Gi", pods: "110" };
  const nodes = [{ count: 1, name: "node-1", capacity }];
  const cluster = createCluster({ seed: "1", nodes, ...more });
  cluster.engine.as("test", 0, () => {
    for (const value of [10, 100])
      cluster.api.create("PriorityClass", { metadata: { name: `of-${value}` }, value } as never);
  });
  return cluster;
}

/** Creates a pod, with its priority by a class. */
export function create(
  cluster: Cluster,
  { metadata: { uid: _, ...metadata }, spec: all }: Pod,
): void {
  const { priority = 0, ...rest } = all;
  const spec = priority === 0 ? rest : { ...rest, priorityClassName: `of-${priority}` };
  cluster.engine.as("test", 0, () =>
    cluster.api.create("Pod", { apiVersion: "v1", kind: "Pod", metadata, spec } as never),
  );
}

/** A pod that a finalizer keeps when it is deleted. */
export function kept(of: Pod): Pod {
  return { ...of, metadata: { ...of.metadata, finalizers: ["a.example.com/b"] } };
}

/** A pod of the default namespace, as the API has it. */
export const find = (cluster: Cluster, name: string) =>
  cluster.store.get("Pod", `default/${name}`) as Pod | undefined;

/** The default scheduler with one more plugin. */
export function withPlugin(plugin: Omit<Plugin, "name">): Strategy {
  const name = "Tested";
  return {
    name: "tested",
    describe: "",
    source: "",
    config: { plugins: { multiPoint: { enabled: [{ name }] } } },
    plugins: [{ name, create: () => ({ name, ...plugin }) }],
  };
}

/** What was said of pods for a reason, in order: the second and the message. */
export function told(cluster: Cluster, reason: string): readonly string[] {
  return cluster.engine.journal.entries.flatMap((entry) =>
    entry.kind === "record" && entry.record.reason === reason
      ? [`${entry.time / SECOND} ${entry.record.message}`]
      : [],
  );
}

/** When an actor's events of a type fired, in seconds. */
export function fired({ engine }: Cluster, actor: string, type: string): readonly number[] {
  return engine.journal.entries.flatMap((entry) =>
    entry.kind === "event" && entry.actor === actor && entry.event.type === type
      ? [entry.time / SECOND]
      : [],
  );
}
