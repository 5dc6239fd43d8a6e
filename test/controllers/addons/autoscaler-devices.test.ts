import { describe, expect, it } from "vitest";
import type { Cluster } from "../../../sim/cluster.ts";
import { deviceUtilization } from "../../../sim/controllers/addons/device-use.ts";
import {
  at,
  clusterWith,
  configure,
  create,
  deployment,
  events,
  nodes,
  placement,
  scale,
} from "./add-on-cluster.ts";

const DRIVER = "gpu.example.com";
const GPUS =
  "{name: gpus, max: 4, startup: 60s, devices: [{driver: gpu.example.com, count: 2, name: 'gpu-{i}', attributes: {model: big}}]}";
const PLAIN = "{name: plain, max: 4, startup: 60s}";

/** A class of all devices of the driver, and templates of claims for one and for two of them. */
function gpuCluster(config: string, base: object = {}, extendedResourceName?: string): Cluster {
  const cluster = clusterWith("cluster-autoscaler", { nodes: [{ name: "base", ...base }] });
  create(cluster, "DeviceClass", {
    metadata: { name: "gpu" },
    spec: {
      selectors: [{ cel: { expression: `device.driver == "${DRIVER}"` } }],
      ...(extendedResourceName === undefined ? {} : { extendedResourceName }),
    },
  });
  for (const [name, request] of [
    ["one", { count: 1 }],
    ["three", { count: 3 }],
    ["small", { selectors: [cel(`device.attributes["${DRIVER}"].model == "small"`)] }],
  ] as const)
    create(cluster, "ResourceClaimTemplate", {
      metadata: { name, namespace: "default" },
      spec: { spec: devices(request) },
    });
  configure(cluster, "cluster-autoscaler", config);
  return at(cluster, 5);
}

function cel(expression: string): object {
  return { cel: { expression } };
}

function devices(request: object): object {
  return {
    devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu", ...request } }] },
  };
}

function trainers(cluster: Cluster, replicas: number, template: string): void {
  deployment(cluster, "train", replicas, "100m", {
    resourceClaims: [{ name: "gpu", resourceClaimTemplateName: template }],
  });
}

function slices(cluster: Cluster): string[] {
  return [...cluster.store.objects("ResourceSlice").values()].map(({ metadata }) => metadata.name);
}

describe("the cluster autoscaler with devices", () => {
  it("adds as many machines as pods need devices, of the group that has them", () => {
    const cluster = gpuCluster(`nodeGroups: [${PLAIN}, ${GPUS}]`);
    trainers(cluster, 5, "one");
    at(cluster, 60);
    expect(new Set(events(cluster, "TriggeredScaleUp"))).toEqual(
      new Set(["pod triggered scale-up: [{gpus 0->3 (max: 4)}]"]),
    );
    at(cluster, 250);
    expect(nodes(cluster)).toEqual(["base", "gpus-1", "gpus-2", "gpus-3"]);
    expect(Object.values(placement(cluster)).sort()).toEqual([1, 2, 2]);
    expect(slices(cluster)).toEqual([1, 2, 3].map((at) => `gpus-${at}-${DRIVER}`));
  });

  it("counts the devices of extended resources' names", () => {
    const cluster = gpuCluster(`nodeGroups: [${PLAIN}, ${GPUS}]`, {}, "example.com/gpu");
    const limits = { "example.com/gpu": "1" };
    for (let at = 0; at < 4; at++)
      create(cluster, "Pod", {
        metadata: { name: `train-${at}`, namespace: "default" },
        spec: { containers: [{ name: "main", image: "train:1", resources: { limits } }] },
      });
    at(cluster, 250);
    expect(events(cluster, "TriggeredScaleUp")[0]).toBe(
      "pod triggered scale-up: [{gpus 0->2 (max: 4)}]",
    );
    expect(placement(cluster)).toEqual({ "gpus-1": 2, "gpus-2": 2 });
  });

  it("does not add machines while devices that are there are free", () => {
    const devices = [{ driver: DRIVER, count: 3 }];
    const cluster = gpuCluster(`nodeGroups: [${GPUS}]`, { devices });
    trainers(cluster, 4, "one");
    at(cluster, 250);
    expect(placement(cluster)).toEqual({ base: 3, "gpus-1": 1 });
  });

  it.each([
    ["more devices than a machine has", "three"],
    ["devices that no machine has", "small"],
  ])("says that no group helps who wants %s", (_what, template) => {
    const cluster = gpuCluster(`nodeGroups: [${PLAIN}, ${GPUS}]`);
    trainers(cluster, 1, template);
    at(cluster, 60);
    expect(events(cluster, "NotTriggerScaleUp")).toEqual([
      "pod didn't trigger scale-up: 2 cannot allocate all claims",
    ]);
    expect(nodes(cluster)).toEqual(["base"]);
  });

  it("takes the machines away whose devices nobody uses, when their pods find devices elsewhere", () => {
    const cluster = gpuCluster(`nodeGroups: [${GPUS}]`);
    trainers(cluster, 6, "one");
    at(cluster, 250);
    expect(nodes(cluster)).toHaveLength(4);
    scale(cluster, "train", 1);
    at(cluster, 2500);
    // One of two devices is half of them: no less than the threshold.
    expect(nodes(cluster)).toHaveLength(2);
    expect(slices(cluster)).toHaveLength(1);
    scale(cluster, "train", 0);
    at(cluster, 4000);
    expect(nodes(cluster)).toEqual(["base"]);
    expect(slices(cluster)).toEqual([]);
  });

  it.each([
    ["stays while all others are used", false, 2],
    ["goes where one comes free", true, 1],
  ])("moves pods to other devices only: a machine with one %s", (_what, more, left) => {
    const big = GPUS.replace("count: 2", "count: 4");
    const devices = [{ driver: DRIVER, count: 2 }];
    const cluster = gpuCluster(`nodeGroups: [${big}]`, { devices });
    trainers(cluster, 3, "one");
    at(cluster, 250);
    expect(placement(cluster)).toEqual({ base: 2, "gpus-1": 1 });
    if (more)
      create(cluster, "ResourceSlice", {
        metadata: { name: "more" },
        spec: {
          driver: DRIVER,
          nodeName: "base",
          pool: { name: "more", generation: 1, resourceSliceCount: 1 },
          devices: [{ name: "gpu" }],
        },
      });
    at(cluster, 1800);
    expect(nodes(cluster)).toHaveLength(left);
  });
});

