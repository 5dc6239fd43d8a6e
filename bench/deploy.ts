import type { Deployment, Pod } from "../sim/api/types.gen.ts";
import { createCluster } from "../sim/cluster.ts";
import { HOUR, MINUTE, SECOND } from "../sim/engine/time.ts";
import { assertWork, perSecond, report, rssMiB, timed } from "./report.ts";

/** From apply to all Ready, in fast pace; then a day in which nothing happens. */
export function run(): void {
  rollOut("warm-up", 500, 100);
  rollOut("5,000 replicas", 5_000, 1_000);
  idle(5_000);
  rollOut("150,000 pods", 150_000, 5_000);
}

function rollOut(name: string, replicas: number, nodes: number): void {
  const { seconds, cpuSeconds, result } = timed(() => {
    const cluster = createCluster({
      seed: "bench",
      detail: "digest",
      pace: "fast",
      nodes: [
        { count: nodes, name: "node-{i}", capacity: { cpu: "64", memory: "256Gi", pods: "110" } },
      ],
    });
    const deployments = Math.ceil(replicas / 5_000);
    for (let at = 0; at < deployments; at++) {
      cluster.api.create<Deployment>(
        "Deployment",
        deployment(`web-${at}`, Math.min(5_000, replicas)),
      );
    }
    for (
      let limit = SECOND;
      ready(cluster.store.objects("Pod").values()) < replicas && limit < 10 * MINUTE;
      limit += SECOND
    ) {
      cluster.runUntil(limit);
    }
    return cluster;
  });
  assertWork("pods ready", ready(result.store.objects("Pod").values()), replicas);
  if (name === "warm-up") return;
  report({
    bench: "deploy",
    case: name,
    nodes,
    pods: replicas,
    seconds: Number(seconds.toFixed(2)),
    podsPerSecond: perSecond(replicas, seconds),
    cpuSeconds,
    podsPerCpuSecond: perSecond(replicas, cpuSeconds),
    virtualSeconds: result.now / SECOND,
    events: result.engine.fired,
    writes: result.store.revision,
    rssMiB: rssMiB(),
  });
}

function idle(nodes: number): void {
  const cluster = createCluster({
    seed: "bench",
    detail: "digest",
    pace: "fast",
    nodes: [
      { count: nodes, name: "node-{i}", capacity: { cpu: "64", memory: "256Gi", pods: "110" } },
    ],
  });
  cluster.runUntil(MINUTE);
  const fired = cluster.engine.fired;
  const { seconds, cpuSeconds } = timed(() => cluster.runUntil(MINUTE + 24 * HOUR));
  assertWork("virtual hours", cluster.now, MINUTE + 24 * HOUR);
  report({
    bench: "deploy",
    case: "idle day",
    nodes,
    seconds: Number(seconds.toFixed(2)),
    cpuSeconds,
    events: cluster.engine.fired - fired,
    rssMiB: rssMiB(),
  });
}

function deployment(name: string, replicas: number) {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment" as const,
    metadata: { name, namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "main",
              image: "web:1",
              resources: { requests: { cpu: "100m", memory: "64Mi" } },
            },
          ],
        },
      },
    },
  };
}

function ready(pods: Iterable<unknown>): number {
  let count = 0;
  for (const pod of pods as Iterable<Pod>) {
    if (pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"))
      count++;
  }
  return count;
}
