import fc from "fast-check";
import { expect } from "vitest";
import { MINUTE } from "../../sim/engine/time.ts";
import {
  checkWatches,
  committed,
  type Kind,
  keyOf,
  type Model,
  manifest,
  NAMES,
  pathOf,
  type Real,
  type Stored,
  startModel,
  storedOf,
  unchanged,
} from "./api-model.ts";
import { request } from "./bare-api.ts";

type Mode = "current" | "stale" | "none";

/** One request of the model; arbitrary values are its fields. */
abstract class Step implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }
  run(model: Model, real: Real): void {
    this.act(model, real);
    real.cache.check(model, false);
    for (const open of real.watches) open.heard.push(...open.watch.pull(real.bare.engine.now));
  }
  abstract act(model: Model, real: Real): unknown;
  abstract toString(): string;
}

class Create extends Step {
  constructor(
    readonly kind: Kind,
    readonly name: string,
    readonly value: number,
    readonly bad: boolean,
  ) {
    super();
  }
  act(model: Model, real: Real): unknown {
    const { kind, name } = this;
    const body = manifest(kind, this.bad ? "Bad_Name" : name, this.value);
    const before = model.objects.get(keyOf(kind, name));
    const { code, body: answer } = request(real.bare, "POST", pathOf(kind), body);
    if (this.bad || before !== undefined) {
      expect(code).toBe(this.bad ? 422 : 409);
      return unchanged(model, real);
    }
    expect(code).toBe(201);
    const created = storedOf(real, kind, name) as Stored;
    expect(created.metadata.resourceVersion).toBe((answer as Stored).metadata.resourceVersion);
    expect(model.uids.has(created.metadata.uid), "30: uid unique for ever").toBe(false);
    model.uids.add(created.metadata.uid);
    if (kind === "Deployment") expect(created.metadata.generation).toBe(1);
    committed(model, real, kind, "ADDED", created);
  }
  toString(): string {
    return `create ${this.kind} ${this.bad ? "Bad_Name" : this.name} ${this.value}`;
  }
}

class Update extends Step {
  constructor(
    readonly kind: Kind,
    readonly name: string,
    readonly value: number,
    readonly mode: Mode,
    readonly door: "" | "status",
  ) {
    super();
  }
  act(model: Model, real: Real): unknown {
    const { kind, name, value, mode } = this;
    const door = kind === "ConfigMap" ? "" : this.door;
    const before = model.objects.get(keyOf(kind, name));
    const body = manifest(kind, name, value);
    if (before !== undefined) {
      body.metadata = {
        ...before.metadata,
        resourceVersion:
          mode === "current"
            ? before.metadata.resourceVersion
            : mode === "stale"
              ? String(Number(before.metadata.resourceVersion) - 1)
              : "",
      };
      if (kind === "Deployment") body.status = { observedGeneration: 1, replicas: value };
    }
    const path = `${pathOf(kind, name)}${door === "" ? "" : "/status"}`;
    const { code } = request(real.bare, "PUT", path, body);
    if (before === undefined) {
      expect(code).toBe(404);
      return unchanged(model, real);
    }
    expect(code, "28: a conditional write succeeds if it is current").toBe(
      mode === "stale" ? 409 : 200,
    );
    if (mode === "stale") return unchanged(model, real);
    const after = storedOf(real, kind, name) as Stored;
    this.#compare(before, after, door, value);
    if (after === before) unchanged(model, real);
    else committed(model, real, kind, "MODIFIED", after);
  }
  #compare(before: Stored, after: Stored, door: string, value: number): void {
    expect(after.metadata.deletionTimestamp, "31: never cleared").toBe(
      before.metadata.deletionTimestamp,
    );
    if (this.kind === "ConfigMap") {
      expect(after.data.value).toBe(String(value));
      return;
    }
    const generation = before.metadata.generation ?? 0;
    if (door === "status") {
      expect(after.spec, "36: status writes leave the spec").toEqual(before.spec);
      expect(after.metadata.generation, "29").toBe(generation);
      return;
    }
    expect(after.status, "36: spec writes leave the status").toEqual(before.status);
    const changed = before.spec.replicas !== value;
    expect(after.metadata.generation, "29").toBe(changed ? generation + 1 : generation);
  }
  toString(): string {
    return `update ${this.kind} ${this.name} ${this.value} ${this.mode} ${this.door}`;
  }
}

