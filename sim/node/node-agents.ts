import type { ApiServer } from "../api/api-server.ts";
import type { ComponentRecorder } from "../api/event-recorder.ts";
import { Heartbeats } from "../api/heartbeats.ts";
import type { Informers } from "../api/informer.ts";
import { keyOf } from "../api/object.ts";
import type { Pace } from "../api/pace.ts";
import type { LogOptions } from "../api/rest/doors/pod-doors.ts";
import type { ExecOutcome } from "../api/rest/streams.ts";
import type { Change } from "../api/store.ts";
import type { Pod } from "../api/types.gen.ts";
import type { ComputedReads } from "../api/virtual.ts";
import type { Engine } from "../engine/engine.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { Behaviours } from "./behaviour/behaviours.ts";
import type { ImageBehaviour } from "./behaviour/image-behaviour.ts";
import { defaultTiming, type NodeTiming } from "./behaviour/timing.ts";
import { commandOutcome } from "./commands.ts";
import { Kubelet } from "./kubelet.ts";
import type { KubeletServices } from "./kubelet-state.ts";
import { logText } from "./logs.ts";
import { blocksFor, nodeAddress, PodAddresses } from "./machine/addresses.ts";
import { registerNode } from "./machine/node-registration.ts";
import type { PressureType } from "./machine/node-status.ts";
import { expandTemplate, type NodeSpecimen, type NodeTemplate } from "./machine/node-template.ts";
import { provideMetrics } from "./node-metrics.ts";
import type { NodeRuntime } from "./node-runtime.ts";
import { crash, heal, partition, pause, recover, resume } from "./outage.ts";
import { failProbes, mendProbes } from "./pod/failing-probes.ts";
import type { PodRun, ProbeKind } from "./pod/pod-run.ts";
import { PodLoads } from "./pod-loads.ts";
import { PodPlaces } from "./pod-places.ts";
import { killProcess } from "./process-kill.ts";
import { type BrokenPull, imageNotFound, registryUnreachable } from "./pull-errors.ts";
import { References } from "./references.ts";
import { answeringOf, type PodAnswering } from "./serving.ts";

/** What the node agents of a cluster are built with. */
export interface NodeAgentsConfig {
  readonly engine: Engine;
  readonly api: ApiServer;
  /** Informers of their own: followed for Pods. */
  readonly informers: Informers;
  readonly recorderFor: (component: string) => ComponentRecorder;
  readonly heartbeats?: Heartbeats;
  readonly timing?: Partial<NodeTiming>;
  readonly images?: Readonly<Record<string, ImageBehaviour>>;
  readonly pace?: Pace;
  /** Where usage is served as PodMetrics and NodeMetrics. */
  readonly virtual?: ComputedReads;
}

/** How often a Lease is renewed, and an unchanged status reported (kubelet defaults). */
const LEASE_PERIOD: Micros = 10 * SECOND;
const STATUS_PERIOD: Micros = 300 * SECOND;

interface AgentsState {
  readonly nodes: readonly (readonly [
    name: string,
    index: number,
    block: number,
    blocks: number,
  ])[];
  readonly registered: number;
  readonly blocks: number;
  readonly heartbeats: unknown;
  readonly loads: unknown;
  readonly recorder: unknown;
  readonly brokenPulls: readonly BrokenPull[];
}

interface Place {
  readonly kubelet: Kubelet;
  readonly index: number;
  readonly block: number;
  readonly blocks: number;
}

/** All nodes of a cluster with their kubelets: registers nodes, routes pods to them, and is the door for faults. */
export class NodeAgents implements NodeRuntime {
  readonly name = "kubelets";
  readonly heartbeats: Heartbeats;
  readonly behaviours: Behaviours;
  /** CPU that traffic costs the pods. */
  readonly loads = new PodLoads();
  readonly #config: NodeAgentsConfig;
  readonly #places = new Map<string, Place>();
  readonly #recorder: ComponentRecorder;
  readonly #services: KubeletServices;
  readonly #listeners: ((podKey: string) => void)[] = [];
  #registered = 0;
  #blocks = 0;
  #brokenPulls: readonly BrokenPull[] = [];

