import { describe, expect, it, test } from "vitest";
import { ELASTIC_QUOTA } from "../../../sim/api/kinds/scheduling-groups.ts";
import { createCluster } from "../../../sim/cluster.ts";
import { strategies } from "../../../sim/scheduler/strategies/registry.ts";
import type { Strategy } from "../../../sim/scheduler/strategies/strategy.ts";
import { node, pod } from "../builders.ts";
import { Placing } from "./placing.ts";

describe("dominant resource fairness", () => {
  const tasks = (queue: string, cpu: number, memory: number, count: number) =>
    Array.from({ length: count }, (_, at) =>
      pod(`${queue}${at}`, {
        cpu: String(cpu),
        memory: String(memory),
        labels: { "ksim.dev/queue": queue },
      }),
    );
  const count = (placing: Placing, queue: string) =>
    placing.order.filter((name) => name.startsWith(queue)).length;

  it.each([["BA"], ["AB"]])("ends the paper's example equally when ties go to %s", (tie) => {
    const placing = new Placing("drf", [node("all", { cpu: "9", memory: "18" })]);
    const waiting = { A: tasks("A", 1, 4, 6), B: tasks("B", 3, 1, 6) };
    placing.run(...[...tie].flatMap((queue) => waiting[queue as "A" | "B"]));
    if (tie === "BA") expect(placing.order.map((name) => name[0]).join("")).toBe("BAABA");
    expect([count(placing, "A"), count(placing, "B")]).toEqual([3, 2]);
  });

  test("gives 20 and 10 tasks of (100, 10000)", () => {
    const placing = new Placing("drf", [node("all", { cpu: "100", memory: "10000" })]);
    placing.run(...tasks("A", 2, 300, 40), ...tasks("B", 6, 100, 40));
    expect([count(placing, "A"), count(placing, "B")]).toEqual([20, 10]);
  });

  test("lets a queue of weight 2 hold twice as much", () => {
    const config = {
      plugins: {
        multiPoint: { enabled: [{ name: "DominantResourceFairness" }] },
        queueSort: {
          disabled: [{ name: "*" }],
          enabled: [{ name: "DominantResourceFairness" }],
        },
      },
      pluginConfig: [{ name: "DominantResourceFairness", args: { weights: { A: 2 } } }],
    };
    const placing = new Placing(config, [node("all", { cpu: "9", memory: "18" })]);
    placing.run(...tasks("A", 1, 1, 9), ...tasks("B", 1, 1, 9));
    expect([count(placing, "A"), count(placing, "B")]).toEqual([6, 3]);
  });
});