class Finalize extends Step {
  constructor(
    readonly kind: Kind,
    readonly name: string,
    readonly add: boolean,
  ) {
    super();
  }
  act(model: Model, real: Real): unknown {
    const { kind, name, add } = this;
    const before = model.objects.get(keyOf(kind, name));
    const finalizers = add ? ["x.y/hold"] : null;
    const { code } = request(
      real.bare,
      "PATCH",
      pathOf(kind, name),
      { metadata: { finalizers } },
      "application/merge-patch+json",
    );
    if (before === undefined) {
      expect(code).toBe(404);
      return unchanged(model, real);
    }
    const held = (before.metadata.finalizers?.length ?? 0) > 0;
    const deleting = before.metadata.deletionTimestamp !== undefined;
    if (add && deleting && !held) throw new Error("31: removed when nothing holds it");
    expect(code).toBe(200);
    const after = storedOf(real, kind, name);
    if (held === add) return unchanged(model, real);
    if (!add && deleting) {
      expect(after, "31: gone with its last finalizer").toBeUndefined();
      const last = real.bare.store.changesSince(kind, model.revision)?.at(-1);
      expect(last?.type).toBe("DELETED");
      return committed(model, real, kind, "DELETED", last?.after as Stored);
    }
    committed(model, real, kind, "MODIFIED", after as Stored);
  }
  toString(): string {
    return `${this.add ? "hold" : "release"} ${this.kind} ${this.name}`;
  }
}

/** Another finalizer: welcome until the object is being deleted. */
class HoldMore extends Step {
  constructor(
    readonly kind: Kind,
    readonly name: string,
  ) {
    super();
  }
  act(model: Model, real: Real): unknown {
    const { kind, name } = this;
    const before = model.objects.get(keyOf(kind, name));
    if (before?.metadata.deletionTimestamp === undefined) return;
    const finalizers = [...(before.metadata.finalizers ?? []), "x.y/more"];
    const { code } = request(
      real.bare,
      "PATCH",
      pathOf(kind, name),
      { metadata: { finalizers } },
      "application/merge-patch+json",
    );
    expect(code, "31: no new finalizers once it is being deleted").toBe(422);
    unchanged(model, real);
  }
  toString(): string {
    return `hold ${this.kind} ${this.name} more`;
  }
}

class Delete extends Step {
  constructor(
    readonly kind: Kind,
    readonly name: string,
    readonly dryRun: boolean,
  ) {
    super();
  }
  act(model: Model, real: Real): unknown {
    const { kind, name, dryRun } = this;
    const before = model.objects.get(keyOf(kind, name));
    const path = `${pathOf(kind, name)}${dryRun ? "?dryRun=All" : ""}`;
    const { code } = request(real.bare, "DELETE", path);
    if (before === undefined) {
      expect(code).toBe(404);
      return unchanged(model, real);
    }
    expect(code).toBe(200);
    if (dryRun) return unchanged(model, real);
    const held = (before.metadata.finalizers?.length ?? 0) > 0;
    const after = storedOf(real, kind, name);
    if (!held) {
      expect(after, "31: nothing holds it").toBeUndefined();
      const last = real.bare.store.changesSince(kind, model.revision)?.at(-1);
      return committed(model, real, kind, "DELETED", last?.after as Stored);
    }
    expect(after?.metadata.deletionTimestamp).toBeDefined();
    if (before.metadata.deletionTimestamp !== undefined) return unchanged(model, real);
    committed(model, real, kind, "MODIFIED", after as Stored);
  }
  toString(): string {
    return `delete ${this.kind} ${this.name}${this.dryRun ? " dry" : ""}`;
  }
}

