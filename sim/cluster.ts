import { roleAccess, rolesIn, withStandingRoles } from "./api/access.ts";
import { admissionChain } from "./api/admission/chain.ts";
import { ApiServer } from "./api/api-server.ts";
import { ComponentClient } from "./api/client.ts";
import { ComponentRecorder } from "./api/event-recorder.ts";
import { Heartbeats } from "./api/heartbeats.ts";
import { Informers } from "./api/informer.ts";
import { KindRegistry } from "./api/kinds/kind-registry.ts";
import { kindDescriptors } from "./api/kinds/registry.ts";
import { LeaderElection, type Led } from "./api/leader-election.ts";
import { type Pace, paceOf } from "./api/pace.ts";
import { Store } from "./api/store.ts";
import { ComputedReads } from "./api/virtual.ts";
import { bootstrap } from "./cluster/bootstrap.ts";
import { ledControllers } from "./cluster/led-controllers.ts";
import { type MetricSeries, provideMetrics } from "./cluster/metrics-source.ts";
import { entryOf, makeOwn, type OwnController } from "./controllers/own-controllers.ts";
import { type ControllerEntry, controllers as controllerEntries } from "./controllers/registry.ts";
import { ControllerRunner } from "./controllers/runtime/controller-runner.ts";
import type { ControllerServices } from "./controllers/runtime/services.ts";
import { Engine, type EngineState } from "./engine/engine.ts";
import type { JournalDetail } from "./engine/journal.ts";
import { type Micros, SECOND } from "./engine/time.ts";
import type { LedComponent } from "./faults/fault.ts";
import { FaultRunner } from "./faults/fault-runner.ts";
import { ZONE } from "./network/routing.ts";
import { Traffic } from "./network/traffic.ts";
import type { ImageBehaviour } from "./node/behaviour/image-behaviour.ts";
import { defaultTiming, type NodeTiming } from "./node/behaviour/timing.ts";
import type { NodeTemplate } from "./node/machine/node-template.ts";
import { NodeAgents } from "./node/node-agents.ts";
import { StandInNodes } from "./node/stand-in/stand-in-nodes.ts";
import { Placements } from "./scheduler/placement.ts";
import { makeSchedulingCore } from "./scheduler/registry.ts";
import { Scheduler } from "./scheduler/scheduler.ts";

/** Everything a run depends on beside its inputs. The same configuration gives the same digest. */
export interface ClusterConfig {
  /** Seeds are texts, so that 64 bits survive. */
  readonly seed: string;
  readonly detail?: JournalDetail;
  readonly nodes: readonly NodeTemplate[];
  /** Declared behaviour of applications, by image name. */
  readonly images?: Readonly<Record<string, ImageBehaviour>>;
  readonly timing?: Partial<NodeTiming>;
  readonly pace?: "kubernetes" | "fast" | Partial<Pace>;
  /** A name of the scheduler registry, or a KubeSchedulerConfiguration. */
  readonly scheduler?: string | object;
  /** Add-ons to run and controllers to leave out, by name. */
  readonly controllers?: {
    readonly enable?: readonly string[];
    readonly disable?: readonly string[];
  };
  /** What a metrics adapter reports; there is none when absent. Of simulated traffic it knows the requests per second. */
  readonly metrics?: readonly MetricSeries[];
  /** Replicas of the controller manager and of the scheduler, of which one leads each (1 unless told). */
  readonly controlPlane?: { readonly replicas?: number };
  /** Controllers of the user's own, run in the same runtime; one of a built-in controller's name replaces it. */
  readonly ownControllers?: readonly OwnController[];
  /** `stand-in`: the node agent that the golden timelines were recorded with. */
  readonly nodeAgent?: "kubelet" | "stand-in";
  /** Whether decisions enter the journal with every node's answers. */
  readonly explain?: boolean;
}

/** A cluster at an instant: plain data and immutable objects. A fresh cluster of the same configuration goes on from it. */
export type ClusterCheckpoint = EngineState;

/** A running simulated cluster: the composition of all rooms below. */
export class Cluster {
  readonly config: ClusterConfig;
  readonly pace: Pace;
  readonly engine: Engine;
  readonly store: Store;
  readonly api: ApiServer;
  readonly virtual: ComputedReads;
  readonly nodes: NodeAgents | StandInNodes;
  readonly scheduler: Scheduler;
  readonly controllers: ReadonlyMap<string, ControllerRunner>;
  readonly faults: FaultRunner;
  /** Requests to Services, and what became of them. */
  readonly traffic: Traffic;
  readonly heartbeats: Heartbeats;
  /** Who leads the control plane's components. */
  readonly elections: Readonly<Record<LedComponent, LeaderElection>>;
  readonly #informers = new Map<string, Informers>();

