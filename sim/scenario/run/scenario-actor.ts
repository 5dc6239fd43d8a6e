import { ApiError } from "../../api/api-error.ts";
import type { Cluster } from "../../cluster.ts";
import { type Actor, Priority } from "../../engine/engine.ts";
import type { Seq } from "../../engine/journal.ts";
import type { Micros } from "../../engine/time.ts";
import type { StateView } from "../expect/state-view.ts";
import { ApiAccess } from "../kubectl/api-access.ts";
import type { Scenario, Step } from "../model.ts";
import type { Progress } from "../verbs/verb.ts";
import type { Narration } from "./narration.ts";
import type { StepRecord } from "./step-record.ts";

/** Events of the scenario: a step's time has come, it goes on, or an object that a step waits for may have changed. */
type ScenarioEvent =
  | { readonly type: "step"; readonly step: number; readonly occurrence: number }
  | { readonly type: "continue"; readonly wait: number }
  | { readonly type: "look" };

/** A step under way. */
interface Waiting {
  readonly wait: number;
  readonly step: number;
  readonly occurrence: number;
  readonly since: Micros;
  readonly cause: Seq;
  readonly onChange: boolean;
  readonly memory: unknown;
}

interface ScenarioState {
  readonly done: readonly (readonly [step: string, time: Micros])[];
  readonly failures: readonly string[];
  readonly waiting: readonly Waiting[];
  readonly narrations: readonly Narration[];
  readonly waits: number;
  readonly looking: boolean;
}

const NAME = "scenario";

/** Plays the steps of a scenario on a cluster: the only actor that stands for the world outside of it. */
export class ScenarioActor implements Actor<ScenarioEvent> {
  readonly name = NAME;
  readonly view: StateView;
  readonly #scenario: Scenario;
  readonly #cluster: Cluster;
  readonly #api: ApiAccess;
  readonly #dependants: ReadonlyMap<string, readonly number[]>;
  readonly #done = new Map<string, Micros>();
  #failures: string[] = [];
  #waiting: Waiting[] = [];
  #narrations: Narration[] = [];
  #waits = 0;
  #looking = false;

