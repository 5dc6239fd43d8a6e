import type { ApiServer } from "../api/api-server.ts";
import { type Caches, ComponentClient } from "../api/client.ts";
import type { Informers } from "../api/informer.ts";
import type { Led } from "../api/leader-election.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import type { ObjectSet } from "../api/object-set.ts";
import type { ControllerRunner } from "../controllers/runtime/controller-runner.ts";
import type { Engine } from "../engine/engine.ts";

/** What a controller manager that stands still remembers: its caches, and what each controller does. */
interface Remembered {
  readonly caches: ReadonlyMap<string, readonly KubeObject[]>;
  readonly memories: ReadonlyMap<string, readonly (readonly [string, unknown])[]>;
}

/** The controllers as what the leader of the controller manager's replicas runs. */
export function ledControllers(
  engine: Engine,
  api: ApiServer,
  informers: Informers,
  runners: ReadonlyMap<string, ControllerRunner>,
): Led {
  const each = (act: (runner: ControllerRunner) => void) => {
    for (const runner of runners.values()) act(runner);
  };
  return {
    stop: () => each((runner) => runner.crash(undefined)),
    start: () => each((runner) => runner.start()),
    suspend: () => {
      each((runner) => runner.suspend());
      const caches = [...informers.caches()].map(
        ([kind, set]) => [kind, [...set.values()]] as const,
      );
      const memories = [...runners].map(([name, runner]) => [name, runner.save().memory] as const);
      return { caches: new Map(caches), memories: new Map(memories) } satisfies Remembered;
    },
    resume: () => each((runner) => runner.start()),
    straggle: (memory) => {
      const { caches, memories } = memory as Remembered;
      for (const [name, runner] of runners) {
        const { for: own } = runner.controller;
        const stale = new StaleCaches(informers, caches, own);
        const client = new ComponentClient(`${name}/straggler`, engine, api, stale);
        for (const key of stale.news())
          runner.straggle(key, client, new Map(memories.get(name) ?? []));
        engine.unregister(client.name);
      }
    },
  };
}

/**
 * Caches of a process that stood still. Each kind has a watch of its own, so that news of the one kind that a controller
 * looks after may come before all other news.
 */
class StaleCaches implements Caches {
  readonly #informers: Informers;
  readonly #objects: Remembered["caches"];
  readonly #own: string;
  readonly #sets = new Map<string, ObjectSet>();

  constructor(informers: Informers, objects: Remembered["caches"], own: string) {
    this.#informers = informers;
    this.#objects = objects;
    this.#own = own;
  }

  cache(kind: string): ObjectSet {
    const current = this.#informers.cache(kind);
    if (kind === this.#own) return current;
    const known = this.#sets.get(kind) ?? current.alike(this.#objects.get(kind) ?? []);
    this.#sets.set(kind, known);
    return known;
  }

  *caches(): IterableIterator<readonly [kind: string, cache: ObjectSet]> {
    for (const kind of this.#objects.keys()) yield [kind, this.cache(kind)];
  }

  /** Keys of the controller's own kind that changed meanwhile. */
  news(): readonly Key[] {
    const before = new Set(this.#objects.get(this.#own) ?? []);
    const current = this.#informers.cache(this.#own).values();
    return [...current].filter((object) => !before.has(object)).map(keyOf);
  }
}
