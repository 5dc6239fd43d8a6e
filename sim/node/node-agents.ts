import type { ApiServer } from "../api/api-server.ts";
import type { ComponentRecorder } from "../api/event-recorder.ts";
import { Heartbeats } from "../api/heartbeats.ts";
import type { Informers } from "../api/informer.ts";
import { microTimestamp } from "../api/meta/time.ts";
import type { Pace } from "../api/pace.ts";
import type { Change } from "../api/store.ts";
import type { CSINode, Lease, Node, Pod } from "../api/types.gen.ts";
import { NODE_LEASE_NAMESPACE } from "../api/virtual.ts";
import type { Actor, Engine } from "../engine/engine.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { blocksFor, nodeAddress, PodAddresses } from "./addresses.ts";
import { Behaviours } from "./behaviours.ts";
import type { ImageBehaviour } from "./image-behaviour.ts";
import { Kubelet, type KubeletServices } from "./kubelet.ts";
import { nodeConditions, nodeStatus } from "./node-status.ts";
import {
  expandTemplate,
  type NodeSpecimen,
  type NodeTemplate,
  nodeManifest,
} from "./node-template.ts";
import { References } from "./references.ts";
import { defaultTiming, type NodeTiming } from "./timing.ts";

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
}

/** How often a Lease is renewed, and an unchanged status reported (kubelet defaults). */
export const LEASE_PERIOD: Micros = 10 * SECOND;
export const STATUS_PERIOD: Micros = 300 * SECOND;

interface AgentsState {
  readonly nodes: readonly (readonly [
    name: string,
    index: number,
    block: number,
    blocks: number,
  ])[];
  readonly blocks: number;
  readonly heartbeats: unknown;
  readonly recorder: unknown;
  readonly brokenPulls: readonly BrokenPull[];
}

/** Pulls that a fault makes fail. */
interface BrokenPull {
  /** Part of the image's name; empty means all. */
  readonly image: string;
  /** One node, or all when absent. */
  readonly node: string | undefined;
}

interface Place {
  readonly kubelet: Kubelet;
  readonly index: number;
  readonly block: number;
  readonly blocks: number;
}

