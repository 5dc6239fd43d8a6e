import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SharedFrames } from "../../sim/api/rest/shared-frames.ts";
import type { Secret } from "../../sim/api/types.gen.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { bareApi, request } from "./bare-api.ts";

const KIND = "ConfigMap";

/** Writes, compactions and reads of one view from a revision so many below the newest, at most `limit` frames at once. */
const step = fc.oneof(
  fc.record({
    do: fc.constant("write" as const),
    home: fc.constantFrom("a", "b"),
    name: fc.nat(3),
  }),
  fc.record({
    do: fc.constant("delete" as const),
    home: fc.constantFrom("a", "b"),
    name: fc.nat(3),
  }),
  fc.record({ do: fc.constant("compact" as const) }),
  fc.record({
    do: fc.constant("read" as const),
    back: fc.nat(30),
    limit: fc.integer({ min: 1, max: 9 }),
  }),
);

describe("frames that watches share", () => {
  it("are those of the log after a revision, whoever asked for what before", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.constantFrom("a", undefined),
        (steps, home) => {
          const { api, store } = bareApi();
          for (const name of ["a", "b"])
            api.create("Namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
          const frames = new SharedFrames(store, KIND, home, (object) => object);
          let count = 0;
          for (const one of steps) {
            if (one.do === "compact") store.compact();
            else if (one.do === "read") {
              const from = Math.max(0, store.revision - one.back);
              const batch = frames.after(from, one.limit);
              const due = store
                .changesSince(KIND, from)
                ?.filter(({ after }) => home === undefined || after.metadata.namespace === home)
                .slice(0, one.limit);
              expect(batch?.frames.map(({ type, object }) => [type, object])).toEqual(
                due?.map(({ type, after }) => [type, after]),
              );
            } else {
              const key = `${one.home}/map-${one.name}`;
              const known = store.get(KIND, key);
              const metadata = { name: `map-${one.name}`, namespace: one.home };
              const map = { apiVersion: "v1", kind: KIND, data: { count: `${count++}` } };
              if (one.do === "delete") {
                if (known !== undefined) api.delete(KIND, key);
              } else if (known === undefined) api.create(KIND, { ...map, metadata });
              else api.update(KIND, { ...known, ...map } as typeof known);
            }
          }
        },
      ),
    );
  });

  it("reach as far as the log does, so that what is of other namespaces is not read again", () => {
    const { api, store } = bareApi();
    const frames = new SharedFrames(store, KIND, "elsewhere", (object) => object);
    const before = store.revision;
    const metadata = { name: "x", namespace: "default" };
    api.create(KIND, { apiVersion: "v1", kind: KIND, metadata });
    expect(frames.after(before, 10)).toEqual({ frames: [], revision: store.revision });
  });

  it.each([
    ["of all", ""],
    ["that selects", "&labelSelector=app%3Dweb"],
  ])("end no watch %s of a kind that rests while another one changes", (_, more) => {
    const bare = bareApi("rest", SECOND);
    const { api, engine, store } = bare;
    const from = store.revision;
    const open = () =>
      request(bare, "GET", `/api/v1/configmaps?watch=1&resourceVersion=${from}${more}`).watch!;
    const [polled, silent] = [open(), open()];
    const metadata = { name: "x", namespace: "default", labels: { app: "web" } };
    for (let round = 0; round < 2000; round++) {
      engine.runUntil(round * SECOND);
      if (round === 0) api.create("Secret", { apiVersion: "v1", kind: "Secret", metadata });
      const secret = api.get<Secret>("Secret", "default/x");
      api.update("Secret", { ...secret, data: { round: btoa(String(round)) } });
      if (round % 10 === 0) expect(polled.pull(engine.now)).toEqual([]);
    }
    expect(store.changesSince("Secret", from), "those are forgotten").toBeUndefined();
    api.create(KIND, { apiVersion: "v1", kind: KIND, metadata });
    for (const watch of [polled, silent, open()])
      expect(watch.pull(engine.now).map(({ type }) => type)).toEqual(["ADDED"]);
    store.compact();
    expect(polled.pull(engine.now), "it had seen everything").toEqual([]);
    expect(
      open()
        .pull(engine.now)
        .map(({ type }) => type),
    ).toEqual(["ERROR"]);
  });

  it("are the very same for those who watch in step, and shown once", () => {
    const bare = bareApi();
    const path = "/api/v1/namespaces/default/configmaps";
    const open = () => request(bare, "GET", `${path}?watch=1&resourceVersion=0`).watch;
    const [one, other] = [open(), open()];
    request(bare, "POST", path, { metadata: { name: "x" } });
    const [frames, same] = [one?.pull(0), other?.pull(0)];
    expect(frames).toHaveLength(1);
    expect(same).toBe(frames);
    expect(same?.[0]?.object).toBe(frames?.[0]?.object);
  });

  it("are those of the state that was loaded last", () => {
    const bare = bareApi();
    const { api, store } = bare;
    const frames = new SharedFrames(store, KIND, undefined, (object) => object.metadata.name);
    const saved = store.save();
    const make = (name: string) => {
      const metadata = { name, namespace: "default" };
      api.create(KIND, { apiVersion: "v1", kind: KIND, metadata });
    };
    const namesAfter = (revision: number) =>
      frames.after(revision, 10)?.frames.map(({ object }) => object);
    const { revision } = store;
    make("first");
    expect(namesAfter(revision)).toEqual(["first"]);
    store.load(saved);
    make("second");
    expect(namesAfter(revision)).toEqual(["second"]);
  });
});
