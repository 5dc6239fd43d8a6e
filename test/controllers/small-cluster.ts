import { ApiServer } from "../../sim/api/api-server.ts";
import { ComponentClient } from "../../sim/api/client.ts";
import { ComponentRecorder } from "../../sim/api/event-recorder.ts";
import { Informers } from "../../sim/api/informer.ts";
import { KindRegistry } from "../../sim/api/kinds/kind-registry.ts";
import { kindDescriptors } from "../../sim/api/kinds/registry.ts";
import { timestamp } from "../../sim/api/meta/time.ts";
import { keyOf, makeKey } from "../../sim/api/object.ts";
import type { RateLimit } from "../../sim/api/rate-limiter.ts";
import { Store } from "../../sim/api/store.ts";
import type { Node, Pod } from "../../sim/api/types.gen.ts";
import type { Controller } from "../../sim/controllers/runtime/controller.ts";
import { ControllerRunner } from "../../sim/controllers/runtime/controller-runner.ts";
import { type Actor, Engine } from "../../sim/engine/engine.ts";
import { MILLISECOND, MINUTE, type Micros, SECOND } from "../../sim/engine/time.ts";

type StarterEvent = { readonly type: "start" | "ready" | "end" | "stop"; readonly key: string };

/** What pods do in a small cluster: all start, become ready and stop after fixed times unless told otherwise. */
export interface PodBehaviour {
  readonly startDelay?: Micros;
  readonly readyDelay?: Micros | undefined;
  readonly stopDelay?: Micros;
  /** How long it works before it ends, and how; it never ends when absent. */
  readonly works?: { readonly for: Micros; readonly exitCode: number };
}

/** Binds, starts and stops pods without scheduler or kubelet. */
class PodStarter implements Actor<StarterEvent> {
  readonly name = "pod-starter";
  behave: (pod: Pod) => PodBehaviour = () => ({});
  readonly #engine: Engine;
  readonly #api: ApiServer;
  readonly #nodes: () => readonly string[];
  #bound = 0;

  constructor(
    engine: Engine,
    api: ApiServer,
    informers: Informers,
    nodes: () => readonly string[],
  ) {
    this.#engine = engine;
    this.#api = api;
    this.#nodes = nodes;
    engine.register(this);
    informers.on("Pod", (change) => {
      const pod = change.after as Pod;
      if (change.type === "ADDED")
        engine.after(MILLISECOND, this.name, { type: "start", key: change.key });
      const { stopDelay = SECOND } = this.behave(pod);
      if (
        change.type === "MODIFIED" &&
        pod.metadata.deletionTimestamp !== undefined &&
        (change.before as Pod).metadata.deletionTimestamp === undefined
      )
        engine.after(stopDelay, this.name, { type: "stop", key: change.key });
    });
  }

  handle({ type, key }: StarterEvent): void {
    const pod = this.#api.store.get("Pod", key) as Pod | undefined;
    if (pod === undefined) return;
    if (type === "stop") {
      this.#api.delete("Pod", key, { gracePeriodSeconds: 0 });
      return;
    }
    const { startDelay = 400 * MILLISECOND, readyDelay = SECOND } = this.behave(pod);
    const delay = type === "start" ? startDelay + (readyDelay ?? 0) : 0;
    if (type === "start") {
      const nodes = this.#nodes();
      const pin = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
      const pinned = pin?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
      const nodeName = pod.spec.nodeName ?? pinned ?? nodes[this.#bound++ % nodes.length];
      if (nodeName !== undefined)
        this.#api.replace("Pod", { ...pod, spec: { ...pod.spec, nodeName } });
      if (readyDelay !== undefined) this.#engine.after(delay, this.name, { type: "ready", key });
      return;
    }
    const at = timestamp(this.#engine.now);
    const { works } = this.behave(pod);
    if (type === "end") {
      this.#end(pod, works?.exitCode ?? 0);
      return;
    }
    if (works !== undefined) this.#engine.after(works.for, this.name, { type: "end", key });
    this.#api.replace<Pod>("Pod", {
      ...pod,
      status: {
        ...pod.status,
        phase: "Running",
        podIP: "10.0.0.1",
        conditions: [{ type: "Ready", status: "True", lastTransitionTime: at }],
      },
    });
  }

  #end(pod: Pod, exitCode: number): void {
    const terminated = { exitCode, finishedAt: timestamp(this.#engine.now) };
    this.#api.replace<Pod>("Pod", {
      ...pod,
      status: {
        ...pod.status,
        phase: exitCode === 0 ? "Succeeded" : "Failed",
        conditions: [],
        containerStatuses: [{ name: "main", restartCount: 0, state: { terminated } }],
      } as never,
    });
  }

  save(): unknown {
    return this.#bound;
  }

  load(state: unknown): void {
    this.#bound = state as number;
  }
}

/** Engine, store, API, controllers and pods that just start: enough to see a workload controller work. */
export class SmallCluster {
  readonly engine: Engine;
  readonly store: Store;
  readonly api: ApiServer;
  readonly runners = new Map<string, ControllerRunner>();
  readonly pods: PodStarter;
  readonly informers: Informers;

  constructor(
    controllers: readonly Controller[],
    { nodes = 3, limit, seed = "1" }: { nodes?: number; limit?: RateLimit; seed?: string } = {},
  ) {
    this.engine = new Engine(seed);
    this.store = new Store(this.engine, 5 * MINUTE);
    this.api = new ApiServer(this.engine, this.store, new KindRegistry(kindDescriptors), []);
    const informers = new Informers("controllers", this.engine, this.store, 2 * MILLISECOND);
    this.informers = informers;
    const names = Array.from({ length: nodes }, (_, at) => `node-${at}`);
    this.pods = new PodStarter(
      this.engine,
      this.api,
      new Informers("nodes", this.engine, this.store, 0),
      () => names,
    );
    for (const name of names)
      this.api.create<Node>("Node", {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name },
        spec: {},
      });
    for (const controller of controllers) {
      const client = new ComponentClient(controller.name, this.engine, this.api, informers, limit);
      const recorder = new ComponentRecorder(
        controller.eventSource ?? controller.name,
        this.engine,
        this.api,
        true,
      );
      this.runners.set(
        controller.name,
        new ControllerRunner(controller, this.engine, informers, client, recorder, 3 * MILLISECOND),
      );
    }
  }

  /** Runs this many seconds on. */
  run(seconds: number): void {
    this.engine.runUntil(this.engine.now + seconds * SECOND);
  }

  objects<T>(kind: string): T[] {
    return [...this.store.objects(kind).values()] as T[];
  }

  get<T>(kind: string, name: string, namespace = "default"): T {
    return this.store.get(kind, makeKey(namespace, name)) as T;
  }

  /** Changes an object as a client does. */
  change<T>(kind: string, name: string, by: (object: T) => T, namespace = "default"): void {
    this.engine.as("test", 0, () => {
      const next = by(this.get<T>(kind, name, namespace));
      this.api.update(kind, next as never);
    });
  }

  create(object: unknown): void {
    const { kind } = object as { kind: string };
    this.engine.as("test", 0, () => this.api.create(kind, object as never));
  }

  /** Messages of the events about an object, oldest first, each with its count. */
  events(kind: string, name: string): string[] {
    return this.objects<any>("Event")
      .filter(({ involvedObject: about }) => about.kind === kind && about.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  keys(kind: string): string[] {
    return this.objects<any>(kind).map(keyOf);
  }
}
