import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../../sim/api/types.gen.ts";
import { createCluster } from "../../../sim/cluster.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { pod } from "../builders.ts";

const cluster = (scheduler: string, cpus: number) =>
  createCluster({
    seed: "gangs",
    pace: "fast",
    scheduler,
    nodes: [{ count: cpus, name: "node-{i}", capacity: { cpu: "1", memory: "8Gi", pods: "110" } }],
  });

type Running = ReturnType<typeof cluster>;

const create = (running: Running, made: Pod) => {
  const { metadata, spec } = made;
  const { uid: _, ...rest } = metadata;
  running.engine.as("test", 0, () =>
    running.api.create("Pod", { apiVersion: "v1", kind: "Pod", metadata: rest, spec } as never),
  );
};

const bound = (running: Running): readonly string[] =>
  [...running.store.objects("Pod").values()]
    .map((each) => each as Pod)
    .filter(({ spec }) => spec.nodeName)
    .map(({ metadata }) => metadata.name)
    .sort();

/** Members of a group as the two ways of gangs spell it. */
const member = (way: string, group: string, name: string, least: number) =>
  way === "coscheduling"
    ? pod(name, {
        cpu: "900m",
        labels: {
          "scheduling.x-k8s.io/pod-group": group,
          "pod-group.scheduling.sigs.k8s.io/min-available": String(least),
        },
      })
    : pod(name, {
        cpu: "900m",
        labels: { "ksim.dev/gang-min-count": String(least) },
        spec: { schedulingGroup: { podGroupName: group } },
      });

describe.each([["coscheduling"], ["gang"]])("%s", (way) => {
  it.each([
    [3, 3],
    [4, 0],
  ])("with room for 3 of 6 and at least %i together runs %i", (least, running) => {
    const simulated = cluster(way, 3);
    for (let at = 0; at < 6; at++) create(simulated, member(way, "six", `p${at}`, least));
    simulated.runUntil(40 * SECOND);
    expect(bound(simulated)).toHaveLength(running);
  });

  test("runs one of two jobs whose workers come in turns, where none could run alone", () => {
    const simulated = cluster(way, 4);
    for (let at = 0; at < 4; at++)
      for (const job of ["red", "blue"]) create(simulated, member(way, job, `${job}-${at}`, 4));
    simulated.runUntil(60 * SECOND);
    const jobs = new Set(bound(simulated).map((name) => name.split("-")[0]));
    expect([bound(simulated).length, jobs.size]).toEqual([4, 1]);
  });

  test("waits for members that come later", () => {
    const simulated = cluster(way, 4);
    for (let at = 0; at < 3; at++) create(simulated, member(way, "late", `p${at}`, 4));
    simulated.runUntil(20 * SECOND);
    expect(bound(simulated)).toEqual([]);
    create(simulated, member(way, "late", "p3", 4));
    simulated.runUntil(40 * SECOND);
    expect(bound(simulated)).toEqual(["p0", "p1", "p2", "p3"]);
  });

  test("goes on from a checkpoint taken while members wait", () => {
    const straight = cluster(way, 3);
    for (let at = 0; at < 6; at++) create(straight, member(way, "six", `p${at}`, 4));
    straight.runUntil(7 * SECOND);
    const saved = straight.save();
    straight.runUntil(60 * SECOND);
    const restored = cluster(way, 3);
    restored.load(saved);
    restored.runUntil(60 * SECOND);
    expect(restored.engine.journal.digest()).toBe(straight.engine.journal.digest());
  });
});

describe("the default scheduler", () => {
  test("leaves two interleaved jobs stuck with half their workers each", () => {
    const simulated = cluster("default", 4);
    for (let at = 0; at < 4; at++)
      for (const job of ["red", "blue"]) create(simulated, member("gang", job, `${job}-${at}`, 4));
    simulated.runUntil(60 * SECOND);
    const names = bound(simulated);
    expect(names.filter((name) => name.startsWith("red"))).toHaveLength(2);
    expect(names.filter((name) => name.startsWith("blue"))).toHaveLength(2);
  });
});

describe("GpuShare", () => {
  const gpuCluster = () =>
    createCluster({
      seed: "gpus",
      pace: "fast",
      scheduler: "gpu-packing",
      nodes: [
        {
          count: 2,
          name: "gpu-{i}",
          capacity: {
            cpu: "16",
            memory: "64Gi",
            pods: "110",
            "alibabacloud.com/gpu-milli": "2000",
          } as never,
        },
      ],
    });
  const gpu = (name: string, milli: number) => {
    const amounts = { "alibabacloud.com/gpu-milli": String(milli) };
    const resources = { requests: amounts, limits: amounts };
    return pod(name, { spec: { containers: [{ name: "app", image: "app", resources }] } as never });
  };
  const devices = (running: Running) =>
    Object.fromEntries(
      [...running.store.objects("Pod").values()].map((each) => {
        const { metadata, spec } = each as Pod;
        const index = metadata.annotations?.["alibabacloud.com/gpu-index"];
        return [metadata.name, spec.nodeName === undefined ? "pending" : index];
      }),
    );

  test("puts shares on one device until it is full, and writes which", () => {
    const running = gpuCluster();
    for (const [name, milli] of [
      ["a", 600],
      ["b", 400],
      ["c", 600],
      ["d", 2000],
    ] as const) {
      create(running, gpu(name, milli));
      running.runUntil(running.now + 5 * SECOND);
    }
    expect(devices(running)).toEqual({ a: "0", b: "0", c: "1", d: "0-1" });
  });

  test("refuses what fits in sum but on no device, and what is neither share nor whole", () => {
    const running = gpuCluster();
    for (const [name, milli] of [
      ["a", 600],
      ["b", 600],
      ["c", 600],
      ["d", 600],
      ["e", 700],
      ["f", 1500],
    ] as const)
      create(running, gpu(name, milli));
    running.runUntil(10 * SECOND);
    expect(devices(running)).toMatchObject({ e: "pending", f: "pending" });
  });

  test("goes on from a checkpoint", () => {
    const straight = gpuCluster();
    for (let at = 0; at < 6; at++) create(straight, gpu(`p${at}`, 300 + 50 * at));
    straight.runUntil(200_000);
    const saved = straight.save();
    straight.runUntil(30 * SECOND);
    const restored = gpuCluster();
    restored.load(saved);
    restored.runUntil(30 * SECOND);
    expect(restored.engine.journal.digest()).toBe(straight.engine.journal.digest());
  });
});
