import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../../sim/api/types.gen.ts";
import { type Cluster, createCluster } from "../../../sim/cluster.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { strategyOf } from "../../../sim/scheduler/registry.ts";
import { strategies } from "../../../sim/scheduler/strategies/registry.ts";
import { node, pod } from "../builders.ts";
import { Placing } from "./placing.ts";

const nodes = Array.from({ length: 8 }, (_, at) =>
  node(`node-${at}`, {
    cpu: String(2 + 2 * (at % 3)),
    memory: `${4 + 4 * (at % 2)}Gi`,
    allocatable: { "alibabacloud.com/gpu-milli": String(2000 * (at % 3)) },
    labels: { "topology.kubernetes.io/zone": `z${at % 3}`, "kubernetes.io/hostname": `node-${at}` },
  }),
);

/** Pods of a few shapes, and now and then one of the placed ones goes away. */
const workload = fc.array(
  fc.record({
    cpu: fc.constantFrom("100m", "500m", "1", "3"),
    memory: fc.constantFrom("128Mi", "1Gi", "3Gi"),
    gpu: fc.constantFrom(0, 0, 300, 700, 1000, 2000),
    team: fc.constantFrom("red", "blue"),
    removes: fc.option(fc.nat(30), { nil: undefined }),
  }),
  { minLength: 5, maxLength: 40 },
);

function placements(
  name: string,
  wishes: typeof workload extends fc.Arbitrary<infer T> ? T : never,
  explain: boolean,
) {
  const placing = new Placing(name, nodes, explain);
  const pods: Pod[] = [];
  for (const [at, { cpu, memory, gpu, team, removes }] of wishes.entries()) {
    const made = pod(`p${at}`, {
      cpu,
      memory,
      labels: { "ksim.dev/queue": team },
      ...(gpu === 0 ? {} : { requests: { "alibabacloud.com/gpu-milli": String(gpu) } }),
    });
    pods.push(made);
    placing.run(made);
    const gone = removes === undefined ? undefined : pods[removes];
    if (gone !== undefined) placing.core.snapshot.removePod(gone);
  }
  return [...placing.placed];
}

describe("every strategy", () => {
  it.each(strategies.map(({ name }) => [name]))(
    "%s decides from memory as from scratch",
    (name) => {
      fc.assert(
        fc.property(workload, (wishes) => {
          expect(placements(name, wishes, false)).toEqual(placements(name, wishes, true));
        }),
        { numRuns: 5, seed: 1 },
      );
    },
  );

  test("has a name of its own, says what it does and where its rule comes from", () => {
    expect(new Set(strategies.map(({ name }) => name)).size).toBe(strategies.length);
    for (const { describe: says, source } of strategies) {
      expect(says).not.toBe("");
      expect(source).not.toBe("");
    }
  });

  test("that is unknown is refused with the ones there are", () => {
    expect(() => strategyOf("fastest")).toThrow(/unknown scheduler "fastest"; there are default, /);
  });
});

describe("a cluster under every strategy", () => {
  const cluster = (scheduler: string) =>
    createCluster({
      seed: "strategies",
      scheduler,
      detail: "digest",
      nodes: [
        { count: 3, name: "small-{i}", capacity: { cpu: "2", memory: "4Gi", pods: "20" } },
        { count: 2, name: "large-{i}", capacity: { cpu: "8", memory: "8Gi", pods: "20" } },
      ],
    });
  const submit = (running: Cluster, from: number, to: number) => {
    for (let at = from; at < to; at++) {
      const { apiVersion, kind, spec } = pod("", { cpu: `${200 + 100 * (at % 7)}m` });
      const metadata = { name: `p${at}`, namespace: "default" };
      running.engine.as("test", 0, () =>
        running.api.create("Pod", { apiVersion, kind, metadata, spec } as never),
      );
    }
  };

  it.each(strategies.map(({ name }) => [name]))("%s goes on from a checkpoint", (name) => {
    const straight = cluster(name);
    submit(straight, 0, 25);
    straight.runUntil(150_000);
    const saved = straight.save();
    const finish = (running: Cluster) => {
      submit(running, 25, 35);
      running.runUntil(20 * SECOND);
      return running.engine.journal.digest();
    };
    const expected = finish(straight);
    const restored = cluster(name);
    restored.load(saved);
    expect(finish(restored)).toBe(expected);
  });
});
