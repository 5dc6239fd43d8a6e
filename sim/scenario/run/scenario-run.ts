import type { Pod } from "../../api/types.gen.ts";
import { type Cluster, type ClusterCheckpoint, createCluster } from "../../cluster.ts";
import type { JournalDetail, JournalEntry } from "../../engine/journal.ts";
import { type Micros, SECOND } from "../../engine/time.ts";
import { ExpectationMonitor, type Outcome } from "../expect/expectation-monitor.ts";
import type { InvariantSource } from "../expect/invariant-port.ts";
import type { Scenario, Step } from "../model.ts";
import { MeasureTaker } from "./measure-taker.ts";
import type { RunResult } from "./run-result.ts";
import { beginRecord, ScenarioActor } from "./scenario-actor.ts";
import type { StepRecord } from "./step-record.ts";

/** Something that somebody outside does to the cluster at a time: a request of a recorded live session. */
export interface OutsideAct {
  readonly at: Micros;
  readonly play: (cluster: Cluster) => void;
}

/** How a scenario is to be run. None of it but seed, scheduler and until alters the digest. */
export interface RunOptions {
  /** The scenario's own when absent. */
  readonly seed?: string;
  readonly detail?: JournalDetail;
  /** End of the run; the scenario's duration when absent. */
  readonly until?: Micros;
  /** A name of the scheduler registry, instead of the scenario's. */
  readonly scheduler?: string | object;
  /** Hears of every journal entry. */
  readonly observer?: (entry: JournalEntry) => void;
  readonly invariants?: InvariantSource;
  /** Whether decisions tell every node's answers; part of what the digest depends on. */
  readonly explain?: boolean;
  /** Version of the program, for the result. */
  readonly version?: string;
  /** What comes from outside, by time: part of what the digest depends on. */
  readonly outside?: readonly OutsideAct[];
}

/** A scenario being run: the cluster, its script, and what watches them. */
export class ScenarioRun {
  readonly scenario: Scenario;
  readonly cluster: Cluster;
  readonly end: Micros;
  readonly seed: string;
  readonly #actor: ScenarioActor;
  readonly #monitor: ExpectationMonitor;
  readonly #measures: MeasureTaker;
  readonly #options: RunOptions;
  readonly #counts = { writes: 0, decisions: 0, bound: 0 };
  /** Acts from outside that are behind. */
  #played = 0;

