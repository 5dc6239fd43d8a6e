import { formatQuantity } from "../api/meta/quantity.ts";
import { timestamp } from "../api/meta/time.ts";
import type { ContainerMetrics, NodeMetrics, PodMetrics } from "../api/metrics-types.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type { Store } from "../api/store.ts";
import type { Node, Pod } from "../api/types.gen.ts";
import type { ComputedReads } from "../api/virtual.ts";
import type { Engine } from "../engine/engine.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { usageAt, usageBetween } from "./behaviour/usage.ts";
import type { Kubelet } from "./kubelet.ts";
import { type ContainerRun, isAlive, type PodRun } from "./pod/pod-run.ts";
import { limit } from "./pod/resources.ts";
import type { PodLoads } from "./pod-loads.ts";

/** How often metrics are collected, and over what they are averaged (metrics-server `--metric-resolution`). */
const METRICS_WINDOW: Micros = 15 * SECOND;

/** Where usage is read: the kubelets and the load that traffic puts on their pods. */
export interface UsageSource {
  readonly engine: Engine;
  readonly store: Store;
  readonly kubelet: (node: string) => Kubelet | undefined;
  readonly loads: PodLoads;
}

/** Serves PodMetrics and NodeMetrics from declared usage, averaged over the last whole window. */
export function provideMetrics(reads: ComputedReads, source: UsageSource): void {
  reads.provide("PodMetrics", {
    get: (key) => podMetrics(source, key),
    list: (namespace) => {
      const pods = source.store.objects("Pod");
      const all = namespace === undefined ? pods.values() : pods.indexed("namespace", namespace);
      return present([...all].map((pod) => podMetricsOf(source, pod as unknown as Pod)));
    },
  });
  reads.provide("NodeMetrics", {
    get: (key) => nodeMetrics(source, key),
    list: () =>
      present(
        [...source.store.objects("Node").values()].map(({ metadata }) =>
          nodeMetrics(source, metadata.name),
        ),
      ),
  });
}

function present<T>(items: readonly (T | undefined)[]): readonly KubeObject[] {
  return items.filter((item) => item !== undefined) as unknown as readonly KubeObject[];
}

function podMetrics(source: UsageSource, key: Key): KubeObject | undefined {
  const pod = source.store.get("Pod", key) as Pod | undefined;
  return pod === undefined ? undefined : (podMetricsOf(source, pod) as unknown as KubeObject);
}

/** Metrics of a pod: missing until each of its containers ran for a whole window. */
function podMetricsOf(source: UsageSource, pod: Pod): PodMetrics | undefined {
  const node = pod.spec?.nodeName;
  const kubelet = node === undefined ? undefined : source.kubelet(node);
  if (kubelet === undefined || kubelet.mode === "crashed" || !kubelet.reachable) return undefined;
  const run = kubelet.pods.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
  const end = windowEnd(source.engine.now);
  if (run === undefined || run.finished) return undefined;
  const containers: ContainerMetrics[] = [];
  for (const container of run.containers) {
    if (container.role === "init" && !isAlive(container)) continue;
    const usage = containerUsage(source, kubelet, run, container, end);
    if (usage === undefined) return undefined;
    containers.push({ name: container.name, usage: quantities(usage.cpu, usage.memory) });
  }
  const { name, namespace, labels, creationTimestamp } = pod.metadata;
  return {
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "PodMetrics",
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      creationTimestamp,
    } as PodMetrics["metadata"],
    timestamp: timestamp(end),
    window: "15s",
    containers,
  };
}

function nodeMetrics(source: UsageSource, name: string): KubeObject | undefined {
  const node = source.store.get("Node", name) as Node | undefined;
  const kubelet = source.kubelet(name);
  if (node === undefined || kubelet === undefined || kubelet.mode === "crashed") return undefined;
  const end = windowEnd(source.engine.now);
  if (end < METRICS_WINDOW || !kubelet.reachable) return undefined;
  let cpu = 0;
  let memory = 0;
  for (const run of kubelet.pods.values()) {
    for (const container of run.containers) {
      const usage = containerUsage(source, kubelet, run, container, end);
      cpu += usage?.cpu ?? 0;
      memory += usage?.memory ?? 0;
    }
  }
  const metrics: NodeMetrics = {
    apiVersion: "metrics.k8s.io/v1beta1",
    kind: "NodeMetrics",
    metadata: {
      name,
      ...(node.metadata.labels === undefined ? {} : { labels: node.metadata.labels }),
      creationTimestamp: node.metadata.creationTimestamp,
    } as NodeMetrics["metadata"],
    timestamp: timestamp(end),
    window: "15s",
    usage: quantities(cpu, memory),
  };
  return metrics as unknown as KubeObject;
}

/** Average millicores over the window that ends at `end`, and bytes at its end; `undefined` for one that ran for less. */
function containerUsage(
  source: UsageSource,
  kubelet: Kubelet,
  run: PodRun,
  container: ContainerRun,
  end: Micros,
): { readonly cpu: number; readonly memory: number } | undefined {
  const begin = end - METRICS_WINDOW;
  if (!isAlive(container) || container.startedAt > begin) return undefined;
  const { cpu = [], memory = [] } = kubelet.behaviours.of(
    run.pod,
    container.name,
    container.spec.image ?? "",
  );
  const { startedAt } = container;
  const own = usageBetween(cpu, begin - startedAt, end - startedAt);
  const serving = run.containers.find(({ role }) => role === "main") === container;
  const load = serving ? source.loads.cpuBetween(run.key, begin, end) : 0;
  const wanted = (own + load) / (METRICS_WINDOW / SECOND);
  return {
    // A container gets no more CPU than its limit's quota, however much it wants.
    cpu: Math.min(wanted, limit(container.spec, "cpu") ?? wanted),
    memory: usageAt(memory, end - startedAt),
  };
}

function windowEnd(now: Micros): Micros {
  return Math.floor(now / METRICS_WINDOW) * METRICS_WINDOW;
}

function quantities(cpu: number, memory: number): Readonly<Record<string, string>> {
  return {
    cpu: formatQuantity({ nanos: BigInt(Math.round(cpu * 1_000_000)), format: "DecimalSI" }),
    memory: formatQuantity({
      nanos: BigInt(Math.round(memory)) * 1_000_000_000n,
      format: "BinarySI",
    }),
  };
}
