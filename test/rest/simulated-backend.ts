import { RestApi } from "../../sim/api/rest/rest-api.ts";
import { createCluster } from "../../sim/cluster.ts";
import { MINUTE, SECOND } from "../../sim/engine/time.ts";
import type { Backend } from "./backend.ts";

/** The API over an empty cluster; between requests it runs until it is quiet, as `serve --pace settle` does. */
export function simulatedBackend(): Backend {
  const cluster = createCluster({ seed: "golden", detail: "digest", nodes: [{ count: 3 }] });
  const rest = new RestApi(cluster.api, { virtual: cluster.virtual });
  const settle = (): void => {
    cluster.settle(cluster.now + 10 * MINUTE, 15 * SECOND);
  };
  settle();
  return { handle: (request) => rest.handle(request), settle };
}