  constructor(config: ClusterConfig) {
    this.config = config;
    this.pace = paceOf(config.pace);
    const engine = new Engine(config.seed, config.detail);
    this.engine = engine;
    this.store = new Store(engine, this.pace.watchHistory);
    this.api = new ApiServer(engine, this.store, new KindRegistry(kindDescriptors), admissionChain);
    engine.register({
      name: "api",
      handle: () => {},
      save: () => ({ store: this.store.save(), api: this.api.save() }),
      load: (state) => {
        const saved = state as { store: ReturnType<Store["save"]>; api: unknown };
        this.store.load(saved.store);
        this.api.load(saved.api);
      },
    });
    this.heartbeats = new Heartbeats();
    const renewals = new Heartbeats();
    this.virtual = new ComputedReads(engine, this.heartbeats, renewals);
    engine.as("api", 0, () => bootstrap(this.api));
    this.nodes = this.#makeNodes();
    this.controllers = this.#makeControllers();
    this.scheduler = this.#makeScheduler();
    for (const kind of this.scheduler.core.brings) this.api.kinds.add(kind);
    this.elections = this.#makeElections(renewals);
    this.faults = new FaultRunner({
      engine,
      api: this.api,
      nodes: this.nodes,
      controllers: {
        crash: (name, restartAfter) => this.#crashController(name, restartAfter),
        crashAfterWrites: (name, writes) => this.controllers.get(name)?.crashAfterWrites(writes),
        names: () => [...this.controllers.keys()],
      },
      leader: (component) => this.elections[component],
      informers: {
        freeze: (component, until) => this.#informers.get(component)?.freeze(until),
        thaw: (component, until) => this.#informers.get(component)?.thaw(until),
      },
    });
    this.scheduler.binder.beforeWrite = () => this.faults.beforeWrite("scheduler");
    this.scheduler.binder.delay = () => this.faults.writeDelay("scheduler");
    this.traffic = new Traffic(
      engine,
      this.informersOf("kube-proxy"),
      this.nodes,
      (node) => this.store.get("Node", node)?.metadata.labels?.[ZONE],
    );
    if (config.metrics !== undefined)
      provideMetrics(this.virtual, {
        series: config.metrics,
        store: this.store,
        traffic: this.traffic,
        now: () => engine.now,
      });
    engine.as("nodes", 0, () => {
      for (const template of config.nodes) this.nodes.addNode(template);
    });
  }

  get now(): Micros {
    return this.engine.now;
  }

  /** Runs everything up to and including a time. */
  runUntil(time: Micros): void {
    this.engine.runUntil(time);
  }

  /**
   * Runs until no object changed for `quiet`, at most until `limit`. Answers when the last change was; the clock is left there
   * plus the quiet time, or at the limit.
   */
  settle(limit: Micros, quiet: Micros = 30 * SECOND): Micros {
    const { engine, store } = this;
    let changed = engine.now;
    let revision = store.revision;
    for (
      let next = engine.nextTime();
      next !== undefined && next <= limit;
      next = engine.nextTime()
    ) {
      if (next > changed + quiet) break;
      engine.step();
      if (store.revision === revision) continue;
      revision = store.revision;
      changed = engine.now;
    }
    engine.runUntil(Math.min(limit, changed + quiet));
    return changed;
  }

  save(): ClusterCheckpoint {
    return this.engine.save();
  }

  /** Goes on from a checkpoint of a cluster with the same configuration. */
  load(checkpoint: ClusterCheckpoint): void {
    this.engine.load(checkpoint);
  }

  /** The informers of a component; made when first asked for. */
  informersOf(component: string): Informers {
    const known = this.#informers.get(component);
    if (known !== undefined) return known;
    const informers = new Informers(component, this.engine, this.store, this.pace.watchLag);
    this.#informers.set(component, informers);
    return informers;
  }

