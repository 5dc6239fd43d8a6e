import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../sim/api/object.ts";
import { randomFrom } from "../../sim/engine/random.ts";
import { History } from "../../sim/history/history.ts";
import { load, names, start } from "./run-scenario.ts";

const root = join(import.meta.dirname, "../..");

describe("determinism", () => {
  it("gives the same digest for the same seed, twice in one process", () => {
    const scenario = load("tour");
    expect(start(scenario).finish()).toEqual(start(scenario).finish());
  });

  it("gives the same digest in another process, in another time zone", () => {
    const here = start(load("tour")).finish().digest;
    const program = `import("${root}/test/scenarios/run-scenario.ts").then(({ load, start }) => console.log(start(load("tour")).finish().digest))`;
    const there = execFileSync(process.execPath, ["--import", "tsx", "-e", program], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8" },
    });
    expect(there.trim()).toBe(here);
  }, 30_000);

  it("gives another digest for another seed", () => {
    const scenario = load("tour");
    expect(start(scenario, { seed: "43" }).finish().digest).not.toBe(
      start(scenario).finish().digest,
    );
  });

  it.each(["full", "changes", "digest"] as const)(
    "is not altered by journal detail %s, nor by observers",
    (detail) => {
      const scenario = load("drain-with-pdb");
      let heard = 0;
      const watched = start(scenario, { detail, observer: () => heard++ }).finish();
      const plain = start({ ...scenario, expectations: [], measures: [] }).finish();
      expect(watched.digest).toBe(plain.digest);
      expect(heard).toBeGreaterThan(100);
    },
  );

  it("is not altered by what is said, asked and marked", () => {
    const scenario = load("tour");
    const silent = {
      ...scenario,
      steps: scenario.steps.map((step) => ({
        ...step,
        say: undefined,
        quiz: undefined,
        checkpoint: undefined,
      })),
    };
    expect(start(silent).finish().digest).toBe(start(scenario).finish().digest);
  });
});

describe("checkpoints", () => {
  it.each(names)(
    "%s: a run restored at 5 random instants ends in the straight run's digest",
    (name) => {
      const scenario = load(name);
      const straight = start(scenario).finish().digest;
      const random = randomFrom(`checkpoints of ${name}`);
      for (let round = 0; round < 5; round++) {
        const at = random.int(scenario.duration);
        const first = start(scenario);
        first.advance(at);
        const checkpoint = first.save();
        const second = start(scenario);
        second.load(checkpoint);
        second.advance(scenario.duration);
        expect(second.result().digest, `restored at ${at} us`).toBe(straight);
      }
    },
    60_000,
  );

  it.each(names)(
    "%s: the state at an instant is the same through checkpoints and through replay",
    (name) => {
      const scenario = load(name);
      const whole = start(scenario, { detail: "changes" });
      whole.finish();
      const history = new History(whole.cluster.engine.journal.entries, scenario.duration);
      const random = randomFrom(`states of ${name}`);
      for (let round = 0; round < 3; round++) {
        const at = random.int(scenario.duration);
        const replay = start(scenario);
        replay.advance(at);
        const state = history.stateAt(at);
        for (const kind of replay.cluster.store.kinds()) {
          const live = new Map<string, KubeObject>();
          for (const object of replay.cluster.store.objects(kind).values()) {
            const { namespace, name: own } = object.metadata;
            live.set(namespace === undefined ? own : `${namespace}/${own}`, object);
          }
          expect(Object.fromEntries(state.get(kind) ?? []), `${kind} at ${at} us`).toEqual(
            Object.fromEntries(live),
          );
        }
      }
    },
    60_000,
  );
});
