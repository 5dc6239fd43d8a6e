import { apiCode } from "../api/client.ts";
import { type Key, keyOf } from "../api/object.ts";
import type { Node, Pod, PodStatus } from "../api/types.gen.ts";
import type { Actor } from "../engine/engine.ts";
import type { Seq } from "../engine/journal.ts";
import type { Random } from "../engine/random.ts";
import { MILLISECOND, type Micros, SECOND } from "../engine/time.ts";
import { annotationError, type Behaviours } from "./behaviour/behaviours.ts";
import { draw } from "./behaviour/distribution.ts";
import type { NodeTiming } from "./behaviour/timing.ts";
import type { KubeletEvent, KubeletMode, KubeletServices, KubeletState } from "./kubelet-state.ts";
import type { PodAddresses } from "./machine/addresses.ts";
import { PressureWatch } from "./machine/pressure-watch.ts";
import { refusal } from "./pod/admission.ts";
import type { Host } from "./pod/host.ts";
import { ImageStore } from "./pod/image-store.ts";
import {
  type ContainerRun,
  copyPodRun,
  isAboutToRun,
  newPodRun,
  type PodRun,
} from "./pod/pod-run.ts";
import { composeStatus, ownConditionsDiffer } from "./pod/pod-status.ts";
import { nextPodDue, stopPod, syncPod } from "./pod/pod-sync.ts";
import { tellRefusal } from "./pod/refused-status.ts";
import { applyResize } from "./pod/resize.ts";

/** How often a changed node status is written (`nodeStatusUpdateFrequency`). */
const STATUS_STEP: Micros = 10 * SECOND;

/**
 * How long a refusal takes: as long as a controller's client waits for its next pod by default (20/s). Were it no time, a
 * controller whose pods are refused would let none pass at the pace `fast`.
 */
const REFUSAL_TIME: Micros = 50 * MILLISECOND;

/** The kubelet of one node: runs the pods that are bound to it and reports what became of them. */
export class Kubelet implements Actor<KubeletEvent>, Host {
  readonly name: string;
  readonly node: string;
  readonly address: string;
  readonly images: ImageStore;
  readonly addresses: PodAddresses;
  readonly random: Random;
  readonly pods = new Map<string, PodRun>();
  readonly pressure: PressureWatch;
  readonly #services: KubeletServices;
  #imagesReported = 0;
  mode: KubeletMode = "up";
  /** Whether the API can be reached; without it nothing is seen and nothing written. */
  reachable = true;
  restartedAt: Micros | undefined;
  downSince: Micros | undefined;

  constructor(node: string, address: string, addresses: PodAddresses, services: KubeletServices) {
    this.name = `kubelet/${node}`;
    this.node = node;
    this.address = address;
    this.addresses = addresses;
    this.images = new ImageStore(services.timing.serialPulls);
    this.random = services.engine.random.fork(this.name);
    this.#services = services;
    this.pressure = new PressureWatch(this, services.engine, services.api, services.recorder);
  }

  get now(): Micros {
    return this.#services.engine.now;
  }

  get timing(): NodeTiming {
    return this.#services.timing;
  }

  get behaviours(): Behaviours {
    return this.#services.behaviours;
  }

  /** Whether it sees changes and may write. */
  get connected(): boolean {
    return this.mode === "up" && this.reachable;
  }

