import { Agent, request as httpRequest } from "node:http";
import { serve } from "../server/main.ts";
import { RestApi } from "../sim/api/rest/rest-api.ts";
import type { Watch } from "../sim/api/rest/watch.ts";
import type { Pod } from "../sim/api/types.gen.ts";
import { createCluster } from "../sim/cluster.ts";
import { assertWork, perSecond, report, timed } from "./report.ts";

const WATCHERS = 50;
const CREATES = 100_000;
const POD_WRITES = 50_000;
const PODS = 5000;
const REQUESTS = 12_000;
const CONNECTIONS = 16;

/** An empty cluster that nobody but the benchmark works on. */
function quietCluster() {
  return createCluster({
    seed: "bench",
    detail: "digest",
    pace: "fast",
    nodes: [],
  });
}

/** Who watches what is written: 50 watches of one resource, and how many frames they have heard. */
function watchers(rest: RestApi, resource: string) {
  const path = `/api/v1/namespaces/default/${resource}?watch=1&resourceVersion=0`;
  const watches: Watch[] = [];
  for (let index = 0; index < WATCHERS; index++) {
    const { watch } = rest.handle({ method: "GET", path });
    if (watch !== undefined) watches.push(watch);
  }
  assertWork("watches", watches.length, WATCHERS);
  let heard = 0;
  return {
    pull: (): void => {
      for (const watch of watches) heard += watch.pull(0).length;
    },
    /** Frames heard since it was last asked. */
    heard: (): number => {
      const frames = heard;
      heard = 0;
      return frames;
    },
  };
}

type Watchers = ReturnType<typeof watchers>;

/** Measures writes, each heard by 50 watchers that read a thousand at a time. */
function writes(
  unit: "creates" | "updates",
  what: string,
  count: number,
  audience: Watchers,
  write: (at: number) => void,
): void {
  audience.pull();
  audience.heard();
  const { seconds, cpuSeconds } = timed(() => {
    for (let at = 0; at < count; at++) {
      write(at);
      if (at % 1000 === 999) audience.pull();
    }
  });
  const heard = audience.heard();
  assertWork("frames", heard, count * WATCHERS);
  report({
    bench: "api",
    case: `${what} with ${WATCHERS} watchers`,
    [unit]: count,
    heard,
    seconds,
    [`${unit}PerSecond`]: perSecond(count, seconds),
    [`${unit}PerCpuSecond`]: perSecond(count, cpuSeconds),
  });
}

/** Creates a second in process. */
function creates(): void {
  const { api } = quietCluster();
  writes("creates", "creates", CREATES, watchers(new RestApi(api), "configmaps"), (at) => {
    const metadata = { name: `map-${at}`, namespace: "default" };
    const data = { key: "value" };
    api.create("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata, data } as never);
  });
}

/** Pods as a ReplicaSet makes them, through a cluster's whole admission and validation; then their statuses and labels. */
function pods(): void {
  const { api, store } = quietCluster();
  const audience = watchers(new RestApi(api), "pods");
  const made: Pod[] = [];
  const resources = { requests: { cpu: "100m", memory: "64Mi" } };
  const spec = { containers: [{ name: "main", image: "app:1", resources }] };
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "web" };
  writes("creates", "creates of pods", POD_WRITES, audience, () => {
    const metadata = {
      generateName: "web-",
      namespace: "default",
      labels: { app: "web" },
      ownerReferences: [{ ...owner, controller: true }],
    };
    made.push(api.create<Pod>("Pod", { apiVersion: "v1", kind: "Pod", metadata, spec } as never));
  });
  writes("updates", "updates of statuses", POD_WRITES, audience, (at) => {
    const conditions = [{ type: "Ready", status: "True" }];
    const next = { ...(made[at] as Pod), status: { phase: "Running", conditions } };
    made[at] = api.update<Pod>("Pod", next, { subresource: "status" });
  });
  writes("updates", "updates of labels", POD_WRITES, audience, (at) => {
    const before = made[at] as Pod;
    const metadata = { ...before.metadata, labels: { app: "web", at: `x${at}` } };
    made[at] = api.update<Pod>("Pod", { ...before, metadata });
  });
  assertWork("pods", store.objects("Pod").size, POD_WRITES);
}

/** Lists 5,000 pods as a Table, written as JSON. */
function table(): void {
  const { api } = quietCluster();
  const rest = new RestApi(api);
  for (let index = 0; index < PODS; index++) {
    api.create("Pod", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `pod-${index}`, namespace: "default", labels: { app: "bench" } },
      spec: { containers: [{ name: "main", image: "app:1" }] },
    } as never);
  }
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    const { body } = rest.handle({ method: "GET", path: "/api/v1/pods", accept });
    bytes = JSON.stringify(body).length;
    times.push(performance.now() - started);
    assertWork("rows", (body as { rows: unknown[] }).rows.length, PODS);
  }
  const first = times[0] ?? 0;
  times.sort((a, b) => a - b);
  report({
    bench: "api",
    case: "list of 5,000 pods as a Table",
    pods: PODS,
    bytes,
    firstMilliseconds: Math.round(first),
    medianMilliseconds: Math.round(times[2] ?? 0),
  });
}

function get(agent: Agent, port: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ agent, port, path, host: "127.0.0.1" }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    request.on("error", reject);
    request.end();
  });
}

/** Requests a second over HTTP, client and server in one process. */
async function http(): Promise<void> {
  const cluster = quietCluster();
  const server = await serve({ cluster, pace: "step" });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const { port } = new URL(server.url);
  const path = "/api/v1/namespaces/default/services/kubernetes";
  let left = REQUESTS;
  let answered = 0;
  const worker = async (): Promise<void> => {
    while (left-- > 0) if ((await get(agent, port, path)) === 200) answered++;
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  await server.close();
  assertWork("answers", answered, REQUESTS);
  report({
    bench: "api",
    case: "HTTP requests",
    requests: REQUESTS,
    seconds,
    requestsPerSecond: perSecond(REQUESTS, seconds),
  });
}

/** Measures the API in process and over HTTP. */
export async function run(): Promise<void> {
  creates();
  pods();
  table();
  await http();
}
