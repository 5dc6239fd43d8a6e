import { describe, expect, it } from "vitest";
import { ComponentRecorder } from "../../../sim/api/event-recorder.ts";
import type { Event, Pod } from "../../../sim/api/types.gen.ts";
import { createCluster } from "../../../sim/cluster.ts";
import { MINUTE, SECOND } from "../../../sim/engine/time.ts";
import { bareApi } from "../../rest/bare-api.ts";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", uid: "u", resourceVersion: "7" },
} as Pod;

/** A recorder whose clock is moved by hand. */
function recorderOf(component: string) {
  const { engine, api, store } = bareApi();
  const recorder = new ComponentRecorder(component, engine, api, true);
  const events = (): readonly Event[] => [...store.objects("Event").values()] as Event[];
  const at = (minutes: number): void => engine.runUntil(minutes * MINUTE);
  const remove = (name: string) => api.delete("Event", `default/${name}`);
  return { recorder, events, at, remove };
}

describe("events of controllers", () => {
  it("are counted when they are equal", () => {
    const { recorder, events, at } = recorderOf("deployment-controller");
    for (const minute of [0, 1, 30]) {
      at(minute);
      recorder.event(pod, "Normal", "Scaled", "up");
    }
    expect(events()).toMatchObject([{ count: 3, message: "up" }]);
  });

  it("have names of their own, however many there are in one instant", () => {
    const { recorder, events } = recorderOf("job-controller");
    // The thousandth comes back to the same nanosecond.
    for (let index = 0; index <= 1000; index++) {
      const about = { ...pod, metadata: { ...pod.metadata, uid: `u${index}` } };
      recorder.event(about, "Normal", "Made", "once");
    }
    expect(events()).toHaveLength(1001);
  });

  it("are combined from the tenth similar one on", () => {
    const { recorder, events } = recorderOf("job-controller");
    for (let index = 0; index < 12; index++)
      recorder.event(pod, "Warning", "FailedCreate", `no ${index}`);
    expect(events()).toHaveLength(10);
    expect(events().at(-1)).toMatchObject({
      count: 3,
      message: "(combined from similar events): no 11",
    });
  });
});

describe("a source that tells too much", () => {
  it("is cut off after 25 events about an object, and earns another in five minutes; what was lost counts", () => {
    const { recorder, events, at } = recorderOf("job-controller");
    for (let index = 0; index < 30; index++) recorder.event(pod, "Normal", "Busy", "again");
    expect(events()).toMatchObject([{ count: 25 }]);
    at(5);
    recorder.event(pod, "Normal", "Busy", "again");
    recorder.event(pod, "Normal", "Busy", "again");
    expect(events()).toMatchObject([{ count: 31 }]);
  });

  it("goes on to count in an event that was deleted", () => {
    const { recorder, events, remove } = recorderOf("job-controller");
    recorder.event(pod, "Normal", "Busy", "again");
    const [{ metadata }] = events() as [Event];
    remove(metadata.name);
    recorder.event(pod, "Normal", "Busy", "again");
    expect(events()).toMatchObject([{ metadata: { name: metadata.name }, count: 2 }]);
  });

  it("is not combined for what it said just now", () => {
    const { recorder, events } = recorderOf("job-controller");
    for (let index = 0; index < 11; index++)
      recorder.event(pod, "Warning", "FailedCreate", `no | ${index}`);
    recorder.event(pod, "Warning", "FailedCreate", "no | 10");
    expect(events().slice(9)).toMatchObject([
      { count: 2, message: "(combined from similar events): no | 10" },
      { count: 1, message: "no | 10" },
    ]);
  });
});

describe("events that the API refuses", () => {
  it("are lost, and nobody fails for that: pods stop in a namespace that is being terminated", () => {
    const nodes = [{ count: 1, name: "node-1", capacity: { cpu: "4", memory: "8Gi" } }];
    const cluster = createCluster({ seed: "1", detail: "changes", nodes });
    const run = (act: () => void): void => cluster.engine.as("test", 0, act);
    const { api, engine, store } = cluster;
    run(() => api.create("Namespace", { metadata: { name: "shop" } } as never));
    // Its default account comes a moment later.
    cluster.runUntil(SECOND);
    run(() => {
      const spec = { containers: [{ name: "web", image: "web:1" }] };
      api.create("Pod", { metadata: { name: "web", namespace: "shop" }, spec } as never);
    });
    cluster.runUntil(10 * SECOND);
    run(() => api.delete("Namespace", "shop"));
    cluster.runUntil(MINUTE);
    expect(store.get("Namespace", "shop")).toBeUndefined();
    const told = engine.journal.entries.flatMap((entry) =>
      entry.kind === "record" && entry.record.reason === "Killing" ? [entry.subject] : [],
    );
    expect(told, "the journal knows of it").toEqual(["Pod/shop/web"]);
  });
});

describe("events of the scheduler", () => {
  const refuse = (recorder: ComponentRecorder, about: Pod = pod): void =>
    recorder.event(about, "Warning", "FailedScheduling", "no node", { action: "Scheduling" });

  it.each([
    [[0], 0, 1, "alone"],
    [[0, 5], 2, 1, "repeated"],
    [[0, 1, 2, 3], 2, 1, "repeated often: the count is not written each time"],
    [[0, 7], 0, 2, "long after the first"],
    [[0, 4, 9, 14, 19, 24, 29, 34], 8, 1, "over half an hour"],
  ])("at minutes %j are a series of %i in %i objects: %s", (minutes, count, objects) => {
    const { recorder, events, at } = recorderOf("default-scheduler");
    for (const minute of minutes) {
      at(minute);
      refuse(recorder);
    }
    expect(events()).toHaveLength(objects);
    expect(events()[0]?.series?.count ?? 0).toBe(count);
    expect(events()[0]?.count, "the old count is not used").toBeUndefined();
  });

  it("are others when the object has changed since, and are never combined", () => {
    const { recorder, events } = recorderOf("default-scheduler");
    for (let index = 0; index < 30; index++)
      refuse(recorder, { ...pod, metadata: { ...pod.metadata, resourceVersion: String(index) } });
    expect(events()).toHaveLength(30);
  });

  it("go on as a series after a checkpoint", () => {
    const { recorder, events, at } = recorderOf("default-scheduler");
    refuse(recorder);
    const state: unknown = JSON.parse(JSON.stringify(recorder.save()));
    recorder.load(state);
    at(1);
    refuse(recorder);
    expect(events()).toMatchObject([{ series: { count: 2 } }]);
  });
});
