import { roleAccess, rolesIn, withStandingRoles } from "../../sim/api/access.ts";
import { ApiServer } from "../../sim/api/api-server.ts";
import { ComponentClient } from "../../sim/api/client.ts";
import { ComponentRecorder } from "../../sim/api/event-recorder.ts";
import { Heartbeats } from "../../sim/api/heartbeats.ts";
import { Informers } from "../../sim/api/informer.ts";
import { KindRegistry } from "../../sim/api/kinds/kind-registry.ts";
import { kindDescriptors } from "../../sim/api/kinds/registry.ts";
import { Store } from "../../sim/api/store.ts";
import type { Event, Node, Pod } from "../../sim/api/types.gen.ts";
import { ComputedReads } from "../../sim/api/virtual.ts";
import type { Controller } from "../../sim/controllers/runtime/controller.ts";
import { ControllerRunner } from "../../sim/controllers/runtime/controller-runner.ts";
import type { ControllerServices } from "../../sim/controllers/runtime/services.ts";
import { Engine } from "../../sim/engine/engine.ts";
import type { ChangeEntry } from "../../sim/engine/journal.ts";
import { MILLISECOND, type Micros, SECOND } from "../../sim/engine/time.ts";

type Make = (services: ControllerServices) => Controller;

/** An API server and some controllers, without nodes and scheduler: what one controller does is seen alone. */
export class ControlPlane {
  readonly engine = new Engine("test", "full");
  readonly store = new Store(this.engine, 300 * SECOND);
  readonly api = new ApiServer(this.engine, this.store, new KindRegistry(kindDescriptors), []);
  readonly heartbeats = new Heartbeats();
  readonly virtual = new ComputedReads(this.engine, this.heartbeats);
  readonly informers = new Informers("controllers", this.engine, this.store, MILLISECOND);
  readonly runners = new Map<string, ControllerRunner>();

  constructor(...makers: readonly Make[]) {
    const { engine, api, informers } = this;
    const services = {
      heartbeats: this.heartbeats,
      virtual: this.virtual,
      kinds: api.kinds,
      machines: { add: () => {}, remove: () => {} },
      placement: { feasible: () => [], reasons: () => [] },
      access: roleAccess(withStandingRoles(rolesIn(this.store))),
    };
    for (const make of makers) {
      const controller = make(services);
      const { name, eventSource = name } = controller;
      const client = new ComponentClient(name, engine, api, informers);
      const recorder = new ComponentRecorder(eventSource, engine, api, true);
      const runner = new ControllerRunner(controller, engine, informers, client, recorder, 0);
      this.runners.set(name, runner);
    }
  }

  /** Runs until a time in seconds. */
  at(seconds: number): this {
    this.engine.runUntil(Math.round(seconds * SECOND));
    return this;
  }

  get now(): Micros {
    return this.engine.now;
  }

  create(kind: string, object: object): any {
    return this.api.create(kind, { apiVersion: "", kind, ...object } as never);
  }

  get(kind: string, key: string): any {
    return this.store.get(kind, key);
  }

  list(kind: string): any[] {
    return [...this.store.objects(kind).values()];
  }

  /** Changes an object by a function, through the door of spec or status. */
  edit(kind: string, key: string, change: (object: any) => any, subresource?: string): any {
    const next = change(this.store.get(kind, key));
    return this.api.update(kind, next, subresource === undefined ? {} : { subresource });
  }

  /** `reason message` of every EventRecord, in order. */
  events(): string[] {
    return this.list("Event").map(({ reason, message }: Event) => `${reason} ${message}`);
  }

  /** `seconds kind/key verb` of every change of the kinds named. */
  changes(...kinds: readonly string[]): string[] {
    return this.engine.journal.entries
      .filter((entry): entry is ChangeEntry => entry.kind === "change")
      .filter(({ collection }) => kinds.includes(collection))
      .map(({ time, collection, key, before, after }) => {
        const verb = before === undefined ? "added" : after === undefined ? "deleted" : "modified";
        return `${Math.floor(time / SECOND)} ${collection}/${key} ${verb}`;
      });
  }
}

/** A ready node of a zone. */
export function readyNode(name: string, zone?: string): Partial<Node> {
  return {
    metadata: {
      name,
      labels: zone === undefined ? {} : { "topology.kubernetes.io/zone": zone },
    } as never,
    spec: {},
  };
}

/** A pod on a node (none: pending). */
export function podOn(name: string, node?: string, more: object = {}): Partial<Pod> {
  return {
    metadata: { name, namespace: "default" } as never,
    spec: {
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: "main", image: "web:1" }],
      ...more,
    } as never,
  };
}

/** Sets a node's Ready condition as its agent would. */
export function postReady(plane: ControlPlane, name: string, status = "True"): void {
  plane.edit(
    "Node",
    name,
    (node) => ({
      ...node,
      status: {
        ...node.status,
        conditions: [
          { type: "MemoryPressure", status: "False" },
          { type: "DiskPressure", status: "False" },
          { type: "PIDPressure", status: "False" },
          { type: "Ready", status, reason: "KubeletReady", lastHeartbeatTime: String(plane.now) },
        ],
      },
    }),
    "status",
  );
}

/** Sets a pod's phase, and its Ready condition. */
export function postPod(plane: ControlPlane, key: string, phase: string, ready = "True"): void {
  plane.edit(
    "Pod",
    key,
    (pod) => ({
      ...pod,
      status: { ...pod.status, phase, conditions: [{ type: "Ready", status: ready }] },
    }),
    "status",
  );
}