describe("elastic quota", () => {
  const quota = (namespace: string, min: number, max: number) => ({
    namespace,
    min: { "example.com/gpu": String(min) },
    max: { "example.com/gpu": String(max) },
  });
  const cluster = (...quotas: readonly object[]) =>
    new Placing(
      {
        plugins: {
          multiPoint: {
            enabled: [{ name: "CapacityScheduling" }],
            disabled: [{ name: "DefaultPreemption" }],
          },
        },
        pluginConfig: [{ name: "CapacityScheduling", args: { quotas } }],
      },
      [node("gpus", { cpu: "100", allocatable: { "example.com/gpu": "10" } })],
    );
  const gpus = (namespace: string, name: string, wanted: number, priority = 0) =>
    pod(name, { namespace, priority, requests: { "example.com/gpu": String(wanted) } });

  test("lends up to max, takes back for a min by preempting borrowers, and lends no more than all mins", () => {
    const placing = cluster(quota("A", 4, 6), quota("B", 6, 8));
    placing.run(gpus("A", "a1", 2), gpus("B", "b1", 3));
    placing.run(gpus("A", "a2", 2), gpus("A", "a3", 2));
    expect(placing.placed.size).toBe(4);
    placing.run(gpus("A", "a4", 1));
    expect(placing.refused.get("a4")?.message).toContain("ElasticQuota A is more than Max");
    placing.run(gpus("B", "b2", 3));
    const victims = placing.refused.get("b2")?.victims?.map(({ metadata }) => metadata.name);
    expect(victims).toHaveLength(1);
    expect(victims?.[0]).toMatch(/^a[123]$/);
    for (const victim of placing.refused.get("b2")?.victims ?? [])
      placing.core.snapshot.removePod(victim);
    placing.run(gpus("B", "b2", 3));
    expect(placing.placed.get("b2")).toBe("gpus");
    placing.run(gpus("B", "b3", 1));
    expect(placing.refused.get("b3")?.victims ?? []).toEqual([]);
    expect(placing.refused.get("b3")?.message).toContain("more than min");
  });

  test("may be stated by the namespaces themselves", () => {
    const placing = new Placing("elastic-quota", [node("n")]);
    placing.core.snapshot.putObject("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "A",
        annotations: { "ksim.dev/elastic-quota": '{"min": {"cpu": "2"}, "max": {"cpu": "2"}}' },
      },
    } as never);
    const cpu = (name: string) => pod(name, { namespace: "A", cpu: "1500m" });
    placing.run(cpu("first"), cpu("second"));
    expect(placing.placed.has("first")).toBe(true);
    expect(placing.refused.get("second")?.message).toContain("ElasticQuota A is more than Max");
  });

  test.each([
    ["no JSON", "{min: 2"],
    ["no object", "[1]"],
    ["no record of amounts", '{"max": 3}'],
    ["no amount", '{"max": {"cpu": true}}'],
    ["no quantity", '{"max": {"cpu": "two"}}'],
  ])("takes a namespace's annotation for absent when it is %s", (_, text) => {
    const placing = new Placing("elastic-quota", [node("n")]);
    placing.core.snapshot.putObject("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "A", annotations: { "ksim.dev/elastic-quota": text } },
    } as never);
    placing.run(pod("first", { namespace: "A", cpu: "1500m" }));
    expect(placing.placed.get("first")).toBe("n");
  });

  test("reads the quota from an ElasticQuota, which goes before the annotation, and heeds its changes", () => {
    const placing = new Placing("elastic-quota", [node("n")]);
    const state = (max: string) =>
      placing.core.snapshot.putObject(ELASTIC_QUOTA, {
        apiVersion: "scheduling.x-k8s.io/v1alpha1",
        kind: "ElasticQuota",
        metadata: { name: "quota", namespace: "A", uid: "q" },
        spec: { min: { cpu: "4" }, max: { cpu: max } },
      } as never);
    const cpu = (name: string) => pod(name, { namespace: "A", cpu: "1500m" });
    state("2");
    placing.run(cpu("first"), cpu("second"));
    expect([...placing.placed.keys()]).toEqual(["first"]);
    expect(placing.refused.get("second")?.message).toContain("ElasticQuota A is more than Max");
    state("4");
    placing.run(cpu("third"));
    expect([...placing.placed.keys()]).toEqual(["first", "third"]);
  });

  test("is stated in quantities: anything else is refused instead of ending the run", () => {
    const scheduler = strategies.find(({ name }) => name === "elastic-quota") as Strategy;
    const { api } = createCluster({ seed: "1", nodes: [], scheduler });
    const state = (name: string, cpu: unknown) => {
      const metadata = { name, namespace: "default" };
      const [apiVersion, kind] = ["scheduling.x-k8s.io/v1alpha1", "ElasticQuota"];
      api.create(ELASTIC_QUOTA, { apiVersion, kind, metadata, spec: { min: { cpu } } } as never);
    };
    state("text", "1500m");
    state("number", 4);
    expect(() => state("wrong", "four")).toThrow('spec.min.cpu: Invalid value: "four"');
  });

  test("finds the victim among borrowers for a min, and among its own less important pods beyond it", () => {
    const of = (a: number, b: number, c: number) => {
      const placing = cluster(quota("A", 3, 4), quota("B", 4, 6), quota("C", 3, 4));
      for (const [namespace, count] of [
        ["A", a],
        ["B", b],
        ["C", c],
      ] as const)
        for (let at = 0; at < count; at++) placing.run(gpus(namespace, `${namespace}${at}`, 1));
      placing.run(gpus("B", "asking", 1, 5));
      return placing.refused.get("asking")?.victims?.map(({ metadata }) => metadata.namespace);
    };
    expect(of(4, 3, 3)).toEqual(["A"]);
    expect(of(2, 5, 3)).toEqual(["B"]);
  });
});
