import type { Pace } from "../../../sim/api/pace.ts";
import { RestApi } from "../../../sim/api/rest/rest-api.ts";
import { type Cluster, createCluster } from "../../../sim/cluster.ts";
import { MILLISECOND, SECOND } from "../../../sim/engine/time.ts";
import { Names } from "./names.ts";
import { rowsOf } from "./observe.ts";
import {
  type Action,
  lengthOf,
  phaseOf,
  type RecordedRequest,
  type Row,
  type Scenario,
  type SetupNode,
  secondOfMinute,
} from "./recording.ts";

/** A recorded scenario as this control plane played it. */
export interface Played {
  readonly rows: readonly Row[];
  /** Per action with requests: the codes answered. */
  readonly codes: readonly (readonly number[])[];
  readonly cluster: Cluster;
}

/**
 * Before the first row everything has come to rest. A second before a whole five: the loop that watches nodes came
 * round one second into the recordings.
 */
const WARM_UP = 119;
/** Rows may come this much later than recorded, in seconds. */
const GRACE = 0.7;
/** The metrics source looked this often (timeline-setup.json). */
const REFRESH = 4 * SECOND;
/** The recording's machine was busy: how long its requests and watches took, by the distances between its rows. */
export const RECORDED_PACE: Partial<Pace> = {
  apiLatency: 12 * MILLISECOND,
  watchLag: 8 * MILLISECOND,
};
/** Scenarios whose nodes are spread over three zones (README); the others have one. */
const ZONED = /^(hpa|spread-affinity|svc-rolling-endpoints|deploy-create)$/;

/** Plays the recorded requests at the recorded times on nodes with the recording's stand-in, at a pace and with a seed of choice. */
export function play(
  scenario: Scenario,
  pace: Partial<Pace> = RECORDED_PACE,
  seed = scenario.name,
): Played {
  const zones = ZONED.test(scenario.name) ? ["zone-a", "zone-b", "zone-c"] : ["zone-a"];
  const templateOf = (node: SetupNode, at: number) => ({
    name: node.name,
    capacity: { cpu: node.cpu, memory: node.memory, pods: node.pods, "ephemeral-storage": "100Gi" },
    zones: [zones[at % zones.length] ?? "zone-a"],
    labels: { "node.kubernetes.io/instance-type": "fake.large", ...node.labels },
    taints: node.taints,
  });
  const cluster = createCluster({
    seed,
    nodeAgent: "stand-in",
    pace,
    nodes: scenario.common.map(templateOf),
  });
  const rest = new RestApi(cluster.api, { virtual: cluster.virtual, metrics: true });
  const start = (WARM_UP + secondOfMinute(scenario) + phaseOf(scenario)) * SECOND;
  const from = Math.round(start);
  const namespace = `t-${scenario.name}`;
  const names = new Names();
  const own = new Set(scenario.nodes.map(({ name }) => name));
  const usage = new Usage(cluster);
  cluster.runUntil(from - 10 * SECOND);
  send(rest, cluster, { verb: "POST", path: "/api/v1/namespaces", body: namespaceOf(namespace) });
  cluster.runUntil(from - 2 * SECOND);
  cluster.engine.as("script", 0, () => {
    for (const [at, node] of scenario.nodes.entries()) cluster.nodes.addNode(templateOf(node, at));
  });
  for (const request of scenario.before) send(rest, cluster, request);
  const codes: (readonly number[])[] = [];
  for (const action of scenario.actions) {
    cluster.runUntil(from + Math.round(action.t * SECOND));
    rowsOf(cluster, namespace, from, names, own);
    steer(cluster, usage, action);
    if (action.requests.length === 0) continue;
    codes.push(
      action.requests.map((request) =>
        send(rest, cluster, renamed(request, names, cluster, namespace)),
      ),
    );
  }
  cluster.runUntil(from + Math.round((lengthOf(scenario) + GRACE) * SECOND));
  return { rows: rowsOf(cluster, namespace, from, names, own), codes, cluster };
}

function namespaceOf(name: string): unknown {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function send(rest: RestApi, cluster: Cluster, request: RecordedRequest): number {
  return cluster.engine.as("script", 0, () => {
    const { code } = rest.handle({
      method: request.verb,
      path: request.path,
      contentType: request.ct ?? "application/json",
      body: request.body,
    });
    return code;
  });
}

/** The request with the names and uids that the run's objects have. */
function renamed(
  request: RecordedRequest,
  names: Names,
  cluster: Cluster,
  namespace: string,
): RecordedRequest {
  const rename = (text: string) => names.rawOf(text) ?? text;
  const path = request.path.split("/").map(rename).join("/");
  const body = JSON.parse(JSON.stringify(request.body ?? null), (_key, value) => {
    if (typeof value === "string" && /-(rs\d+-)?p\d+$/.test(value)) return rename(value);
    if (typeof value?.uid !== "string" || typeof value.kind !== "string") return value;
    const owner = cluster.store.get(value.kind, `${namespace}/${value.name}`);
    return owner === undefined ? value : { ...value, uid: owner.metadata.uid };
  });
  return { ...request, path, ...(request.body === undefined ? {} : { body }) };
}

/** What an action does beside its requests: agents stop and go on, loads change. */
function steer(cluster: Cluster, usage: Usage, { text, remark }: Action): void {
  const stopped =
    /^stop heartbeats of (\S+)/.exec(text)?.[1] ??
    /^delete node (\S+) \(kubelet gone/.exec(text)?.[1];
  const resumed = /^resume heartbeats of (\S+)/.exec(text)?.[1];
  cluster.engine.as("script", 0, () => {
    if (stopped !== undefined) cluster.nodes.pause(stopped);
    if (resumed !== undefined) cluster.nodes.resume(resumed);
  });
  if (remark !== undefined && /^\d+m$/.test(remark)) usage.cpu = remark;
}

/** The metrics source of the recording: every running pod uses the same. */
class Usage {
  cpu = "40m";

  constructor(cluster: Cluster) {
    const metricsOf = (pod: any) => ({
      apiVersion: "metrics.k8s.io/v1beta1",
      kind: "PodMetrics",
      metadata: {
        name: pod.metadata.name,
        namespace: pod.metadata.namespace,
        labels: pod.metadata.labels,
      },
      timestamp: new Date(
        Date.UTC(2026, 0, 1) + Math.floor(cluster.now / REFRESH) * (REFRESH / 1000),
      ).toISOString(),
      window: "15s",
      containers: [{ name: "main", usage: { cpu: this.cpu, memory: "20Mi" } }],
    });
    const running = (namespace?: string) =>
      [...cluster.store.objects("Pod").values()].filter(
        (pod: any) =>
          pod.status?.phase === "Running" &&
          (namespace === undefined || pod.metadata.namespace === namespace),
      );
    cluster.virtual.provide("PodMetrics", {
      get: (key) => {
        const pod: any = cluster.store.get("Pod", key);
        return pod?.status?.phase === "Running" ? (metricsOf(pod) as never) : undefined;
      },
      list: (namespace) => running(namespace).map(metricsOf) as never,
    });
  }
}
