import { describe, expect, it } from "vitest";
import type { Pod } from "../../../sim/api/types.gen.ts";
import { decision, scores, verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";

const NAME = "NodeResourcesFit";
const container = (cpu: string, more: object = {}) => ({
  name: "c",
  resources: { requests: { cpu } },
  ...more,
});
const withSpec = (spec: object): Pod => pod("p", { spec: spec as never });

describe("NodeResourcesFit as a filter", () => {
  const full = node("n", { cpu: "2", memory: "2Gi", pods: "2" });

  it.each([
    ["what is left exactly", { cpu: "1500m" }, "fits"],
    ["a little more CPU", { cpu: "1501m" }, "Insufficient cpu"],
    ["too much of both", { cpu: "1600m", memory: "3Gi" }, "Insufficient cpu, Insufficient memory"],
    ["nothing", {}, "fits"],
    ["a resource the node does not have", { requests: { "a.b/gpu": "1" } }, "Insufficient a.b/gpu"],
  ])("a pod that asks for %s beside one with 500m of 2 CPUs: %s", (_, wish, verdict) => {
    const pods = [pod("there", { cpu: "500m", node: "n" })];
    expect(verdicts(NAME, pod("p", wish), { nodes: [full], pods })).toEqual({ n: verdict });
  });

  it("allows only so many pods on a node", () => {
    const pods = [pod("a", { node: "n" }), pod("b", { node: "n" })];
    expect(verdicts(NAME, pod("p"), { nodes: [full], pods })).toEqual({ n: "Too many pods" });
  });

  it("is beyond preemption where the request exceeds what the node could ever give", () => {
    const code = (cpu: string) =>
      decision(NAME, pod("p", { cpu }), {
        nodes: [full],
        pods: [pod("a", { cpu: "1", node: "n" })],
      }).nodes?.["n"]?.code;
    expect(code("2")).toBe("Unschedulable");
    expect(code("3")).toBe("UnschedulableAndUnresolvable");
  });

  it.each<[string, object, string]>([
    ["containers add up", { containers: [container("1"), container("1")] }, "2"],
    [
      "the largest init container counts when it is more than all containers",
      { containers: [container("1")], initContainers: [container("3"), container("2")] },
      "3",
    ],
    [
      "a sidecar runs beside the containers",
      {
        containers: [container("1")],
        initContainers: [container("1", { restartPolicy: "Always" })],
      },
      "2",
    ],
    [
      "a sidecar runs beside the init containers after it",
      {
        containers: [container("1")],
        initContainers: [container("1", { restartPolicy: "Always" }), container("3")],
      },
      "4",
    ],
    ["overhead comes on top", { containers: [container("1")], overhead: { cpu: "500m" } }, "1500m"],
    [
      "requests of the pod as a whole override those of its containers",
      { containers: [container("1")], resources: { requests: { cpu: "3" } } },
      "3",
    ],
  ])("%s", (_, spec, needed) => {
    const millis = needed.endsWith("m") ? Number(needed.slice(0, -1)) : Number(needed) * 1000;
    const nodes = [node("enough", { cpu: `${millis}m` }), node("short", { cpu: `${millis - 1}m` })];
    expect(verdicts(NAME, withSpec(spec), { nodes })).toEqual({
      enough: "fits",
      short: "Insufficient cpu",
    });
  });

  it("counts the most a container asked for, was promised or has while it is resized", () => {
    const resized = (reason?: string): Pod => ({
      ...pod("there", { cpu: "1", node: "n" }),
      status: {
        containerStatuses: [{ name: "app", resources: { requests: { cpu: "500m" } } }],
        ...(reason === undefined ? {} : { conditions: [{ type: "PodResizePending", reason }] }),
      } as never,
    });
    const ask = (there: Pod) =>
      verdicts(NAME, pod("p", { cpu: "1500m" }), { nodes: [full], pods: [there] })["n"];
    expect(ask(resized())).toBe("Insufficient cpu");
    expect(ask(resized("Infeasible"))).toBe("fits");
  });

  it("counts the same of a pod that asks as a whole", () => {
    const resized = (reason?: string): Pod => ({
      ...pod("there", { node: "n", spec: { resources: { requests: { cpu: "1" } } } }),
      status: {
        resources: { requests: { cpu: "500m" } },
        allocatedResources: { cpu: "500m" },
        ...(reason === undefined ? {} : { conditions: [{ type: "PodResizePending", reason }] }),
      } as never,
    });
    const ask = (there: Pod) =>
      verdicts(NAME, pod("p", { cpu: "1500m" }), { nodes: [full], pods: [there] })["n"];
    expect(ask(resized())).toBe("Insufficient cpu");
    expect(ask(resized("Deferred"))).toBe("Insufficient cpu");
    expect(ask(resized("Infeasible"))).toBe("fits");
  });

  it("does not look at resources its arguments tell it to ignore", () => {
    const wants = pod("p", { requests: { "a.b/gpu": "1", "c.d/fpga": "1" } });
    const args = { ignoredResources: ["a.b/gpu"], ignoredResourceGroups: ["c.d"] };
    expect(verdicts(NAME, wants, { nodes: [full], args })).toEqual({ n: "fits" });
  });
});

describe("NodeResourcesFit as a score", () => {
  const nodes = [
    node("half", { cpu: "2", memory: "2Gi" }),
    node("eighth", { cpu: "8", memory: "8Gi" }),
  ];
  const asks = pod("p", { cpu: "1", memory: "1Gi" });
  const strategy = (type: string, more: object = {}) => ({ scoringStrategy: { type, ...more } });

  it("prefers nodes with the largest share left (LeastAllocated, the default)", () => {
    expect(scores(NAME, asks, { nodes })).toEqual({ half: [50, 50], eighth: [87, 87] });
  });

  it("prefers nodes with the smallest share left (MostAllocated)", () => {
    const args = strategy("MostAllocated");
    expect(scores(NAME, asks, { nodes, args })).toEqual({ half: [50, 50], eighth: [12, 12] });
  });

  it("follows a function of the utilization (RequestedToCapacityRatio)", () => {
    const shape = [
      { utilization: 0, score: 0 },
      { utilization: 50, score: 10 },
      { utilization: 100, score: 0 },
    ];
    const args = strategy("RequestedToCapacityRatio", { requestedToCapacityRatio: { shape } });
    expect(scores(NAME, asks, { nodes, args })).toEqual({ half: [100, 100], eighth: [24, 24] });
  });

  it("weighs resources", () => {
    const lopsided = [node("n", { cpu: "2", memory: "10Gi" })];
    const resources = [
      { name: "cpu", weight: 3 },
      { name: "memory", weight: 1 },
    ];
    const args = strategy("LeastAllocated", { resources });
    expect(scores(NAME, asks, { nodes: lopsided, args })).toEqual({ n: [60, 60] });
  });

  it("assumes 100m and 200 MiB of a container that names no requests", () => {
    const small = [node("n", { cpu: "1", memory: "1000Mi" })];
    expect(scores(NAME, pod("p"), { nodes: small })).toEqual({ n: [85, 85] });
  });
});
