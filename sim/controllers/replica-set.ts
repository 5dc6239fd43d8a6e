import type { ReplicaSet } from "../api/types.gen.ts";
import { replicaController } from "./replica-set/controller.ts";

/** Keeps as many pods of one template as a ReplicaSet wants. */
export const replicaSetController = replicaController({
  name: "replicaset-controller",
  kind: "ReplicaSet",
  selectorOf: ({ spec }) => (spec as ReplicaSet["spec"])?.selector,
  tellsTerminating: true,
});