  constructor(config: NodeAgentsConfig) {
    const { engine, api } = config;
    this.#config = config;
    this.heartbeats = config.heartbeats ?? new Heartbeats();
    this.behaviours = new Behaviours(config.images);
    this.#recorder = config.recorderFor("kubelet");
    this.#services = {
      engine,
      api,
      recorder: this.#recorder,
      behaviours: this.behaviours,
      timing: { ...defaultTiming, ...config.timing },
      references: new References(api.store),
      places: new PodPlaces(),
      pullError: (node, image) => this.#pullError(node, image),
      processChanged: (podKey) => {
        for (const listener of this.#listeners) listener(podKey);
      },
    };
    engine.register(this);
    config.informers.on("Pod", (change) => this.#podChanged(change));
    for (const kind of ["ConfigMap", "Secret", "PersistentVolumeClaim"])
      config.informers.on(kind, (change) => this.#referenceChanged(change));
    if (config.virtual !== undefined) this.provideMetrics(config.virtual);
  }

  /** The kubelet of a node, or `undefined`. */
  kubelet(node: string): Kubelet | undefined {
    return this.#places.get(node)?.kubelet;
  }

  nodeNames(): readonly string[] {
    return [...this.#places.keys()];
  }

  /** Serves PodMetrics and NodeMetrics from what runs here. */
  provideMetrics(reads: ComputedReads): void {
    const { engine, api } = this.#config;
    const kubelet = (node: string): Kubelet | undefined => this.kubelet(node);
    provideMetrics(reads, { engine, store: api.store, kubelet, loads: this.loads });
  }

  addNode(template: NodeTemplate, first?: number): readonly string[] {
    const specimens = expandTemplate(template, (name) => this.#places.has(name), first);
    for (const specimen of specimens) this.register(specimen);
    return specimens.map(({ name }) => name);
  }

  /** Starts a machine with its kubelet, which registers Node, Lease and CSINode. */
  register(specimen: NodeSpecimen): Kubelet {
    const { engine, api } = this.#config;
    const { name } = specimen;
    const blocks = blocksFor(Number(specimen.allocatable["pods"] ?? 110));
    const kubelet = this.#place(name, this.#registered, this.#blocks, blocks);
    this.#registered++;
    if (engine.now > 0) kubelet.restartedAt = engine.now;
    for (const image of specimen.images) kubelet.images.add(image.name, image.size);
    engine.as(kubelet.name, engine.journal.cause, () => {
      const node = registerNode(api, specimen, {
        address: kubelet.address,
        podCIDR: kubelet.addresses.cidr,
        images: kubelet.images.present(engine.now),
        csiNode: true,
      });
      this.#recorder.event(node, "Normal", "Starting", "Starting kubelet.", { host: name });
      // Pods may have been bound to its name before: to a machine that had it, or by their maker.
      kubelet.relist();
    });
    this.heartbeats.begin(name, engine.now, LEASE_PERIOD, STATUS_PERIOD);
    return kubelet;
  }

  removeNode(node: string): void {
    const place = this.#places.get(node);
    if (place === undefined) return;
    const { api, engine } = this.#config;
    for (const run of place.kubelet.pods.values()) {
      place.kubelet.unschedule(run);
      this.#services.places.remove(run);
    }
    this.#places.delete(node);
    engine.unregister(place.kubelet.name);
    this.heartbeats.forget(node);
    if (api.store.get("Node", node) !== undefined) api.delete("Node", node);
  }

  crash(node: string): void {
    this.#interrupt(node, crash);
  }

  recover(node: string): void {
    this.#restore(node, recover);
  }

  pause(node: string): void {
    this.#interrupt(node, pause);
  }

  resume(node: string): void {
    this.#restore(node, resume);
  }

  partition(node: string): void {
    this.#interrupt(node, partition);
  }

  heal(node: string): void {
    this.#restore(node, heal);
  }

  killContainer(podKey: string, container?: string, exitCode = 137, reason = "Error"): boolean {
    const found = this.#find(podKey);
    if (found === undefined) return false;
    return this.#as(found.kubelet, () =>
      killProcess(found.kubelet, found.run, container, exitCode, reason),
    );
  }

  breakPulls(image: string, node?: string): void {
    this.#brokenPulls = [...this.#brokenPulls, { image, node }];
  }

  mendPulls(image: string, node?: string): void {
    const at = this.#brokenPulls.findIndex((pull) => pull.image === image && pull.node === node);
    this.#brokenPulls = this.#brokenPulls.filter((_, index) => index !== at);
  }

  failProbes(podKey: string, kind: ProbeKind, container?: string): void {
    this.#changeProbes(podKey, (run, now) => failProbes(run, { kind, container }, now));
  }

  mendProbes(podKey: string, kind: ProbeKind, container?: string): void {
    this.#changeProbes(podKey, (run, now) => mendProbes(run, { kind, container }, now));
  }

  press(node: string, type: PressureType, takenBytes = 0): void {
    this.kubelet(node)?.pressure.declare({ type, taken: takenBytes });
  }

  relieve(node: string, type: PressureType, takenBytes = 0): void {
    this.kubelet(node)?.pressure.retract({ type, taken: takenBytes });
  }

  readLog(pod: Pod, container: string, options: LogOptions): string {
    const found = this.#find(keyOf(pod));
    if (found === undefined) return "";
    return logText(found.run, container, options, this.behaviours, this.#config.engine.now);
  }

  execute(pod: Pod, container: string, argv: readonly string[]): ExecOutcome {
    const spec = pod.spec?.containers.find(({ name }) => name === container);
    const behaviour = this.behaviours.of(pod, container, spec?.image ?? "");
    return commandOutcome(pod, spec, argv, behaviour);
  }

  /** How a pod answers requests now; `undefined` when nothing of that key runs. */
  answering(podKey: string): PodAnswering | undefined {
    const found = this.#find(podKey);
    return found === undefined ? undefined : answeringOf(found.kubelet, found.run);
  }

  /** CPU that requests cost a pod from now on, in millicores. */
  setLoad(podKey: string, milliCpu: number): void {
    this.loads.set(podKey, milliCpu, this.#config.engine.now);
  }

  /** Tells of every process that starts, ends or begins to stop. To be set up before the run. */
  onProcessChange(listener: (podKey: string) => void): void {
    this.#listeners.push(listener);
  }

  save(): AgentsState {
    return {
      nodes: [...this.#places].map(([name, { index, block, blocks }]) => [
        name,
        index,
        block,
        blocks,
      ]),
      registered: this.#registered,
      blocks: this.#blocks,
      heartbeats: this.heartbeats.save(),
      loads: this.loads.save(),
      recorder: this.#recorder.save(),
      brokenPulls: this.#brokenPulls,
    };
  }

  /** Takes a saved state over; kubelets that the run lacks are made, so that the engine can load them next. */
  load(state: unknown): void {
    const saved = state as AgentsState;
    for (const { kubelet } of this.#places.values()) this.#config.engine.unregister(kubelet.name);
    this.#places.clear();
    this.#services.places.clear();
    for (const [name, index, block, blocks] of saved.nodes) this.#place(name, index, block, blocks);
    this.#registered = saved.registered;
    this.#blocks = saved.blocks;
    this.heartbeats.load(saved.heartbeats);
    this.loads.load(saved.loads);
    this.#recorder.load(saved.recorder);
    this.#brokenPulls = saved.brokenPulls;
  }

  handle(): void {
    // Nothing is addressed to all kubelets at once: each has its own events.
  }

  #place(name: string, index: number, block: number, blocks: number): Kubelet {
    if (this.#places.has(name)) throw new Error(`node ${name} exists`);
    const addresses = new PodAddresses(block, blocks);
    const kubelet = new Kubelet(name, nodeAddress(index), addresses, this.#services);
    this.#places.set(name, { kubelet, index, block, blocks });
    this.#blocks = Math.max(this.#blocks, block + blocks);
    this.#config.engine.register(kubelet);
    return kubelet;
  }

  #find(podKey: string): { readonly kubelet: Kubelet; readonly run: PodRun } | undefined {
    const pod = this.#config.api.store.get("Pod", podKey) as Pod | undefined;
    const kubelet = pod?.spec?.nodeName === undefined ? undefined : this.kubelet(pod.spec.nodeName);
    const run = kubelet?.pods.get(podKey);
    return kubelet === undefined || run === undefined ? undefined : { kubelet, run };
  }

  #as<T>(kubelet: Kubelet, work: () => T): T {
    const { engine } = this.#config;
    return engine.as(kubelet.name, engine.journal.cause, work);
  }

  /** Something that ends a node's heartbeats. */
  #interrupt(node: string, how: (kubelet: Kubelet) => void): void {
    const kubelet = this.kubelet(node);
    if (kubelet === undefined) return;
    this.heartbeats.stop(node, this.#config.engine.now);
    this.#as(kubelet, () => how(kubelet));
    for (const key of kubelet.pods.keys()) this.#services.processChanged(key);
  }

  #changeProbes(podKey: string, change: (run: PodRun, now: Micros) => void): void {
    const found = this.#find(podKey);
    if (found === undefined) return;
    const { kubelet, run } = found;
    this.#as(kubelet, () => {
      change(run, kubelet.now);
      if (kubelet.mode === "up") kubelet.sync(run);
    });
  }

  /** Something that brings a node back: it reports itself first, then its pods. */
  #restore(node: string, how: (kubelet: Kubelet) => void): void {
    const kubelet = this.kubelet(node);
    if (kubelet === undefined || kubelet.connected) return;
    this.#as(kubelet, () => {
      how(kubelet);
      if (!kubelet.connected) return;
      kubelet.pressure.writeNode();
      this.heartbeats.begin(node, this.#config.engine.now, LEASE_PERIOD, STATUS_PERIOD);
      kubelet.pressure.plan();
    });
  }

  #podChanged(change: Change): void {
    const pod = change.after as unknown as Pod;
    const node = pod.spec?.nodeName;
    if (node === undefined || node === "") return;
    const place = this.#services.places.at(change.row);
    if (change.type === "MODIFIED" && place?.run.uid === pod.metadata.uid) {
      place.kubelet.podChanged(change.key, pod, change.seq, place.run);
      return;
    }
    if (change.type === "DELETED") this.loads.forget(change.key);
    const kubelet = this.#places.get(node)?.kubelet;
    if (kubelet === undefined) return;
    if (change.type === "DELETED") kubelet.podGone(change.key, pod.metadata.uid, change.seq);
    else kubelet.podChanged(change.key, pod, change.seq);
  }

  /** A ConfigMap, Secret or claim came or changed: pods that wait for one look again. */
  #referenceChanged(change: Change): void {
    if (change.type === "DELETED") return;
    const pods = this.#config.informers.cache("Pod");
    const { namespace = "" } = change.after.metadata;
    for (const object of pods.indexed("namespace", namespace)) {
      const pod = object as unknown as Pod;
      if (pod.status?.phase !== "Pending" || pod.spec?.nodeName === undefined) continue;
      const kubelet = this.#places.get(pod.spec.nodeName)?.kubelet;
      kubelet?.lookAgain(`${namespace}/${pod.metadata.name}`, change.seq);
    }
  }

  #pullError(node: string, image: string): string | undefined {
    const broken = this.#brokenPulls.some(
      (pull) => image.includes(pull.image) && (pull.node === undefined || pull.node === node),
    );
    if (broken) return registryUnreachable(image);
    return this.behaviours.ofImage(image).pull?.fails === true ? imageNotFound(image) : undefined;
  }
}