  constructor(scenario: Scenario, options: RunOptions = {}) {
    this.scenario = scenario;
    this.#options = options;
    this.end = options.until ?? scenario.duration;
    this.seed = options.seed ?? scenario.seed;
    const { scheduler, detail, invariants } = options;
    this.cluster = createCluster({
      ...scenario.cluster,
      seed: this.seed,
      // Decisions enter the digest with their reasons: the same ones whatever the journal keeps.
      explain: options.explain ?? true,
      ...(scheduler === undefined ? {} : { scheduler }),
      ...(detail === undefined ? {} : { detail }),
    });
    this.#actor = new ScenarioActor(scenario, this.cluster);
    this.#measures = new MeasureTaker(scenario.measures);
    this.#monitor = new ExpectationMonitor(scenario.expectations, {
      view: this.#actor.view,
      params: scenario.params,
      end: this.end,
      repeating: new Set(
        scenario.steps.flatMap(({ id, repeat }) => (repeat === undefined ? [] : [id])),
      ),
      invariants: invariants ?? (() => undefined),
      tell: (outcome) => this.#tell(outcome),
    });
    this.#listen();
    this.#actor.start();
  }

  /** Runs up to and including a time, with what comes from outside on the way. */
  advance(until: Micros): void {
    const outside = this.#options.outside ?? [];
    for (
      let next = outside[this.#played];
      next !== undefined && next.at <= until;
      next = outside[this.#played]
    ) {
      this.#played++;
      this.#advanceTo(next.at);
      next.play(this.cluster);
    }
    this.#advanceTo(until);
  }

  #advanceTo(until: Micros): void {
    const { engine } = this.cluster;
    for (let at = this.#nextInstant(); at !== undefined && at <= until; at = this.#nextInstant()) {
      this.#narrate(at);
      engine.runUntil(at);
      this.#monitor.settle(at);
    }
    if (until > engine.now) engine.runUntil(until);
  }

  /** Runs to the end and tells what came of it. */
  finish(): RunResult {
    this.advance(this.end);
    this.#monitor.finish(this.cluster.engine.now);
    return this.result();
  }

  save(): ClusterCheckpoint {
    return this.cluster.save();
  }

  /** Goes on from a checkpoint of a run of the same scenario and seed. Expectations begin anew: they only watch. */
  load(checkpoint: ClusterCheckpoint): void {
    this.cluster.load(checkpoint);
    this.#played = (this.#options.outside ?? []).filter(({ at }) => at <= checkpoint.now).length;
  }

  /** What came of the run so far. */
  result(): RunResult {
    const { engine } = this.cluster;
    return {
      apiVersion: "ksim.dev/v1",
      kind: "RunResult",
      scenario: this.scenario.name,
      seed: this.seed,
      scheduler: schedulerName(this.#options.scheduler ?? this.scenario.cluster.scheduler),
      version: this.#options.version ?? "",
      digest: engine.journal.digest(),
      simulatedSeconds: engine.now / SECOND,
      events: engine.fired,
      writes: this.#counts.writes,
      decisions: this.#counts.decisions,
      podsBound: this.#counts.bound,
      expectations: this.#monitor.outcomes.map((outcome) => ({
        ...outcome,
        at: outcome.at / SECOND,
      })),
      measures: this.#measures.results(engine.now),
      violations: this.#actor.failures,
    };
  }

  /** What was written before anybody could listen is told first: the cluster as it begins. */
  #listen(): void {
    const { journal } = this.cluster.engine;
    for (const object of initialObjects(this.cluster)) this.#hear(object);
    journal.listen((entry) => this.#hear(entry));
  }

  #hear(entry: JournalEntry): void {
    if (entry.kind === "change") {
      this.#counts.writes++;
      if (
        entry.collection === "Pod" &&
        isBinding(entry.before as Pod | undefined, entry.after as Pod | undefined)
      )
        this.#counts.bound++;
    } else if (entry.kind === "decision") this.#counts.decisions++;
    else if (entry.kind === "step") this.#stepBegan(entry.step as StepRecord, entry.time);
    this.#monitor.take(entry);
    this.#measures.take(entry);
    this.#options.observer?.(entry);
  }

  #stepBegan({ id, what }: StepRecord, now: Micros): void {
    if (what !== "begin") return;
    this.#monitor.stepBegan(id, now);
    this.#measures.stepBegan(id, now);
  }

  #nextInstant(): Micros | undefined {
    const times = [
      this.cluster.engine.nextTime(),
      this.#actor.narrations[0]?.time,
      this.#monitor.nextDeadline(),
    ];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.max(Math.min(...known), this.cluster.engine.now);
  }

  /** Tells what steps without an action have to say at or before a time. */
  #narrate(until: Micros): void {
    const { engine } = this.cluster;
    for (
      let next = this.#actor.narrations[0];
      next !== undefined && next.time <= until;
      next = this.#actor.narrations[0]
    ) {
      const { step: at, occurrence, time } = next;
      this.#actor.takeNarration();
      const step = this.scenario.steps[at] as Step;
      if (
        step.when !== undefined &&
        step.when.evaluate(this.#actor.view, this.scenario.params) !== true
      )
        continue;
      engine.journal.time = time;
      this.#observe(time, { kind: "step", step: beginRecord(step, occurrence) });
    }
  }

  #tell({ name, passed, message, at }: Outcome): void {
    this.#observe(at, { kind: "expectation", name, passed, message });
  }

  /** Writes an observation at a time, on behalf of the script. */
  #observe(time: Micros, body: Parameters<Cluster["engine"]["journal"]["append"]>[0]): void {
    const { journal } = this.cluster.engine;
    const before = { time: journal.time, actor: journal.actor, cause: journal.cause };
    journal.time = time;
    journal.actor = "scenario";
    journal.cause = Math.floor(journal.seq);
    journal.append(body);
    Object.assign(journal, before);
  }
}

/** Runs a scenario to its end. */
export function runScenario(scenario: Scenario, options: RunOptions = {}): RunResult {
  return new ScenarioRun(scenario, options).finish();
}

function isBinding(before: Pod | undefined, after: Pod | undefined): boolean {
  return (
    (after?.spec?.nodeName ?? "") !== "" &&
    (before?.spec?.nodeName ?? "") === "" &&
    after !== undefined
  );
}

function schedulerName(scheduler: string | object | undefined): string {
  if (scheduler === undefined) return "default";
  if (typeof scheduler === "string") return scheduler;
  if ("name" in scheduler) return String(scheduler.name);
  return (
    (scheduler as { profiles?: { schedulerName?: string }[] }).profiles?.[0]?.schedulerName ??
    "custom"
  );
}

/** The objects that a fresh cluster holds, as the entries that made them would tell. */
function* initialObjects(cluster: Cluster): IterableIterator<JournalEntry> {
  for (const kind of cluster.store.kinds()) {
    for (const after of cluster.store.objects(kind).values()) {
      const { namespace, name } = after.metadata;
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      yield {
        kind: "change",
        collection: kind,
        key,
        revision: Number(after.metadata.resourceVersion),
        before: undefined,
        after,
        seq: 0,
        time: 0,
        actor: "api",
        cause: 0,
      };
    }
  }
}
