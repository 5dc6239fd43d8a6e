import type { ApiServer } from "../../api/api-server.ts";
import { apiCode } from "../../api/client.ts";
import { Heartbeats } from "../../api/heartbeats.ts";
import { keyOf } from "../../api/object.ts";
import type { Change } from "../../api/store.ts";
import type { Node, Pod } from "../../api/types.gen.ts";
import type { Engine } from "../../engine/engine.ts";
import { MILLISECOND, type Micros, SECOND } from "../../engine/time.ts";
import { nodeAddress } from "../machine/addresses.ts";
import { registerNode } from "../machine/node-registration.ts";
import { nodeConditions } from "../machine/node-status.ts";
import { expandTemplate, type NodeSpecimen, type NodeTemplate } from "../machine/node-template.ts";
import type { NodeRuntime } from "../node-runtime.ts";
import type { PodAnswering } from "../serving.ts";
import {
  gatesMoved,
  newStandInPod,
  nextAlarm,
  type StandInConfig,
  type StandInPod,
  type StandInState,
} from "./stand-in-pod.ts";
import { standInRules } from "./stand-in-rules.ts";
import { standInStatus } from "./stand-in-status.ts";

interface StandInEvent {
  readonly type: string;
  readonly key: string;
  readonly uid: string;
}

const LEASE_PERIOD: Micros = 10 * SECOND;
/** Between the last status of a deleted pod and its removal. */
const REMOVAL: Micros = 10 * MILLISECOND;

/**
 * The node agent that the golden timelines and the kubectl session were recorded with: no kubelet, but a stand-in with
 * fixed delays and `fake/…` annotations. It writes no events.
 */
export class StandInNodes implements NodeRuntime {
  readonly name = "kubelets";
  readonly heartbeats: Heartbeats;
  readonly #engine: Engine;
  readonly #api: ApiServer;
  readonly #nodes = new Map<string, { readonly address: string; paused: boolean }>();
  readonly #pods = new Map<string, StandInPod>();
  /** Pods started for each owner so far. */
  readonly #owners = new Map<string, number>();
  #brokenPulls: readonly string[] = [];
  #addresses = 0;