  handle({ type, key, uid, refused }: KubeletEvent): void {
    if (type === "pressure-check") {
      this.pressure.look();
      return;
    }
    if (type === "node-status") {
      if (this.connected) this.pressure.writeNode();
      return;
    }
    const run = this.pods.get(key);
    if (refused !== undefined && run === undefined && this.connected)
      tellRefusal(this.#services, this.node, key, uid, refused);
    if (run === undefined || run.uid !== uid) return;
    run.wake = undefined;
    run.wakeAt = undefined;
    if (this.mode === "up") this.sync(run);
  }

  /** A pod of this node was bound, or changed. */
  podChanged(key: Key, pod: Pod, cause: Seq, run = this.pods.get(key)): void {
    if (!this.connected) return;
    const { engine } = this.#services;
    if (run !== undefined && run.uid === pod.metadata.uid) {
      const before = run.pod;
      run.pod = pod;
      if (
        before.spec === pod.spec &&
        before.metadata.deletionTimestamp === pod.metadata.deletionTimestamp
      ) {
        if (pod.status === run.written) return;
        if (this.#stored(run)?.status === run.written) return;
      }
      engine.as(this.name, cause, () => this.#follow(run, before));
      return;
    }
    engine.as(this.name, cause, () => {
      if (run !== undefined) this.#forget(run);
      this.#admit(pod, key);
    });
  }

  /** A pod of this node is gone from the API: what still runs of it is stopped without further ado. */
  podGone(key: string, uid: string, cause: Seq): void {
    const run = this.pods.get(key);
    if (!this.connected || run === undefined || run.uid !== uid) return;
    this.#services.engine.as(this.name, cause, () => {
      for (const container of run.containers)
        if (container.progress === "running")
          this.record(run, container, "Normal", "Killing", `Stopping container ${container.name}`);
      this.#forget(run);
    });
  }

  /** Something that pods refer to came: one that waits for it tries again. */
  lookAgain(key: string, cause: Seq): void {
    const run = this.pods.get(key);
    if (run === undefined || !this.connected) return;
    const stuck = run.containers.filter(({ progress }) => progress === "config-error");
    if (run.mountError === undefined && stuck.length === 0) return;
    for (const container of stuck) container.progress = "waiting";
    this.#services.engine.as(this.name, cause, () => this.sync(run));
  }

  /** Brings a pod up to now, reports it, and sets the alarm for its next change. */
  sync(run: PodRun): void {
    if (this.now >= run.sandboxAt && run.stop === undefined) this.#mount(run);
    syncPod(this, run);
    if (run.written === undefined || !isAboutToRun(run, this.now)) this.#report(run);
    this.#schedule(run);
  }

  /** Everything again, as after a time without the API: pods are compared with what is stored now. */
  relist(): void {
    const { api } = this.#services;
    const stored = new Map<string, Pod>();
    for (const object of api.store.objects("Pod").indexed("node", this.node))
      stored.set(keyOf(object), object as unknown as Pod);
    for (const run of [...this.pods.values()]) {
      const pod = stored.get(run.key);
      if (pod === undefined || pod.metadata.uid !== run.uid) this.#forget(run);
      else {
        const before = run.pod;
        run.pod = pod;
        this.#follow(run, before);
        if (this.pods.get(run.key) === run) this.sync(run);
      }
    }
    for (const [key, pod] of stored) if (!this.pods.has(key)) this.#admit(pod, key);
  }

  /** Begins to stop a pod for a reason of the node's own. */
  end(run: PodRun, reason: string, message: string, graceSpan: Micros): void {
    stopPod(this, run, graceSpan, { reason, message });
    this.sync(run);
  }

  record(
    run: PodRun,
    container: ContainerRun | undefined,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ): void {
    if (!this.reachable) return;
    const list = container?.role === "main" ? "containers" : "initContainers";
    this.#services.recorder.event(run.pod, type, reason, message, {
      host: this.node,
      ...(container === undefined ? {} : { fieldPath: `spec.${list}{${container.name}}` }),
    });
  }

  pullError(image: string): string | undefined {
    return this.#services.pullError(this.node, image);
  }

  configError(run: PodRun, container: ContainerRun): string | undefined {
    return this.#services.references.configError(run.pod, container.spec);
  }

  /** New images are reported with the node's next status, which is due every ten seconds when it changed. */
  imagePulled(): void {
    const { engine } = this.#services;
    const count = this.images.count;
    if (count === this.#imagesReported) return;
    this.#imagesReported = count;
    const at = (Math.floor(engine.now / STATUS_STEP) + 1) * STATUS_STEP;
    engine.at(at, this.name, { type: "node-status", key: "", uid: "" });
  }

  processChanged(run: PodRun, container: ContainerRun): void {
    const image = container.spec.image ?? "";
    if (this.behaviours.of(run.pod, container.name, image).memory !== undefined)
      this.pressure.plan();
    this.#services.processChanged(run.key);
  }

  /** The Node object. */
  nodeObject(): Node | undefined {
    return this.#services.api.store.get("Node", this.node) as Node | undefined;
  }

  /** Cancels what a pod waits for. */
  unschedule(run: PodRun): void {
    if (run.wake !== undefined) this.#services.engine.cancel(run.wake);
    run.wake = undefined;
    run.wakeAt = undefined;
  }

  save(): KubeletState {
    return {
      mode: this.mode,
      reachable: this.reachable,
      restartedAt: this.restartedAt,
      downSince: this.downSince,
      pods: [...this.pods.values()].map(copyPodRun),
      images: this.images.save(),
      addresses: this.addresses.save(),
      random: this.random.save(),
      pressure: this.pressure.save(),
      imagesReported: this.#imagesReported,
    };
  }

  load(state: unknown): void {
    const saved = state as KubeletState;
    this.mode = saved.mode;
    this.reachable = saved.reachable;
    this.restartedAt = saved.restartedAt;
    this.downSince = saved.downSince;
    this.pods.clear();
    for (const run of saved.pods) this.#place(copyPodRun(run));
    this.images.load(saved.images);
    this.addresses.load(saved.addresses);
    this.random.load(saved.random);
    this.pressure.load(saved.pressure);
    this.#imagesReported = saved.imagesReported;
  }

  #admit(pod: Pod, key: string): void {
    const row = this.#rowOf(pod, key);
    // The watch tells of what was: the pod may be gone by now, or have ended here and be kept by a finalizer.
    const stored = this.#stored({ key, row, uid: pod.metadata.uid });
    const { phase } = (stored ?? pod).status ?? {};
    if (phase === "Succeeded" || phase === "Failed") return;
    const node = this.nodeObject();
    const refused = node === undefined ? undefined : refusal(pod, node, this.pods);
    if (refused !== undefined && pod.metadata.deletionTimestamp === undefined) {
      const event = { type: "refusal", key, uid: pod.metadata.uid, refused };
      this.#services.engine.after(REFUSAL_TIME, this.name, event);
      return;
    }
    const start = this.now + draw(this.timing.podStart, this.random);
    const ip = pod.spec?.hostNetwork === true ? this.address : this.addresses.take();
    const run = newPodRun(pod, key, row, this.now, start, ip);
    this.#place(run);
    const problem = annotationError(pod);
    if (problem !== undefined) this.record(run, undefined, "Warning", "InvalidBehaviour", problem);
    if (pod.metadata.deletionTimestamp !== undefined) this.#delete(run);
    this.sync(run);
  }

  #place(run: PodRun): void {
    this.pods.set(run.key, run);
    this.#services.places.put(this, run);
  }

  /** Row of this very pod in the store. */
  #rowOf({ metadata }: Pod, key: string): number | undefined {
    const pods = this.#services.api.store.objects("Pod");
    const row = pods.rowOf(key);
    return row !== undefined && pods.at(row)?.metadata.uid === metadata.uid ? row : undefined;
  }

  /** The pod as it is stored now; `undefined` when it is gone. */
  #stored({ key, row, uid }: Pick<PodRun, "key" | "row" | "uid">): Pod | undefined {
    const pods = this.#services.api.store.objects("Pod");
    const pod = row === undefined ? pods.get(key) : pods.at(row);
    return pod?.metadata.uid === uid ? (pod as Pod) : undefined;
  }

  /** The API's version of a known pod changed in a way that concerns its containers, or somebody wrote its status. */
  #follow(run: PodRun, before: Pod): void {
    const { pod } = run;
    if (pod.metadata.deletionTimestamp !== undefined) this.#delete(run);
    else if (before.spec !== pod.spec)
      applyResize(this, run, this.nodeObject(), this.pods.values());
    if (this.#needsReport(run)) this.sync(run);
    else this.#schedule(run);
  }

  #needsReport(run: PodRun): boolean {
    if (run.written === undefined || run.stop !== undefined) return true;
    const stored = this.#stored(run);
    return (
      stored?.metadata.generation !== run.written.observedGeneration ||
      ownConditionsDiffer(stored?.status?.conditions, run.written) ||
      (run.pod.spec?.readinessGates?.length ?? 0) > 0
    );
  }

  #delete(run: PodRun): void {
    stopPod(this, run, (run.pod.metadata.deletionGracePeriodSeconds ?? 30) * SECOND);
  }

  #mount(run: PodRun): void {
    const problem = this.#services.references.mountError(run.pod);
    if (problem !== undefined && problem !== run.mountError)
      this.record(run, undefined, "Warning", "FailedMount", problem);
    if (problem !== undefined || run.mountError !== undefined) run.mountError = problem;
  }

  /** Writes the pod's status, and removes a deleted pod that has stopped. The hot writer of pods. */
  #report(run: PodRun): void {
    if (!this.connected) return;
    const { api } = this.#services;
    const stored = this.#stored(run);
    if (stored === undefined) {
      this.#forget(run);
      return;
    }
    const status: PodStatus = composeStatus(run, stored, this.address, this.now);
    run.written = api.writeStatus<Pod>("Pod", run.key, status, run.row).status;
    if (run.finished && run.stop?.deleted === true) this.#remove(run);
  }

  #remove(run: PodRun): void {
    try {
      this.#services.api.delete("Pod", run.key, {
        gracePeriodSeconds: 0,
        preconditions: { uid: run.uid },
      });
    } catch (error) {
      if (apiCode(error) === undefined) throw error;
    }
    this.#forget(run);
  }

  #forget(run: PodRun): void {
    this.unschedule(run);
    this.pods.delete(run.key);
    this.#services.places.remove(run);
    if (run.ip !== this.address) this.addresses.release(run.ip);
    for (const container of run.containers) {
      if (container.progress !== "running" && container.progress !== "stopping") continue;
      container.progress = "ended";
      this.processChanged(run, container);
    }
    this.#retryResizes();
  }

  /** A pod left: resizes that were deferred may fit now. */
  #retryResizes(): void {
    for (const run of this.pods.values()) {
      if (run.resize?.reason !== "Deferred") continue;
      applyResize(this, run, this.nodeObject(), this.pods.values());
      if (run.resize === undefined) this.sync(run);
    }
  }

  #schedule(run: PodRun): void {
    const due = this.pods.get(run.key) === run ? nextPodDue(this, run) : undefined;
    if (due?.at === run.wakeAt) return;
    this.unschedule(run);
    if (due === undefined) return;
    const at = Math.max(due.at, this.now);
    run.wakeAt = at;
    run.wake = this.#services.engine.at(at, this.name, {
      type: due.type,
      key: run.key,
      uid: run.uid,
    });
  }
}
