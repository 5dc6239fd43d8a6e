import { RestApi, type RestOptions } from "../api/rest/rest-api.ts";
import type { Cluster } from "../cluster.ts";
import { adapterMetrics } from "./metrics-source.ts";

/** The REST API of a running cluster: with its computed reads, its containers' logs and its declared troubles. */
export function restOf(cluster: Cluster, options: RestOptions = {}): RestApi {
  const { api, config, virtual, nodes, faults } = cluster;
  return new RestApi(api, {
    virtual,
    metrics: virtual.has("PodMetrics"),
    ...(config.metrics === undefined ? {} : { adapter: adapterMetrics(config.metrics) }),
    // Reads pass: a live session does not record them, so they must draw nothing.
    before: ({ method }) => {
      if (method !== "GET" && method !== "HEAD") faults.beforeWrite("client");
    },
    logs: (pod, container, wanted) => nodes.readLog(pod, container, wanted),
    ...("execute" in nodes
      ? { execute: (pod, container, argv) => nodes.execute(pod, container, argv) }
      : {}),
    ...options,
  });
}
