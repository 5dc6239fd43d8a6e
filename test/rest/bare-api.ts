import { admissionChain } from "../../sim/api/admission/chain.ts";
import { ApiServer } from "../../sim/api/api-server.ts";
import { KindRegistry } from "../../sim/api/kinds/kind-registry.ts";
import { kindDescriptors } from "../../sim/api/kinds/registry.ts";
import { RestApi } from "../../sim/api/rest/rest-api.ts";
import { Store } from "../../sim/api/store.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { HOUR } from "../../sim/engine/time.ts";

/** An API server with nobody behind it: no controllers, no nodes, one namespace. It remembers changes for a while. */
export function bareApi(seed = "bare", history = HOUR) {
  const engine = new Engine(seed, "digest");
  const store = new Store(engine, history);
  const api = new ApiServer(engine, store, new KindRegistry(kindDescriptors), admissionChain);
  const rest = new RestApi(api);
  api.create("Namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  return { engine, store, api, rest };
}

export type BareApi = ReturnType<typeof bareApi>;

/** Makes a request with a JSON body. */
export function request(
  { rest }: Pick<BareApi, "rest">,
  method: string,
  path: string,
  body?: unknown,
  contentType = "application/json",
) {
  return rest.handle({
    method,
    path,
    contentType,
    userAgent: "test/1",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
