import fc from "fast-check";
import { expect, test } from "vitest";
import { paces } from "../../sim/api/pace.ts";
import type { Pod } from "../../sim/api/types.gen.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { type Bed, bed } from "./cluster.ts";

const images = {
  crash: { exits: { after: { dist: "uniform", min: "0s", max: "20s" }, code: 1 } },
  flap: {
    probes: {
      readiness: [
        { answer: "success" },
        { from: "30s", answer: "failure" },
        { from: "70s", answer: "success" },
      ],
    },
  },
  leak: { memory: { value: "20Mi", growth: "2Mi" } },
  bad: { pull: { fails: true } },
  job: { exits: { after: "8s", code: 0 } },
};
const probe = {
  httpGet: { port: 80 },
  periodSeconds: 5,
  successThreshold: 1,
  failureThreshold: 2,
} as never;

type Action = readonly [kind: string, which: number, at: number];

/** A cluster with some of everything, to which a list of actions happens. */
function story(actions: readonly Action[]): Bed {
  const b = bed({
    images,
    nodes: [{ count: 3 }],
    pace: { ...paces.kubernetes, watchHistory: 0 },
    timing: {
      podStart: { dist: "uniform", min: 100_000, max: 900_000 },
      imagePull: 2 * SECOND,
      containerStart: 100_000,
    },
  });
  // The store is no actor of its own: the cluster's composition makes it one.
  b.engine.register({
    name: "api",
    handle: () => {},
    save: () => ({ store: b.store.save(), api: b.api.save() }),
    load: (state) => {
      const saved = state as { store: never; api: unknown };
      b.store.load(saved.store);
      b.api.load(saved.api);
    },
  });
  b.engine.register({
    name: "script",
    handle: (event) => act(b, (event as unknown as { action: Action }).action),
    save: () => undefined,
    load: () => {},
  });
  actions.forEach((action) => {
    b.engine.at(action[2] * SECOND, "script", { type: "act", action } as never);
  });
  return b;
}

function act(b: Bed, [kind, which]: Action): void {
  const node = `node-${(which % 3) + 1}`;
  const name = `pod-${which}`;
  const image = Object.keys(images)[which % 5] as string;
  switch (kind) {
    case "run":
      if (b.pod(name) !== undefined) return;
      b.run(
        name,
        [{ image, readinessProbe: probe, resources: { limits: { memory: "200Mi" } } }, "web:1"],
        {
          nodeName: node,
          restartPolicy: ["Always", "OnFailure", "Never"][which % 3],
          initContainers:
            which % 2 === 0 ? [] : [{ name: "side", image: "web:2", restartPolicy: "Always" }],
        },
      );
      return;
    case "remove":
      if (b.pod(name) !== undefined) b.remove(name);
      return;
    case "kill":
      b.agents.killContainer(`default/${name}`);
      return;
    case "crash":
      b.agents.crash(node);
      return;
    case "recover":
      b.agents.recover(node);
      return;
    case "pause":
      b.agents.pause(node);
      return;
    default:
      b.agents.resume(node);
  }
}

const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.tuple(
    fc.constantFrom("run", "run", "run", "remove", "kill", "crash", "recover", "pause", "resume"),
    fc.integer({ min: 0, max: 11 }),
    fc.integer({ min: 0, max: 200 }),
  ),
  { minLength: 10, maxLength: 40 },
);

test("restart counts never fall, and Succeeded and Failed are for ever", () => {
  fc.assert(
    fc.property(actions, (list) => {
      const b = story(list);
      b.addAll();
      b.until(400);
      const last = new Map<string, Pod>();
      for (const entry of b.engine.journal.entries) {
        if (entry.kind !== "change" || entry.collection !== "Pod" || entry.after === undefined)
          continue;
        const pod = entry.after as Pod;
        const before = last.get(pod.metadata.uid);
        last.set(pod.metadata.uid, pod);
        if (before === undefined) continue;
        const phase = before.status?.phase;
        if (phase === "Succeeded" || phase === "Failed") expect(pod.status?.phase).toBe(phase);
        before.status?.containerStatuses?.forEach(({ restartCount }, at) => {
          expect(pod.status?.containerStatuses?.[at]?.restartCount).toBeGreaterThanOrEqual(
            restartCount,
          );
        });
      }
    }),
    { seed: 11, numRuns: 30 },
  );
});

test("live pods of a cluster never share an address", () => {
  fc.assert(
    fc.property(actions, (list) => {
      const b = story(list);
      b.addAll();
      b.until(210);
      const ips = [...b.store.objects("Pod").values()]
        .map((pod) => (pod as unknown as Pod).status)
        .filter((status) => status?.phase === "Running")
        .map((status) => status?.podIP);
      expect(new Set(ips).size).toBe(ips.length);
    }),
    { seed: 12, numRuns: 10 },
  );
});

test("a run that was saved and loaded into a fresh cluster ends with the digest of the straight run", () => {
  fc.assert(
    fc.property(actions, fc.integer({ min: 1, max: 300 }), (list, at) => {
      const straight = story(list);
      straight.addAll();
      straight.until(at);
      const saved = straight.engine.save();
      straight.until(400);
      const resumed = story([]);
      resumed.engine.load(saved);
      resumed.until(400);
      expect(resumed.engine.journal.digest()).toBe(straight.engine.journal.digest());
    }),
    { seed: 13, numRuns: 30 },
  );
});
