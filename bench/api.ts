import { Agent, request as httpRequest } from "node:http";
import { serve } from "../server/main.ts";
import { RestApi } from "../sim/api/rest/rest-api.ts";
import type { Watch } from "../sim/api/rest/watch.ts";
import { createCluster } from "../sim/cluster.ts";
import { assertWork, perSecond, report } from "./report.ts";

const WATCHERS = 50;
const CREATES = 100_000;
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

/** Creates a second in process, each heard by 50 watchers. */
function creates(): void {
  const { api } = quietCluster();
  const rest = new RestApi(api);
  const watches: Watch[] = [];
  for (let index = 0; index < WATCHERS; index++) {
    const path = "/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=0";
    const { watch } = rest.handle({ method: "GET", path });
    if (watch !== undefined) watches.push(watch);
  }
  assertWork("watches", watches.length, WATCHERS);
  let heard = 0;
  const pull = (): void => {
    for (const watch of watches) heard += watch.pull(0).length;
  };
  pull();
  heard = 0;
  const started = performance.now();
  const cpu = process.cpuUsage();
  for (let index = 0; index < CREATES; index++) {
    const metadata = { name: `map-${index}`, namespace: "default" };
    const data = { key: "value" };
    api.create("ConfigMap", { apiVersion: "v1", kind: "ConfigMap", metadata, data } as never);
    if (index % 1000 === 999) pull();
  }
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  assertWork("frames", heard, CREATES * WATCHERS);
  report({
    bench: "api",
    case: `creates with ${WATCHERS} watchers`,
    creates: CREATES,
    heard,
    seconds,
    createsPerSecond: perSecond(CREATES, seconds),
    createsPerCpuSecond: perSecond(CREATES, cpuSeconds),
  });
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
  table();
  await http();
}