/** All nodes of a cluster with their kubelets: registers nodes, routes pods to them, and is the door for faults. */
export class NodeAgents implements Actor {
  readonly name = "kubelets";
  readonly heartbeats: Heartbeats;
  readonly behaviours: Behaviours;
  readonly #config: NodeAgentsConfig;
  readonly #places = new Map<string, Place>();
  readonly #recorder: ComponentRecorder;
  readonly #services: KubeletServices;
  readonly #listeners: ((node: string) => void)[] = [];
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
      pullError: (node, image) => this.#pullError(node, image),
      processChanged: (node) => {
        for (const listener of this.#listeners) listener(node);
      },
    };
    engine.register(this);
    config.informers.on("Pod", (change) => this.#podChanged(change));
    for (const kind of ["ConfigMap", "Secret", "PersistentVolumeClaim"])
      config.informers.on(kind, (change) => this.#referenceChanged(change));
  }

  /** Nodes by name, in the order of their registration. */
  get nodes(): ReadonlyMap<string, Kubelet> {
    return new Map([...this.#places].map(([name, place]) => [name, place.kubelet]));
  }

  /** The kubelet of a node, or `undefined`. */
  kubelet(node: string): Kubelet | undefined {
    return this.#places.get(node)?.kubelet;
  }

  /** Adds the node, or the nodes, of a template; answers their names. Throws `ApiError` when one exists. */
  addNode(template: NodeTemplate, first = 1): readonly string[] {
    const specimens = expandTemplate(template, first);
    for (const specimen of specimens) this.register(specimen);
    return specimens.map(({ name }) => name);
  }

  /** Starts a machine with its kubelet, which registers Node, Lease and CSINode. */
  register(specimen: NodeSpecimen): Kubelet {
    const { engine } = this.#config;
    const kubelet = this.#place(
      specimen.name,
      this.#places.size,
      this.#blocks,
      blocksFor(Number(specimen.allocatable["pods"] ?? 110)),
    );
    if (engine.now > 0) kubelet.restartedAt = engine.now;
    for (const { name, size } of specimen.images) kubelet.images.add(name, size);
    engine.as(kubelet.name, engine.journal.cause, () => this.#registerObjects(specimen, kubelet));
    this.heartbeats.begin(specimen.name, engine.now, LEASE_PERIOD, STATUS_PERIOD);
    return kubelet;
  }

  /** Takes a machine away for good: its Node object, too, unless that is gone already. */
  removeNode(node: string): void {
    const place = this.#places.get(node);
    if (place === undefined) return;
    const { api, engine } = this.#config;
    for (const run of place.kubelet.pods.values()) place.kubelet.unschedule(run);
    this.#places.delete(node);
    engine.unregister(place.kubelet.name);
    this.heartbeats.forget(node);
    if (api.store.get("Node", node) !== undefined) api.delete("Node", node);
  }

  /** Tells of every process that starts or ends on a node. Listeners must be set up before the run. */
  onProcessChange(listener: (node: string) => void): void {
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
      blocks: this.#blocks,
      heartbeats: this.heartbeats.save(),
      recorder: this.#recorder.save(),
      brokenPulls: this.#brokenPulls,
    };
  }

  /** Takes a saved state over; kubelets that the run lacks are made, so that the engine can load them next. */
  load(state: unknown): void {
    const saved = state as AgentsState;
    const wanted = new Set(saved.nodes.map(([name]) => name));
    for (const [name, place] of this.#places) {
      if (wanted.has(name)) continue;
      this.#places.delete(name);
      this.#config.engine.unregister(place.kubelet.name);
    }
    for (const [name, index, block, blocks] of saved.nodes)
      if (!this.#places.has(name)) this.#place(name, index, block, blocks);
    this.#blocks = saved.blocks;
    this.heartbeats.load(saved.heartbeats);
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

  #registerObjects(specimen: NodeSpecimen, kubelet: Kubelet): void {
    const { api, engine } = this.#config;
    const { name } = specimen;
    const { now } = engine;
    const manifest = nodeManifest(specimen);
    const cidr = kubelet.addresses.cidr;
    const spec = { ...manifest.spec, podCIDR: cidr, podCIDRs: [cidr] };
    const node = api.create<Node>("Node", { ...manifest, spec });
    const conditions = nodeConditions(undefined, new Set(), now);
    api.writeStatus<Node>(
      "Node",
      name,
      nodeStatus(specimen, kubelet.address, kubelet.images.present(now), conditions),
    );
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid: node.metadata.uid }];
    api.create<Lease>("Lease", {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name, namespace: NODE_LEASE_NAMESPACE, ownerReferences },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimestamp(now) },
    });
    api.create<CSINode>("CSINode", {
      apiVersion: "storage.k8s.io/v1",
      kind: "CSINode",
      metadata: { name, ownerReferences },
      spec: { drivers: [] },
    });
    this.#recorder.event(node, "Normal", "Starting", "Starting kubelet.", { host: name });
  }

  #podChanged(change: Change): void {
    const pod = change.after as unknown as Pod;
    const node = pod.spec?.nodeName;
    if (node === undefined || node === "") return;
    const kubelet = this.#places.get(node)?.kubelet;
    if (kubelet === undefined) return;
    if (change.type === "DELETED") kubelet.podGone(change.key, pod.metadata.uid, change.seq);
    else kubelet.podChanged(pod, change.seq);
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
    const declared = this.behaviours.ofImage(image).pull?.fails === true;
    const broken = this.#brokenPulls.some(
      (pull) => image.includes(pull.image) && (pull.node === undefined || pull.node === node),
    );
    if (broken) return pullMessage(image, "dial tcp: lookup registry: no such host", "Unknown");
    return declared ? pullMessage(image, `${reference(image)}: not found`, "NotFound") : undefined;
  }
}

function pullMessage(image: string, why: string, code: string): string {
  const name = reference(image);
  return `rpc error: code = ${code} desc = failed to pull and unpack image "${name}": failed to resolve reference "${name}": ${why}`;
}

/** An image's full name: the default registry and tag added. */
function reference(image: string): string {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  const first = image.split("/")[0] ?? "";
  if (image.includes("/") && /[.:]|^localhost$/.test(first)) return tagged;
  return image.includes("/") ? `docker.io/${tagged}` : `docker.io/library/${tagged}`;
}
