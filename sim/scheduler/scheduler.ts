import type { ApiServer } from "../api/api-server.ts";
import { apiCode } from "../api/client.ts";
import type { ComponentRecorder } from "../api/event-recorder.ts";
import type { Informers } from "../api/informer.ts";
import { keyOf } from "../api/object.ts";
import type { Pace } from "../api/pace.ts";
import { RateLimiter } from "../api/rate-limiter.ts";
import type { Change } from "../api/store.ts";
import type { Pod } from "../api/types.gen.ts";
import type { Actor, Engine } from "../engine/engine.ts";
import type { EntryId } from "../engine/event-list.ts";
import type { Seq } from "../engine/journal.ts";
import type { Random } from "../engine/random.ts";
import type { Micros } from "../engine/time.ts";
import { AssumedPods } from "./assumed-pods.ts";
import { Binder, bindFailure } from "./binding.ts";
import { assignedPodHappened, waitingPodHappened } from "./cluster-events.ts";
import type { SchedulingCore } from "./cycle/scheduling-core.ts";
import { refusedMessage } from "./framework/message.ts";
import type { BindLater } from "./framework/plugin.ts";
import { NominatedPods } from "./nominated-pods.ts";
import { Permits } from "./permits.ts";
import { Preemptor } from "./preemptor.ts";
import { SchedulingQueue } from "./queue/scheduling-queue.ts";
import type { Waiting } from "./queue/waiting.ts";
import type { Assumed, SchedulerEvent, SchedulerState } from "./scheduler-state.ts";
import { hasEnded } from "./snapshot/relevance.ts";
import { fillSnapshot, followSurroundings } from "./surroundings.ts";
import { Waker } from "./waker.ts";

/** To blame for what no plugin refused, and nothing but the pod's end changes. */
const NOBODY = "";

/**
 * kube-scheduler as an actor: follows the cluster, queues pods, decides one at a time, and binds in a stage of its own
 * under its client's rate limit. What it decided counts at once (assume) and is taken back when the binding fails (forget).
 */
export class Scheduler implements Actor<SchedulerEvent> {
  readonly name = "scheduler";
  readonly core: SchedulingCore;
  readonly queue: SchedulingQueue;
  readonly #engine: Engine;
  readonly #informers: Informers;
  readonly #recorder: ComponentRecorder;
  readonly #random: Random;
  readonly #pace: Pace;
  readonly #limiter: RateLimiter;
  readonly binder: Binder;
  readonly #preemptor: Preemptor;
  readonly #waker: Waker;
  readonly #explain: boolean;
  /** Whether a plugin wants to know of new pods. */
  readonly #heedsPods: boolean;
  readonly #assumed: AssumedPods;
  readonly #permits = new Permits();
  readonly #nominated: NominatedPods;
  #scheduled = false;
  #down = false;
  #flushAt: Micros | undefined;
  #flushEvent: EntryId | undefined;