class OpenAWatch extends Step {
  constructor(
    readonly kind: Kind,
    readonly back: number,
  ) {
    super();
  }
  act(model: Model, real: Real): void {
    const from = Math.max(1, model.revision - this.back);
    const { watch } = request(
      real.bare,
      "GET",
      `${pathOf(this.kind)}?watch=1&allowWatchBookmarks=true&resourceVersion=${from}`,
    );
    expect(watch).toBeDefined();
    if (watch !== undefined) real.watches.push({ kind: this.kind, from, watch, heard: [] });
  }
  toString(): string {
    return `watch ${this.kind} from ${this.back} ago`;
  }
}

class ListAt extends Step {
  constructor(
    readonly kind: Kind,
    readonly back: number,
  ) {
    super();
  }
  act(model: Model, real: Real): unknown {
    const at = Math.max(1, model.revision - this.back);
    const { code, body } = request(
      real.bare,
      "GET",
      `${pathOf(this.kind)}?resourceVersion=${at}&resourceVersionMatch=Exact`,
    );
    if (at < model.compacted) {
      expect(code).toBe(410);
      return;
    }
    expect(code).toBe(200);
    const expected = new Map<string, string>();
    for (const { revision, type, name, object } of model.log[this.kind]) {
      if (revision > at) break;
      if (type === "DELETED") expected.delete(name);
      else expected.set(name, object.metadata.resourceVersion);
    }
    const { items } = body as { items: Stored[] };
    const found = items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    expect(found, "34: the fold of what was committed up to there").toEqual(
      [...expected].sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  toString(): string {
    return `list ${this.kind} as of ${this.back} ago`;
  }
}

/** Time goes by, so that caches hear of some of what was written. */
class Wait extends Step {
  constructor(readonly minutes: number) {
    super();
  }
  act(model: Model, real: Real): void {
    const { revision } = real.bare.store;
    real.bare.engine.runUntil(real.bare.engine.now + this.minutes * MINUTE);
    expect(revision).toBe(model.revision);
  }
  toString(): string {
    return `wait ${this.minutes} min`;
  }
}

class Compact extends Step {
  act(model: Model, real: Real): void {
    real.bare.engine.runUntil(real.bare.engine.now + 2 * MINUTE);
    real.bare.store.compact();
    model.compacted = real.bare.store.revision;
  }
  toString(): string {
    return "compact";
  }
}

const kind = fc.constantFrom<Kind>("ConfigMap", "Deployment");
const name = fc.constantFrom(...NAMES);
const value = fc.integer({ min: 1, max: 4 });
const back = fc.integer({ min: 0, max: 12 });

/** Sequences of requests. */
function steps(maxCommands: number): fc.Arbitrary<Iterable<fc.Command<Model, Real>>> {
  const mode = fc.constantFrom<Mode>("current", "current", "stale", "none");
  const rarely = fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0);
  return fc.commands(
    [
      fc.tuple(kind, name, value, rarely).map((parts) => new Create(...parts)),
      fc
        .tuple(kind, name, value, mode, fc.constantFrom<"" | "status">("", "status"))
        .map((parts) => new Update(...parts)),
      fc.tuple(kind, name, fc.boolean()).map((parts) => new Finalize(...parts)),
      fc.tuple(kind, name).map((parts) => new HoldMore(...parts)),
      fc.tuple(kind, name, rarely).map((parts) => new Delete(...parts)),
      fc.tuple(kind, back).map((parts) => new OpenAWatch(...parts)),
      fc.tuple(kind, back).map((parts) => new ListAt(...parts)),
      fc.integer({ min: 1, max: 20 }).map((minutes) => new Wait(minutes)),
      fc.constant(new Compact()),
    ],
    { maxCommands, size: "max" },
  );
}

/** Runs sequences of requests against the model; answers how many were made. */
export function checkLaws(runs: number, maxCommands: number, seed: number): number {
  let operations = 0;
  fc.assert(
    fc.property(steps(maxCommands), (commands) => {
      const { model, real } = startModel();
      fc.modelRun(() => ({ model, real }), commands);
      operations += [...commands].length;
      checkWatches(model, real);
    }),
    { numRuns: runs, seed },
  );
  return operations;
}