  constructor({ engine, api, informers, heartbeats }: StandInConfig) {
    this.#engine = engine;
    this.#api = api;
    this.heartbeats = heartbeats ?? new Heartbeats();
    engine.register(this);
    informers.on("Pod", (change) => this.#podChanged(change));
  }

  addNode(template: NodeTemplate, first?: number): readonly string[] {
    const specimens = expandTemplate(template, (name) => this.#nodes.has(name), first);
    for (const specimen of specimens) this.register(specimen);
    return specimens.map(({ name }) => name);
  }

  register(specimen: NodeSpecimen): void {
    const { name } = specimen;
    const address = nodeAddress(this.#nodes.size);
    this.#nodes.set(name, { address, paused: false });
    this.#as(name, () =>
      registerNode(this.#api, specimen, {
        address,
        podCIDR: undefined,
        images: [],
        csiNode: false,
      }),
    );
    this.heartbeats.begin(name, this.#engine.now, LEASE_PERIOD);
  }

  removeNode(node: string): void {
    if (!this.#nodes.delete(node)) return;
    for (const run of this.#pods.values()) if (run.node === node) this.#drop(run);
    this.heartbeats.forget(node);
    if (this.#api.store.get("Node", node) !== undefined) this.#api.delete("Node", node);
  }

  nodeNames(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /** The agent stops entirely: no heartbeat, no status, no container change. */
  pause(node: string): void {
    const agent = this.#nodes.get(node);
    if (agent === undefined || agent.paused) return;
    agent.paused = true;
    this.heartbeats.stop(node, this.#engine.now);
  }

  resume(node: string): void {
    const agent = this.#nodes.get(node);
    if (agent === undefined || !agent.paused) return;
    agent.paused = false;
    const { now } = this.#engine;
    this.heartbeats.begin(node, now, LEASE_PERIOD);
    this.#as(node, () => {
      const object = this.#api.store.get("Node", node) as Node | undefined;
      if (object !== undefined) {
        const conditions = nodeConditions(object.status?.conditions, new Set(), now);
        this.#api.writeStatus<Node>("Node", node, { ...object.status, conditions });
      }
      for (const pod of [...this.#api.store.objects("Pod").indexed("node", node)])
        this.#follow(pod as unknown as Pod);
      for (const run of [...this.#pods.values()]) {
        if (run.node !== node) continue;
        if (this.#api.store.get("Pod", run.key)?.metadata.uid !== run.uid) this.#drop(run);
        else if (run.timer === undefined && run.deletedAt === undefined) this.#plan(run);
      }
    });
  }

  crash(node: string): void {
    this.pause(node);
  }

  recover(node: string): void {
    this.resume(node);
  }

  partition(node: string): void {
    this.pause(node);
  }

  heal(node: string): void {
    this.resume(node);
  }

  killContainer(podKey: string, _container?: string, exitCode = 137): boolean {
    const run = this.#pods.get(podKey);
    if (run === undefined || (run.stage !== "running" && run.stage !== "ready")) return false;
    this.#cancel(run);
    this.#as(run.node, () => this.#exit(run, exitCode));
    return true;
  }

  breakPulls(image: string): void {
    this.#brokenPulls = [...this.#brokenPulls, image];
  }

  mendPulls(image: string): void {
    this.#brokenPulls = this.#brokenPulls.filter((broken) => broken !== image);
  }

  failProbes(): void {
    // The stand-in runs no probes: readiness follows its annotations alone.
  }

  mendProbes(): void {}

  press(): void {
    // Nor does it watch its memory or disk.
  }

  relieve(): void {}

  readLog(): string {
    return "";
  }

  answering(): PodAnswering | undefined {
    return undefined;
  }

  setLoad(): void {}

  onProcessChange(): void {}

  handle({ key, uid }: StandInEvent): void {
    const run = this.#pods.get(key);
    if (run === undefined || run.uid !== uid) return;
    run.timer = undefined;
    if (this.#nodes.get(run.node)?.paused !== false) return;
    this.#as(run.node, () => this.#step(run));
  }

  save(): StandInState {
    return {
      nodes: [...this.#nodes].map(([name, { address, paused }]) => [name, address, paused]),
      pods: [...this.#pods.values()].map((run) => ({ ...run })),
      owners: [...this.#owners],
      brokenPulls: this.#brokenPulls,
      addresses: this.#addresses,
      heartbeats: this.heartbeats.save(),
    };
  }

  load(state: unknown): void {
    const saved = state as StandInState;
    this.#nodes.clear();
    for (const [name, address, paused] of saved.nodes) this.#nodes.set(name, { address, paused });
    this.#pods.clear();
    for (const run of saved.pods) this.#pods.set(run.key, { ...run });
    this.#owners.clear();
    for (const [owner, count] of saved.owners) this.#owners.set(owner, count);
    this.#brokenPulls = saved.brokenPulls;
    this.#addresses = saved.addresses;
    this.heartbeats.load(saved.heartbeats);
  }

  #podChanged(change: Change): void {
    const pod = change.after as unknown as Pod;
    const node = pod.spec?.nodeName;
    if (node === undefined || this.#nodes.get(node)?.paused !== false) return;
    if (change.type === "DELETED") {
      const run = this.#pods.get(change.key);
      if (run?.uid === pod.metadata.uid) this.#drop(run);
      return;
    }
    this.#engine.as(`kubelet/${node}`, change.seq, () => this.#follow(pod));
  }

  #follow(pod: Pod): void {
    const key = keyOf(pod);
    let run = this.#pods.get(key);
    if (run !== undefined && run.uid !== pod.metadata.uid) {
      this.#drop(run);
      run = undefined;
    }
    const phase = pod.status?.phase;
    if (run === undefined) {
      if (phase === "Succeeded" || phase === "Failed") return;
      run = this.#begin(pod, key);
    }
    if (pod.metadata.deletionTimestamp !== undefined) this.#stop(run, pod);
    else if (
      run.stage === "ready" &&
      (pod.spec?.readinessGates?.length ?? 0) > 0 &&
      gatesMoved(pod)
    )
      this.#write(run);
  }

  #begin(pod: Pod, key: string): StandInPod {
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    const ordinal = owner === undefined ? 1 : (this.#owners.get(owner) ?? 0) + 1;
    if (owner !== undefined) this.#owners.set(owner, ordinal);
    const run = newStandInPod(pod, key, ordinal, this.#engine.now);
    this.#pods.set(key, run);
    this.#plan(run);
    return run;
  }

  /** Sets the alarm for what a pod does next by itself. */
  #plan(run: StandInPod): void {
    const pod = this.#podOf(run);
    if (pod === undefined || run.deletedAt !== undefined) return;
    const alarm = nextAlarm(run, standInRules(pod));
    if (alarm !== undefined) this.#after(run, alarm.after, alarm.type);
  }

  #step(run: StandInPod): void {
    const pod = this.#podOf(run);
    if (pod === undefined) {
      this.#drop(run);
      return;
    }
    if (run.deletedAt !== undefined) {
      this.#end(run, pod);
      return;
    }
    const rules = standInRules(pod);
    switch (run.stage) {
      case "bound":
        this.#start(run, rules.imageFails || this.#isBroken(pod));
        break;
      case "pull-error":
        run.stage = "pull-back-off";
        break;
      case "running":
        if (rules.neverReady) this.#exit(run, this.#exitCode(run, pod));
        else run.stage = "ready";
        break;
      case "ready":
        this.#exit(run, this.#exitCode(run, pod));
        return;
      case "exited":
        run.stage = "back-off";
        run.restarts++;
        break;
      case "back-off":
        run.stage = "running";
        run.startedAt = this.#engine.now;
        break;
      default:
        return;
    }
    this.#write(run);
    this.#plan(run);
  }

  #start(run: StandInPod, imageFails: boolean): void {
    const { now } = this.#engine;
    const address = ++this.#addresses;
    run.ip = `10.200.${Math.floor(address / 256)}.${address % 256}`;
    run.startTime = now;
    run.startedAt = now;
    run.stage = imageFails ? "pull-error" : "running";
  }

  #exitCode(run: StandInPod, pod: Pod): number {
    const { failFirst, exitCode } = standInRules(pod);
    if (failFirst === undefined) return exitCode;
    return run.ordinal <= failFirst ? exitCode || 1 : 0;
  }

  #exit(run: StandInPod, code: number): void {
    const policy = this.#podOf(run)?.spec?.restartPolicy ?? "Always";
    run.exitCode = code;
    run.finishedAt = this.#engine.now;
    if (policy === "Always" || (policy === "OnFailure" && code !== 0)) run.stage = "exited";
    else {
      run.stage = "over";
      run.phase = code === 0 ? "Succeeded" : "Failed";
    }
    this.#write(run);
    this.#plan(run);
  }

  /** A deletion was seen: the pod stops after its delay, at most after its grace. */
  #stop(run: StandInPod, pod: Pod): void {
    if (run.phase !== undefined) return;
    const { now } = this.#engine;
    run.deletedAt ??= now;
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? 30) * SECOND;
    const delay = Math.min(standInRules(pod).stopDelay, grace);
    this.#cancel(run);
    this.#after(run, Math.max(run.deletedAt + delay - now, 0), "container-stopped");
  }

  #end(run: StandInPod, pod: Pod): void {
    const ran =
      run.stage !== "bound" && run.stage !== "pull-error" && run.stage !== "pull-back-off";
    if (run.phase === undefined && ran) {
      run.exitCode =
        run.stage === "back-off" || run.stage === "exited" ? 0 : standInRules(pod).stopExit;
      run.finishedAt = this.#engine.now;
      run.stage = "over";
      run.phase = run.exitCode === 0 ? "Succeeded" : "Failed";
      this.#write(run);
      this.#after(run, REMOVAL, "pod-removed");
      return;
    }
    try {
      this.#api.delete("Pod", run.key, { gracePeriodSeconds: 0, preconditions: { uid: run.uid } });
    } catch (error) {
      if (apiCode(error) === undefined) throw error;
    }
    this.#drop(run);
  }

  #write(run: StandInPod): void {
    const pod = this.#podOf(run);
    const address = this.#nodes.get(run.node)?.address ?? "";
    if (pod === undefined) return;
    const status = standInStatus(run, pod, address, this.#engine.now);
    this.#api.replace<Pod>("Pod", { ...pod, status });
  }

  #isBroken(pod: Pod): boolean {
    return this.#brokenPulls.some((text) =>
      pod.spec?.containers.some(({ image }) => image?.includes(text) === true),
    );
  }

  #podOf(run: StandInPod): Pod | undefined {
    const pod = this.#api.store.get("Pod", run.key) as Pod | undefined;
    return pod?.metadata.uid === run.uid ? pod : undefined;
  }

  #after(run: StandInPod, delay: Micros, type: string): void {
    this.#cancel(run);
    run.timer = this.#engine.after(delay, this.name, { type, key: run.key, uid: run.uid });
  }

  #cancel(run: StandInPod): void {
    if (run.timer !== undefined) this.#engine.cancel(run.timer);
    run.timer = undefined;
  }

  #drop(run: StandInPod): void {
    this.#cancel(run);
    if (this.#pods.get(run.key) === run) this.#pods.delete(run.key);
  }

  #as(node: string, work: () => unknown): void {
    this.#engine.as(`kubelet/${node}`, this.#engine.journal.cause, work);
  }
}
