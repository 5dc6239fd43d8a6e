import { deploymentController } from "./deployment.ts";
import { endpointSliceController } from "./endpoint-slice.ts";
import { endpointsController } from "./endpoints.ts";
import { garbageCollector } from "./garbage-collector.ts";
import { nodeLifecycle } from "./node-lifecycle.ts";
import { podGarbageCollector } from "./pod-gc.ts";
import { replicaSetController } from "./replica-set.ts";
import { replicationController } from "./replication-controller.ts";
import type { Controller } from "./runtime/controller.ts";
import type { ControllerServices } from "./runtime/services.ts";
import { taintEviction } from "./taint-eviction.ts";

/** How a controller is made. */
export interface ControllerEntry {
  /** As the controller has it. */
  readonly name: string;
  /** Whether it runs unless it is disabled; otherwise it is an add-on to be enabled by name. */
  readonly default: boolean;
  make(services: ControllerServices): Controller;
}

/** Every controller, in the order in which they start. */
export const controllers: readonly ControllerEntry[] = [
  { name: "garbage-collector-controller", default: true, make: garbageCollector },
  { name: "node-lifecycle-controller", default: true, make: nodeLifecycle },
  { name: "taint-eviction-controller", default: true, make: taintEviction },
  { name: "pod-garbage-collector-controller", default: true, make: podGarbageCollector },
  { name: "deployment-controller", default: true, make: () => deploymentController },
  { name: "replicaset-controller", default: true, make: () => replicaSetController },
  { name: "replicationcontroller-controller", default: true, make: () => replicationController },
  { name: "endpointslice-controller", default: true, make: () => endpointSliceController },
  { name: "endpoints-controller", default: true, make: () => endpointsController },
];