  constructor(scenario: Scenario, cluster: Cluster) {
    this.#scenario = scenario;
    this.#cluster = cluster;
    this.#api = new ApiAccess(cluster.api);
    this.view = viewOf(cluster);
    this.#dependants = dependants(scenario.steps);
    cluster.engine.register(this);
    cluster.store.onCommit(() => this.#wake());
  }

  /** Puts the first steps on the future event list. Not to be called when a checkpoint is loaded. */
  start(): void {
    this.#cluster.engine.as(NAME, 0, () => {
      this.#scenario.steps.forEach(({ timing }, at) => {
        if (timing.kind === "at") this.#plan(at, timing.time, 0);
      });
    });
  }

  /** Steps that went wrong so far: `id: message`. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Narrations to come, the next one first. */
  get narrations(): readonly Narration[] {
    return this.#narrations;
  }

  /** Takes the next narration from the list. */
  takeNarration(): Narration | undefined {
    return this.#narrations.shift();
  }

  handle(event: ScenarioEvent): void {
    switch (event.type) {
      case "step":
        this.#begin(event.step, event.occurrence);
        break;
      case "continue":
        this.#continue(this.#waiting.filter(({ wait }) => wait === event.wait));
        break;
      case "look":
        this.#looking = false;
        this.#continue(this.#waiting.filter(({ onChange }) => onChange));
    }
  }

  save(): ScenarioState {
    return {
      done: [...this.#done],
      failures: [...this.#failures],
      waiting: [...this.#waiting],
      narrations: [...this.#narrations],
      waits: this.#waits,
      looking: this.#looking,
    };
  }

  load(state: unknown): void {
    const saved = state as ScenarioState;
    this.#done.clear();
    for (const [step, time] of saved.done) this.#done.set(step, time);
    this.#failures = [...saved.failures];
    this.#waiting = [...saved.waiting];
    this.#narrations = [...saved.narrations];
    this.#waits = saved.waits;
    this.#looking = saved.looking;
  }

  /** Puts a step where it belongs: on the future event list, or among the narrations. */
  #plan(at: number, time: Micros, occurrence: number): void {
    const step = this.#scenario.steps[at] as Step;
    if (time > this.#scenario.duration) return;
    if (step.action !== undefined) {
      const event: ScenarioEvent = { type: "step", step: at, occurrence };
      this.#cluster.engine.at(
        Math.max(time, this.#cluster.engine.now),
        NAME,
        event,
        Priority.input,
      );
      return;
    }
    const before = this.#narrations.findIndex((other) => other.time > time);
    this.#narrations.splice(before < 0 ? this.#narrations.length : before, 0, {
      time,
      step: at,
      occurrence,
    });
    this.#repeat(at, time, occurrence);
    // Its time is known, so that what follows it can be planned without an event of its own.
    if (occurrence === 0) this.#complete(step, time);
  }

  #repeat(at: number, time: Micros, occurrence: number): void {
    const { repeat } = this.#scenario.steps[at] as Step;
    if (repeat === undefined) return;
    const next = time + repeat.every;
    if (repeat.until !== undefined && next > repeat.until) return;
    if (repeat.times !== undefined && occurrence + 1 >= repeat.times) return;
    this.#plan(at, next, occurrence + 1);
  }

  #complete(step: Step, time: Micros): void {
    if (this.#done.has(step.id)) return;
    this.#done.set(step.id, time);
    for (const at of this.#dependants.get(step.id) ?? []) {
      const { timing } = this.#scenario.steps[at] as Step;
      if (timing.kind !== "after") continue;
      const times = timing.steps.map((id) => this.#done.get(id));
      if (times.includes(undefined)) continue;
      this.#plan(at, Math.max(...(times as number[])) + timing.delay, 0);
    }
  }

  #begin(at: number, occurrence: number): void {
    const step = this.#scenario.steps[at] as Step;
    const { engine } = this.#cluster;
    this.#repeat(at, engine.now, occurrence);
    if (step.when !== undefined && step.when.evaluate(this.view, this.#scenario.params) !== true) {
      this.#write({ id: step.id, what: "skip", text: `not done: ${step.when.text} does not hold` });
      this.#complete(step, engine.now);
      return;
    }
    const cause = this.#write(beginRecord(step, occurrence));
    this.#run({
      wait: ++this.#waits,
      step: at,
      occurrence,
      since: engine.now,
      cause,
      onChange: false,
      memory: undefined,
    });
  }

  #continue(waiting: readonly Waiting[]): void {
    for (const one of waiting) {
      this.#waiting = this.#waiting.filter((other) => other !== one);
      this.#run({ ...one, wait: ++this.#waits });
    }
  }

  #run(waiting: Waiting): void {
    const step = this.#scenario.steps[waiting.step] as Step;
    const { engine } = this.#cluster;
    engine.journal.cause = waiting.cause;
    const progress = this.#act(step, waiting);
    if (progress === undefined) {
      this.#complete(step, engine.now);
      return;
    }
    const { again, onChange = false, memory } = progress;
    this.#waiting.push({ ...waiting, onChange, memory });
    if (again !== undefined)
      engine.after(again, NAME, { type: "continue", wait: waiting.wait }, Priority.input);
  }

  #act(step: Step, { cause, since, memory, occurrence }: Waiting): Progress {
    const { engine } = this.#cluster;
    const { action, id } = step;
    try {
      return action?.verb.run(action.prepared, {
        cluster: this.#cluster,
        api: this.#api,
        view: this.view,
        params: this.#scenario.params,
        step: id,
        now: engine.now,
        since,
        random: engine.random.fork(`scenario/${id}/${occurrence}`),
        memory,
        cause,
        note: (text) => void this.#write({ id, what: "note", text }),
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#write({ id, what: "error", text: error.message });
      if (!step.mayFail) this.#failures.push(`${id}: ${error.message}`);
      return undefined;
    }
  }

  #write(step: StepRecord): Seq {
    return this.#cluster.engine.journal.append({ kind: "step", step });
  }

  /** Looks at waiting steps once at the end of an instant in which objects changed. */
  #wake(): void {
    if (this.#looking || !this.#waiting.some(({ onChange }) => onChange)) return;
    this.#looking = true;
    this.#cluster.engine.after(0, NAME, { type: "look" }, Priority.late);
  }
}

/** What the journal is told of a step that begins. */
export function beginRecord(step: Step, occurrence: number): StepRecord {
  return {
    id: step.id,
    what: "begin",
    occurrence,
    text: step.action?.summary ?? step.say ?? step.quiz?.ask ?? step.checkpoint ?? "",
    ...(step.action === undefined ? {} : { action: step.action.summary }),
    ...(step.say === undefined || occurrence > 0 ? {} : { say: step.say }),
    ...(step.quiz === undefined || occurrence > 0 ? {} : { quiz: step.quiz }),
    ...(step.checkpoint === undefined || occurrence > 0 ? {} : { checkpoint: step.checkpoint }),
  };
}

/** The live state of a cluster as expressions read it. */
export function viewOf(cluster: Cluster): StateView {
  return {
    get now() {
      return cluster.engine.now;
    },
    get: (kind, key) => cluster.store.get(kind, key),
    list: (kind) => cluster.store.objects(kind).values(),
  };
}

function dependants(steps: readonly Step[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  steps.forEach(({ timing }, at) => {
    if (timing.kind !== "after") return;
    for (const id of timing.steps) found.set(id, [...(found.get(id) ?? []), at]);
  });
  return found;
}
