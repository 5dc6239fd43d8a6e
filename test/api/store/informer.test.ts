import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Informers } from "../../../sim/api/informer.ts";
import type { KubeObject } from "../../../sim/api/object.ts";
import { EVERY_PART, Part } from "../../../sim/api/object-parts.ts";
import { Store } from "../../../sim/api/store.ts";
import { Engine } from "../../../sim/engine/engine.ts";

const KIND = "Pod";
const LAGS = [0, 3, 20];

function build() {
  const engine = new Engine("informers", "digest");
  const store = new Store(engine, 0);
  engine.register({
    name: "store",
    handle: () => {},
    save: () => store.save(),
    load: (state) => store.load(state as ReturnType<Store["save"]>),
  });
  const informers = LAGS.map((lag) => new Informers(`lag-${lag}`, engine, store, lag));
  for (const one of informers) one.cache(KIND);
  return { engine, store, informers };
}

function pod(name: string, nodeName: string, revision: number): KubeObject {
  return {
    apiVersion: "v1",
    kind: KIND,
    metadata: {
      name,
      namespace: "default",
      uid: name,
      resourceVersion: String(revision),
      creationTimestamp: "",
    },
    spec: { nodeName },
  };
}

const step = fc.record({
  do: fc.constantFrom("write", "write", "delete", "wait", "freeze", "restore"),
  name: fc.constantFrom("a", "b", "c", "d"),
  node: fc.constantFrom("one", "two"),
  span: fc.nat(8),
});

describe("caches that follow the store", () => {
  it("hold what the store held a lag ago, in its order, through deletions, freezes and restores", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let run = build();
        const history: [time: number, objects: KubeObject[]][] = [[0, []]];
        let frozenUntil = 0;
        for (const one of steps) {
          const { engine, store, informers } = run;
          const key = `default/${one.name}`;
          const before = store.get(KIND, key);
          if (one.do === "write" || (one.do === "delete" && before !== undefined)) {
            const after = pod(one.name, one.node, store.nextRevision());
            const type =
              one.do === "delete" ? "DELETED" : before === undefined ? "ADDED" : "MODIFIED";
            store.commit(KIND, type, before, after);
            history.push([engine.now, [...store.objects(KIND).values()]]);
          } else if (one.do === "freeze") {
            // A freeze that ends earlier than one before it ends nothing.
            frozenUntil = Math.max(frozenUntil, engine.now + one.span);
            for (const informer of informers) informer.freeze(engine.now + one.span);
          } else if (one.do === "restore") {
            const state = engine.save();
            run = build();
            run.engine.load(state);
          } else engine.runUntil(engine.now + one.span);
          const now = run.engine.now;
          if (one.do !== "wait" || now <= frozenUntil) continue;
          run.informers.forEach((informer, at) => {
            const cache = informer.cache(KIND);
            const seen = history.findLast(([time]) => time + (LAGS[at] ?? 0) <= now)?.[1] ?? [];
            expect([...cache.values()].map(({ metadata }) => metadata)).toEqual(
              seen.map(({ metadata }) => metadata),
            );
            for (const object of seen)
              expect(cache.get(`default/${object.metadata.name}`)).toEqual(object);
            expect(cache.countIndexed("namespace", "default")).toBe(seen.length);
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a state from before a kind was followed", () => {
  function followed() {
    const run = build();
    const saved = run.engine.save();
    const [informers] = run.informers as [Informers];
    const write = (name: string) =>
      run.store.commit("Thing", "ADDED", undefined, pod(name, "one", run.store.nextRevision()));
    informers.onAny(() => {}, new Set());
    return { ...run, saved, first: informers, write };
  }

  it("has caches of it neither then nor before it comes again", () => {
    const { engine, first, saved, write } = followed();
    for (const name of ["a", "b", "c"]) write(name);
    engine.runUntil(1);
    engine.load(saved);
    expect([...first.caches()].map(([kind]) => kind)).toEqual([KIND]);
    write("d");
    engine.runUntil(2);
    expect([...first.cache("Thing").values()].map(({ metadata }) => metadata.name)).toEqual(["d"]);
  });

  it("still tells those who listen of it", () => {
    const { engine, first, saved, write } = followed();
    const heard: string[] = [];
    first.on("Thing", ({ key }) => heard.push(key));
    for (const name of ["a", "b", "c"]) write(name);
    engine.runUntil(1);
    engine.load(saved);
    write("d");
    engine.runUntil(2);
    expect(heard).toEqual(["default/a", "default/b", "default/c", "default/d"]);
  });
});

describe("handlers that name parts", () => {
  const PARTS: readonly (readonly [name: string, parts: number, change: object])[] = [
    ["a spec", Part.spec, { spec: { nodeName: "two" } }],
    ["a status", Part.status, { status: { phase: "Running" } }],
    ["labels", Part.labels, { metadata: { labels: { app: "web" } } }],
    ["owners", Part.owners, { metadata: { ownerReferences: [] } }],
    ["a deletion", Part.deletion, { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }],
    ["finalizers", Part.finalizers, { metadata: { finalizers: ["a/b"] } }],
    ["anything", Part.rest, { metadata: { annotations: { a: "b" } } }],
  ];

  it.each(PARTS)("hear of %s when it changes, and of what comes and goes", (_, parts, change) => {
    const engine = new Engine("parts", "digest");
    const store = new Store(engine, 0);
    const informers = new Informers("one", engine, store, 0);
    const heard: string[] = [];
    const others: string[] = [];
    informers.on(KIND, ({ type }) => heard.push(type), parts);
    informers.on(KIND, ({ type }) => others.push(type), EVERY_PART & ~parts & ~Part.rest);
    const born = pod("a", "one", store.nextRevision());
    store.commit(KIND, "ADDED", undefined, born);
    const { metadata, ...rest } = change as { metadata?: object };
    const next = { ...born, ...rest, metadata: { ...born.metadata, ...metadata } };
    store.commit(KIND, "MODIFIED", born, next);
    store.commit(KIND, "DELETED", next, next);
    engine.runUntil(1);
    expect(heard).toEqual(["ADDED", "MODIFIED", "DELETED"]);
    expect(others).toEqual(["ADDED", "DELETED"]);
  });
});