  #recorder(component: string): ComponentRecorder {
    return new ComponentRecorder(component, this.engine, this.api, this.pace.eventObjects);
  }

  #makeNodes(): NodeAgents | StandInNodes {
    const { engine, api, heartbeats, virtual, pace } = this;
    const parts = {
      engine,
      api,
      heartbeats,
      virtual,
      pace,
      informers: this.informersOf("kubelets"),
      recorderFor: (component: string) => this.#recorder(component),
      timing: { ...defaultTiming, ...this.config.timing },
      images: this.config.images ?? {},
    };
    return this.config.nodeAgent === "stand-in" ? new StandInNodes(parts) : new NodeAgents(parts);
  }

  #makeControllers(): ReadonlyMap<string, ControllerRunner> {
    const services: ControllerServices = {
      heartbeats: this.heartbeats,
      virtual: this.virtual,
      kinds: this.api.kinds,
      machines: {
        add: (machine) => void this.nodes.addNode(machine),
        remove: (name) => this.nodes.removeNode(name),
      },
      placement: new Placements(this.store),
      access: roleAccess(withStandingRoles(rolesIn(this.store))),
    };
    const informers = this.informersOf("controller-manager");
    const runners = new Map<string, ControllerRunner>();
    const own = (this.config.ownControllers ?? []).map(entryOf);
    const replaced = new Set(own.map(({ name }) => name));
    const builtIn = controllerEntries.filter(({ name }) => !replaced.has(name));
    for (const entry of [...builtIn, ...own]) {
      if (!isWanted(entry, this.config)) continue;
      if (runners.has(entry.name)) throw new RangeError(`two controllers are named ${entry.name}`);
      const client = new ComponentClient(
        entry.name,
        this.engine,
        this.api,
        informers,
        this.pace.controllerLimit,
      );
      client.beforeWrite = () => this.faults.beforeWrite(entry.name);
      client.delay = () => this.faults.writeDelay(entry.name);
      const controller = own.includes(entry) ? makeOwn(entry, services) : entry.make(services);
      const recorder = this.#recorder(controller.eventSource ?? entry.name);
      recorder.onWrite = () => client.spend();
      const runner = new ControllerRunner(
        controller,
        this.engine,
        informers,
        client,
        recorder,
        this.pace.apiLatency,
      );
      runners.set(entry.name, runner);
    }
    return runners;
  }

  /** Elects the first leaders. Renewals are part of a checkpoint through an actor of their own. */
  #makeElections(renewals: Heartbeats): Readonly<Record<LedComponent, LeaderElection>> {
    const { engine, api, scheduler } = this;
    const replicas = this.config.controlPlane?.replicas ?? 1;
    engine.register({
      name: "leases",
      handle: () => {},
      save: () => renewals.save(),
      load: (state) => renewals.load(state),
    });
    const elect = (component: string, led: Led, recorder = this.#recorder(component)) =>
      new LeaderElection(component, replicas, led, { engine, api, recorder, renewals });
    const informers = this.informersOf("controller-manager");
    return {
      "controller-manager": elect(
        "kube-controller-manager",
        ledControllers(engine, api, informers, this.controllers),
      ),
      scheduler: elect("kube-scheduler", {
        stop: () => void scheduler.stop(),
        start: () => scheduler.start(),
        suspend: () => scheduler.stop(),
        resume: () => scheduler.start(),
        straggle: (unsent) => {
          engine.as(scheduler.name, engine.journal.cause, () => {
            for (const { pod, node } of unsent as ReturnType<Scheduler["stop"]>)
              scheduler.binder.straggle(pod, node, scheduler.core);
          });
        },
      }),
    };
  }

  /** A controller that falls while nobody leads starts with the next leader. */
  #crashController(name: string, restartAfter: Micros | undefined): void {
    const led = this.elections["controller-manager"].leader !== undefined;
    this.controllers.get(name)?.crash(led ? restartAfter : undefined);
  }

  #makeScheduler(): Scheduler {
    return new Scheduler(
      this.engine,
      this.api,
      this.informersOf("scheduler"),
      this.#recorder("default-scheduler"),
      this.pace,
      (random) => makeSchedulingCore(this.config.scheduler, random),
      this.config.explain ?? this.config.detail !== "digest",
    );
  }
}

function isWanted(entry: ControllerEntry, { controllers }: ClusterConfig): boolean {
  if (controllers?.disable?.includes(entry.name) === true) return false;
  return entry.default || controllers?.enable?.includes(entry.name) === true;
}

/** Makes a cluster at virtual time zero. */
export function createCluster(config: ClusterConfig): Cluster {
  return new Cluster(config);
}