  /** `explain`: whether decisions enter the journal with every node's answer, or with the outcome alone. */
  constructor(
    engine: Engine,
    api: ApiServer,
    informers: Informers,
    recorder: ComponentRecorder,
    pace: Pace,
    makeCore: (random: Random) => SchedulingCore,
    explain: boolean,
  ) {
    this.#engine = engine;
    this.#informers = informers;
    this.#recorder = recorder;
    this.#pace = pace;
    this.#explain = explain;
    this.#random = engine.random.fork("scheduler");
    this.core = makeCore(this.#random);
    const { core } = this;
    this.#nominated = new NominatedPods(core.snapshot);
    this.#heedsPods = core.listensTo("Pod");
    this.queue = new SchedulingQueue(core.compare.bind(core), core.queueMoves, core.backoff);
    this.#waker = new Waker(engine, core, this.queue, () => this.#plan());
    this.#limiter = new RateLimiter(pace.schedulerLimit);
    this.binder = new Binder(engine, api, recorder);
    this.#assumed = new AssumedPods(this.core, this.binder, this.#permits);
    this.#preemptor = new Preemptor(engine, this.binder, pace.apiLatency, this.#nominated, {
      withdraw: (victim) => this.#refuseHeld(victim, "preempted", []),
      failed: (by) => {
        this.queue.activate(keyOf(by), engine.journal.cause);
        this.#plan();
      },
    });
    engine.register(this);
    this.#follow();
  }

  handle(event: SchedulerEvent): void {
    switch (event.type) {
      case "schedule":
        this.#scheduled = false;
        this.#attempt();
        break;
      case "flush":
        this.#flushAt = undefined;
        this.queue.flush(this.#engine.now, this.#engine.journal.cause);
        this.#settlePermits();
        break;
      case "bind":
        this.#bind(event.uid, event.since ?? this.#engine.now);
        break;
    }
    this.#plan();
  }

  save(): SchedulerState {
    return {
      queue: this.queue.save(),
      assumed: this.#assumed.save(),
      waiting: this.#permits.save(),
      nominated: this.#nominated.save(),
      limiter: this.#limiter.save(),
      scheduled: this.#scheduled,
      down: this.#down,
      flushAt: this.#flushAt,
      flushEvent: this.#flushEvent,
      random: this.#random.save(),
      recorder: this.#recorder.save(),
      core: this.core.save(),
    };
  }

  /** Goes on from a saved state. The informers must have been loaded before: the snapshot is built anew from their caches. */
  load(state: unknown): void {
    const saved = state as SchedulerState;
    this.queue.load(saved.queue);
    this.#assumed.load(saved.assumed);
    this.#permits.load(saved.waiting);
    this.#nominated.load(saved.nominated);
    this.#limiter.load(saved.limiter);
    this.#scheduled = saved.scheduled;
    this.#down = saved.down;
    this.#flushAt = saved.flushAt;
    this.#flushEvent = saved.flushEvent;
    this.#random.load(saved.random);
    this.#recorder.load(saved.recorder);
    this.core.load(saved.core);
    this.#rebuild();
  }

  /** The process ends, or stands still: it decides nothing. Answers the bindings that it had not sent yet. */
  stop(): readonly Assumed[] {
    this.#down = true;
    const unsent = this.#assumed.save();
    this.queue.clear();
    this.#assumed.clear();
    this.#permits.clear();
    this.#nominated.clear();
    return unsent;
  }

  /** A process begins: it lists everything and queues what waits. */
  start(): void {
    this.#down = false;
    this.#rebuild();
    for (const object of this.#informers.cache("Pod").values()) this.#podAppeared(object as Pod);
  }

  #follow(): void {
    followSurroundings(this.#informers, this.core.snapshot, (happened, before, after, cause) =>
      this.#waker.wake(happened, before, after, cause),
    );
    this.#informers.on("Pod", (change) => this.#podChanged(change));
    this.start();
  }

  /** Builds the snapshot from the caches: at the start and after a restore. */
  #rebuild(): void {
    fillSnapshot(this.#informers, this.core, this.#assumed.pods.values());
    this.#nominated.fill((key) => this.queue.find(key)?.pod);
  }

  #podChanged(change: Change): void {
    if (this.#down) return;
    const before = change.before as Pod | undefined;
    const pod = change.after as Pod;
    if (change.type === "DELETED") this.#podGone(pod, change.seq);
    else if (hasEnded(pod)) {
      if (before === undefined || !hasEnded(before)) this.#podGone(pod, change.seq);
    } else if (pod.spec.nodeName) this.#podBound(before, pod, change.seq);
    else if (before === undefined) this.#podAppeared(pod);
    else this.#pendingChanged(before, pod, change.seq);
  }

  #podAppeared(pod: Pod): void {
    if (pod.spec.nodeName || hasEnded(pod) || !this.core.serves(pod)) return;
    this.core.snapshot.groups.put(pod);
    const gate = this.core.preEnqueue(pod);
    const { now, journal } = this.#engine;
    this.queue.add(pod, now, journal.cause, gate?.plugin);
    if (pod.status?.nominatedNodeName) this.#nominated.set(pod, pod.status.nominatedNodeName);
    if (this.#heedsPods)
      this.#waker.wake([{ resource: "Pod", action: "add" }], undefined, pod, journal.cause);
    this.#plan();
  }

  #pendingChanged(before: Pod, pod: Pod, cause: Seq): void {
    const key = keyOf(pod);
    if (!this.queue.has(key)) {
      if (pod.metadata.deletionTimestamp !== undefined) this.#refuseHeld(pod, "removed", [NOBODY]);
      return;
    }
    this.core.snapshot.groups.put(pod);
    this.queue.refresh(pod);
    this.#nominated.follow(before, pod);
    const promised = before.status?.nominatedNodeName;
    if (promised && promised !== pod.status?.nominatedNodeName)
      this.#waker.promiseEnded(before, cause);
    const waiting = this.queue.find(key);
    if (waiting === undefined) return;
    const { now } = this.#engine;
    if (waiting.gatedBy !== undefined) {
      if (this.core.preEnqueue(pod) === undefined) this.queue.release(key, now, cause);
    } else {
      const happened = waitingPodHappened(before, pod);
      if (happened.some((one) => this.core.helps(pod, waiting.refusedBy, one, before, pod))) {
        this.queue.release(key, now, cause);
      }
    }
    this.#plan();
  }

  #podBound(before: Pod | undefined, pod: Pod, cause: Seq): void {
    const { snapshot } = this.core;
    const { uid } = pod.metadata;
    // Until it was bound it stood on no node: to others it is new.
    const was = before?.spec.nodeName ? before : undefined;
    snapshot.groups.put(pod);
    // Confirmed (the binding we wrote has come back to us), or long known.
    if (this.#assumed.confirm(uid) || snapshot.nodeOf(pod) !== undefined) snapshot.updatePod(pod);
    else {
      this.queue.remove(keyOf(pod));
      this.#nominated.set(pod, undefined);
      snapshot.addPod(pod);
    }
    if (this.queue.held > 0) this.#waker.wake(assignedPodHappened(was, pod), was, pod, cause);
  }

  #podGone(pod: Pod, cause: Seq): void {
    this.queue.remove(keyOf(pod));
    this.core.snapshot.groups.remove(pod);
    this.#nominated.set(pod, undefined);
    const assumed = this.#assumed.pods.get(pod.metadata.uid);
    if (assumed !== undefined) this.#assumed.release(assumed);
    else if (this.core.snapshot.nodeOf(pod) === undefined) {
      if (pod.status?.nominatedNodeName) this.#waker.promiseEnded(pod, cause);
      return;
    } else this.core.snapshot.removePod(pod);
    this.#waker.left(pod, cause);
  }

  #attempt(): void {
    const waiting = this.queue.pop();
    if (waiting === undefined) return;
    const { journal, now } = this.#engine;
    journal.cause = waiting.cause;
    const { pod } = waiting;
    // A finalizer keeps it: it does not need a place any more (upstream `skipPodSchedule`).
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.binder.tellFailed(pod, `skip schedule deleting pod: ${waiting.key}`);
      return;
    }
    const result = this.core.schedule(pod, { explain: this.#explain });
    const decision = journal.append({
      kind: "decision",
      subject: `Pod/${waiting.key}`,
      outcome: result.node ?? result.message ?? "",
      decision: result.record,
    });
    journal.cause = decision;
    if (result.node === undefined) {
      this.#refused(waiting, result, decision);
      // A gang that cannot be completed lets go of the room it holds.
      this.#settlePermits();
      return;
    }
    this.#nominated.set(pod, undefined);
    const assumed: Assumed = { pod, node: result.node, waiting, decision };
    this.#assumed.add(assumed);
    const permit = this.core.permit(pod, result.node);
    if (permit === undefined) this.#sendBinding(pod.metadata.uid);
    else if ("wait" in permit) this.#permits.hold(pod.metadata.uid, permit, now);
    else this.#forget(assumed, refusedMessage(permit.reject.reasons), [permit.reject.plugin]);
    if (permit === undefined || "wait" in permit) this.#settlePermits();
  }

  #sendBinding(uid: string): void {
    const { apiLatency } = this.#pace;
    const at = this.#limiter.reserve(this.#engine.now) + apiLatency + this.binder.delay();
    this.#engine.at(at, this.name, { type: "bind", uid });
  }

  /** Lets pods go whose Permit plugins are now content (the gang is complete), and ends the patience of those whose time is over. */
  #settlePermits(): void {
    for (const settled of this.#permits.settle(this.core, this.#assumed.pods, this.#engine.now)) {
      if (settled.granted) this.#sendBinding(settled.uid);
      // No plugin to blame, so that it backs off: gangs that give up for each other would go on at once otherwise.
      else this.#forget(settled.assumed, settled.message, []);
    }
  }

  /** `since`: when PreBind was asked first. */
  #bind(uid: string, since: Micros): void {
    const assumed = this.#assumed.pods.get(uid);
    if (assumed === undefined) return;
    this.#engine.journal.cause = assumed.decision;
    try {
      const answer = this.binder.bind(assumed.pod, assumed.node, this.core);
      if (answer === undefined) return;
      if ("reasons" in answer)
        this.#forget(assumed, refusedMessage(answer.reasons), [answer.plugin]);
      else if ("failure" in answer) this.#forget(assumed, answer.failure, [], "SchedulerError");
      else this.#bindLater(assumed, answer, since);
    } catch (error) {
      if (apiCode(error) === undefined) throw error;
      this.#forget(assumed, bindFailure(error as Error), [], "SchedulerError");
    }
  }

  /** A PreBind plugin waits for something (a volume, a device): it is asked again, as long as it is patient. */
  #bindLater(assumed: Assumed, { retryAfter, atMost, tooLate }: BindLater, since: Micros): void {
    const { uid } = assumed.pod.metadata;
    if (this.#engine.now - since >= atMost) this.#forget(assumed, tooLate, [], "SchedulerError");
    else this.#engine.after(retryAfter, this.name, { type: "bind", uid, since });
  }

  /** Takes an assumed pod back: its room is free again, and it backs off. */
  #forget(
    assumed: Assumed,
    message: string,
    refusedBy: readonly string[],
    reason = "Unschedulable",
  ): void {
    const { pod, waiting } = assumed;
    const { now, journal } = this.#engine;
    this.#assumed.release(assumed);
    // Had it gone, or been bound, the informer would have said so, and it were not assumed any more.
    const current = this.#informers.cache("Pod").get(keyOf(pod)) as Pod;
    this.queue.returnRefused(waiting, current, refusedBy, now, journal.cause);
    this.binder.markFailed(current, reason, message);
    this.#waker.left(pod, journal.cause);
  }

  /** Takes its node from a pod that a Permit plugin holds back: it need not end to make room. Answers whether it was one. */
  #refuseHeld({ metadata }: Pod, why: string, refusedBy: readonly string[]): boolean {
    const assumed = this.#assumed.pods.get(metadata.uid);
    if (assumed === undefined || !this.#permits.holds(metadata.uid)) return false;
    this.#forget(assumed, refusedMessage([why]), refusedBy);
    this.#plan();
    return true;
  }

  #refused(waiting: Waiting, result: ReturnType<SchedulingCore["schedule"]>, decision: Seq): void {
    const { pod } = waiting;
    const { now } = this.#engine;
    this.queue.returnRefused(waiting, pod, result.unschedulablePlugins, now, decision);
    if (result.nominatedNode !== undefined) {
      this.#nominated.set(pod, result.nominatedNode || undefined);
    }
    this.binder.markRefused(pod, result, this.core.snapshot);
    this.#preemptor.end(result.victims ?? [], pod, result.nominatedNode ?? "");
  }

  /** Sees to it that the next thing to do has an event. */
  #plan(): void {
    if (!this.#scheduled && this.queue.ready) {
      this.#scheduled = true;
      this.#engine.after(this.#pace.schedulingTime, this.name, { type: "schedule" });
    }
    let next = this.queue.nextFlush();
    const { deadline } = this.#permits;
    if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline;
    if (next === undefined || (this.#flushAt !== undefined && this.#flushAt <= next)) return;
    if (this.#flushEvent !== undefined) this.#engine.cancel(this.#flushEvent);
    this.#flushAt = Math.max(next, this.#engine.now);
    this.#flushEvent = this.#engine.at(this.#flushAt, this.name, { type: "flush" });
  }
}
