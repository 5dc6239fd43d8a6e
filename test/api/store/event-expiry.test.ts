import { describe, expect, test } from "vitest";
import type { Event } from "../../../sim/api/types.gen.ts";
import { createCluster } from "../../../sim/cluster.ts";
import { HOUR, MINUTE, SECOND } from "../../../sim/engine/time.ts";

function quietCluster(pace: "kubernetes" | "fast" = "kubernetes") {
  const cluster = createCluster({ seed: "1", pace, nodes: [{ count: 1 }] });
  cluster.runUntil(10 * MINUTE);
  for (const { metadata } of [...cluster.store.objects("Event").values()])
    cluster.api.delete("Event", `${metadata.namespace}/${metadata.name}`);
  return cluster;
}

const event = (name: string) =>
  ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "p" },
    reason: "Tested",
    message: name,
    type: "Normal",
  }) as unknown as Event;

describe("an Event", () => {
  test("goes an hour after its last write, within the minute that its lease is shared", () => {
    const cluster = quietCluster();
    const start = cluster.now;
    const create = (name: string) => cluster.api.create<Event>("Event", event(name));
    const first = create("first");
    const second = create("second");
    cluster.runUntil(start + 30 * SECOND);
    create("third");
    cluster.runUntil(start + 40 * MINUTE);
    cluster.api.replace<Event>("Event", { ...second, count: 2 });
    const names = () =>
      [...cluster.store.objects("Event").values()].map(({ metadata }) => metadata.name).sort();
    cluster.runUntil(start + HOUR);
    expect(names()).toEqual(["first", "second", "third"]);
    const before = cluster.store.revision;
    cluster.runUntil(start + HOUR + MINUTE);
    expect(names()).toEqual(["second"]);
    const gone = cluster.store.changesSince("Event", before)?.map(({ type, key }) => [type, key]);
    expect(gone).toEqual([
      ["DELETED", `default/${first.metadata.name}`],
      ["DELETED", "default/third"],
    ]);
    cluster.runUntil(start + 40 * MINUTE + HOUR + MINUTE);
    expect(names()).toEqual([]);
  });

  test("that was deleted costs nothing more, and none costs nothing", () => {
    const cluster = quietCluster("fast");
    cluster.runUntil(5 * HOUR);
    cluster.api.create<Event>("Event", event("gone"));
    cluster.api.delete("Event", "default/gone");
    const idle = createCluster(cluster.config);
    idle.runUntil(10 * MINUTE);
    idle.runUntil(5 * HOUR);
    cluster.runUntil(10 * HOUR);
    idle.runUntil(10 * HOUR);
    expect(cluster.engine.save().fired - idle.engine.save().fired).toBe(1);
  });

  test("is part of a checkpoint with the time it has left", () => {
    const cluster = quietCluster();
    cluster.api.create<Event>("Event", event("first"));
    cluster.runUntil(cluster.now + 30 * MINUTE);
    const saved = cluster.save();
    cluster.runUntil(cluster.now + HOUR);
    const resumed = createCluster(cluster.config);
    resumed.load(saved);
    resumed.runUntil(cluster.now);
    expect(resumed.store.get("Event", "default/first")).toBeUndefined();
    expect(resumed.engine.journal.digest()).toBe(cluster.engine.journal.digest());
  });
});