describe("deviceUtilization", () => {
  const whole = (name: string): object => ({ name });
  const part = (name: string, counterSet: string, memory: string): object => ({
    name,
    consumesCounters: [{ counterSet, counters: { memory: { value: memory } } }],
  });
  const counters = ["a", "b"].map((name) => ({ name, counters: { memory: { value: "40Gi" } } }));
  const parts = [part("a-0", "a", "10Gi"), part("a-1", "a", "30Gi"), part("b-0", "b", "40Gi")];
  const slice = (devices: readonly object[], spec: object = {}): object => ({
    spec: {
      driver: DRIVER,
      nodeName: "n1",
      pool: { name: "n1", generation: 1, resourceSliceCount: 1 },
      devices,
      ...spec,
    },
  });
  const two = { name: "n1", generation: 2, resourceSliceCount: 2 };

  it.each<[string, readonly object[], readonly string[], number | undefined | "unknown"]>([
    ["no devices", [], [], undefined],
    ["another node's", [slice([whole("g")], { nodeName: "n2" })], ["g"], undefined],
    ["none held", [slice([whole("g"), whole("h")])], [], 0],
    ["half of them", [slice([whole("g"), whole("h")])], ["h"], 0.5],
    ["the fullest pool", [slice([whole("g")]), slice([whole("h")], { driver: "x" })], ["g"], 1],
    ["partitions", [slice(parts, { sharedCounters: counters })], ["a-1"], 0.375],
    [
      "devices of both kinds",
      [slice([...parts, whole("g"), whole("h")], { sharedCounters: counters })],
      ["b-0", "g"],
      0.5,
    ],
    ["a pool being updated", [slice([whole("g")], { pool: two })], [], "unknown"],
    [
      "an older generation",
      [slice([whole("g")]), slice([whole("h")], { pool: two }), slice([whole("i")], { pool: two })],
      ["g"],
      0,
    ],
  ])("counts %s", (_what, slices, held, expected) => {
    const results = held.map((device) => ({ driver: DRIVER, pool: "n1", device }));
    const claims = [
      { status: { allocation: { devices: { results } } } },
      {
        status: {
          allocation: {
            devices: {
              results: [{ driver: DRIVER, pool: "n1", device: "h", adminAccess: true }],
            },
          },
        },
      },
    ];
    const client = { list: (kind: string) => (kind === "ResourceSlice" ? slices : claims) };
    expect(deviceUtilization(client as any, "n1")).toBe(expected);
  });
});
