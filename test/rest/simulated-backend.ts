import { admissionChain } from "../../sim/api/admission/chain.ts";
import { ApiServer } from "../../sim/api/api-server.ts";
import { KindRegistry } from "../../sim/api/kinds/kind-registry.ts";
import { kindDescriptors } from "../../sim/api/kinds/registry.ts";
import { RestApi } from "../../sim/api/rest/rest-api.ts";
import { Store } from "../../sim/api/store.ts";
import { bootstrap } from "../../sim/cluster/bootstrap.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND } from "../../sim/engine/time.ts";
import type { Backend } from "./backend.ts";

/** The API over an empty cluster. */
export function simulatedBackend(): Backend {
  const engine = new Engine("golden", "digest");
  const store = new Store(engine, 300 * SECOND);
  const api = new ApiServer(engine, store, new KindRegistry(kindDescriptors), admissionChain);
  engine.as("api", 0, () => bootstrap(api));
  const rest = new RestApi(api);
  return {
    handle: (request) => rest.handle(request),
    settle: () => {
      engine.runUntil(engine.now + 30 * SECOND);
      for (const ns of store.objects("Namespace").values()) {
        const name = ns.metadata.name;
        if (store.get("ServiceAccount", `${name}/default`) === undefined)
          try {
            api.create("ServiceAccount", {
              apiVersion: "v1",
              kind: "ServiceAccount",
              metadata: { name: "default", namespace: name },
            });
          } catch {}
      }
    },
  };
}
