import { describe, expect, test } from "vitest";
import {
  type Actor,
  Engine,
  EngineError,
  Priority,
  type SimEvent,
} from "../../sim/engine/engine.ts";
import type { JournalDetail } from "../../sim/engine/journal.ts";
import type { Random } from "../../sim/engine/random.ts";

/** Draws, writes what it drew, and goes on: enough state to notice a wrong checkpoint. */
class Walker implements Actor<{ readonly type: "step" }> {
  readonly name: string;
  readonly #engine: Engine;
  readonly #random: Random;
  #sum = 0;

  constructor(name: string, engine: Engine) {
    this.name = name;
    this.#engine = engine;
    this.#random = engine.random.fork(name);
    engine.register(this);
  }

  handle(): void {
    const draw = this.#random.int(1000);
    this.#sum += draw;
    const { journal } = this.#engine;
    journal.append({
      kind: "decision",
      subject: this.name,
      outcome: String(this.#sum),
      decision: { sum: this.#sum },
    });
    this.#engine.after(draw + 1, this.name, { type: "step" });
  }

  save(): unknown {
    return { sum: this.#sum, random: this.#random.save() };
  }

  load(state: unknown): void {
    const saved = state as { sum: number; random: readonly [number, number, number, number] };
    this.#sum = saved.sum;
    this.#random.load(saved.random);
  }
}

function walkers(seed: string, detail: JournalDetail = "full", names = ["a", "b", "c"]): Engine {
  const engine = new Engine(seed, detail);
  for (const name of names) {
    new Walker(name, engine);
    engine.after(0, name, { type: "step" });
  }
  return engine;
}

describe("engine", () => {
  test("the same seed gives the same digest, another seed another one", () => {
    const digests = ["1", "1", "2"].map((seed) => {
      const engine = walkers(seed);
      engine.runUntil(100_000);
      return engine.journal.digest();
    });
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
  });

  test("journal detail and listeners leave the digest alone", () => {
    const digests = (["full", "changes", "digest"] as const).map((detail) => {
      const engine = walkers("7", detail);
      let heard = 0;
      engine.journal.listen(() => {
        heard++;
      });
      engine.journal.append({ kind: "step", step: "an observation" });
      engine.runUntil(50_000);
      expect(heard).toBeGreaterThan(100);
      return engine.journal.digest();
    });
    expect(new Set(digests).size).toBe(1);
  });

  test("a run restored at any instant ends like the straight run", () => {
    const straight = walkers("seed");
    straight.runUntil(100_000);
    for (const instant of [0, 1, 333, 50_000, 99_999]) {
      const first = walkers("seed");
      first.runUntil(instant);
      const second = walkers("other");
      second.load(first.save());
      second.runUntil(100_000);
      expect(second.journal.digest()).toBe(straight.journal.digest());
      expect(second.fired).toBe(straight.fired);
    }
  });

  test("a new actor shifts nobody else's draws", () => {
    const sums = (names: string[]): unknown => {
      const engine = walkers("x", "full", names);
      engine.runUntil(10_000);
      return engine.journal.entries
        .filter((entry) => entry.kind === "decision" && entry.subject === "b")
        .map(({ time }) => time);
    };
    expect(sums(["a", "b"])).toEqual(sums(["a", "new", "b"]));
  });

  test("an event's entry names the entry under which it was scheduled as its cause", () => {
    const engine = new Engine("1");
    engine.register({
      name: "chain",
      handle: (event: SimEvent) => {
        if (event.type === "first") engine.after(5, "chain", { type: "second" });
      },
      save: () => undefined,
      load: () => undefined,
    });
    engine.after(0, "chain", { type: "first" });
    engine.runUntil(10);
    const [first, second] = engine.journal.entries;
    expect(first?.cause).toBe(0);
    expect(second?.cause).toBe(first?.seq);
  });

  test("events of one instant fire by priority, then in order of scheduling", () => {
    const engine = new Engine("1");
    const seen: string[] = [];
    engine.register({
      name: "log",
      handle: (event: SimEvent) => {
        seen.push(event.type);
      },
      save: () => undefined,
      load: () => undefined,
    });
    engine.after(1, "log", { type: "late" }, Priority.late);
    engine.after(1, "log", { type: "normal-1" });
    engine.after(1, "log", { type: "input" }, Priority.input);
    engine.after(1, "log", { type: "normal-2" });
    engine.runUntil(1);
    expect(seen).toEqual(["input", "normal-1", "normal-2", "late"]);
  });

  test("an actor that throws stops the run with its name, event and time", () => {
    const engine = new Engine("1");
    engine.register({
      name: "broken",
      handle: () => {
        throw new Error("no such thing");
      },
      save: () => undefined,
      load: () => undefined,
    });
    engine.after(3, "broken", { type: "boom" });
    expect(() => engine.runUntil(10)).toThrow(EngineError);
    expect(() => engine.after(-1, "broken", { type: "boom" })).toThrow(
      /expected a later whole time/,
    );
  });
});
