import type { Node, Pod } from "../../sim/api/types.gen.ts";
import { type ClusterConfig, createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";

/** A cluster of three zones with a Deployment, 30 s old. */
export function web(replicas = 6, more: Partial<ClusterConfig> = {}) {
  const cluster = createCluster({
    seed: "1",
    nodes: [{ count: 3, zones: ["a", "b", "c"] }],
    ...more,
  });
  cluster.api.create("Deployment", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: {
          containers: [
            {
              name: "main",
              image: "web:1",
              readinessProbe: { httpGet: { port: 80 }, periodSeconds: 2, failureThreshold: 1 },
            },
          ],
        },
      },
    },
  } as never);
  cluster.runUntil(30 * SECOND);
  const pods = () => [...cluster.store.objects("Pod").values()] as unknown as Pod[];
  const ready = () =>
    pods().filter(({ status }) =>
      status?.conditions?.some(({ type, status: on }) => type === "Ready" && on === "True"),
    ).length;
  const node = (name: string) => cluster.store.get("Node", name) as unknown as Node;
  return {
    cluster,
    pods,
    ready,
    node,
    until: (seconds: number) => cluster.runUntil(seconds * SECOND),
  };
}

/** Status of a node's Ready condition. */
export const nodeReady = (node: Node) =>
  node.status?.conditions?.find(({ type }) => type === "Ready")?.status;
