import { describe, expect, it } from "vitest";
import type { PossibleNode } from "../../sim/api/node-devices.ts";
import type { Node, Pod } from "../../sim/api/types.gen.ts";
import { type Cluster, createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";
import { Placements } from "../../sim/scheduler/placement.ts";

const DRIVER = "gpu.example.com";

/** n1 has four devices; a and b have claims of their own, c and d share one, e and f ask for an extended resource. */
function fourOnOne(): Cluster {
  const cluster = createCluster({
    seed: "placement",
    detail: "digest",
    nodes: [{ name: "n1", devices: [{ driver: DRIVER, count: 5 }] }],
  });
  const create = (kind: string, name: string, object: object): void => {
    const metadata = { name, ...(kind === "DeviceClass" ? {} : { namespace: "default" }) };
    cluster.api.create(kind, { apiVersion: "", kind, metadata, ...object } as never);
  };
  const exactly = { deviceClassName: "gpu" };
  const spec = { devices: { requests: [{ name: "gpu", exactly }] } };
  create("DeviceClass", "gpu", {
    spec: {
      selectors: [{ cel: { expression: `device.driver == "${DRIVER}"` } }],
      extendedResourceName: "example.com/gpu",
    },
  });
  create("ResourceClaim", "shared", { spec });
  create("ResourceClaimTemplate", "own", { spec: { spec } });
  const pod = (name: string, more: object, resources: object = {}): void =>
    create("Pod", name, {
      spec: { containers: [{ name: "main", image: "x", resources }], ...more },
    });
  const claim = (source: object): object => ({ resourceClaims: [{ name: "gpu", ...source }] });
  for (const name of ["a", "b"]) pod(name, claim({ resourceClaimTemplateName: "own" }));
  for (const name of ["c", "d"]) pod(name, claim({ resourceClaimName: "shared" }));
  for (const name of ["e", "f"]) pod(name, {}, { limits: { "example.com/gpu": 1 } });
  cluster.runUntil(30 * SECOND);
  for (const [name, count] of [
    ["n2", 1],
    ["n3", 2],
    ["n4", 0],
  ] as const) {
    const devices = count === 0 ? [] : [{ driver: DRIVER, count }];
    cluster.engine.as("test", 0, () => cluster.nodes.addNode({ name, devices }));
  }
  cluster.runUntil(60 * SECOND);
  return cluster;
}

describe("Placements", () => {
  const { store } = fourOnOne();
  const nodes = [...store.objects("Node").values()] as Node[];
  const pods = [...store.objects("Pod").values()] as Pod[];
  const pod = (name: string): Pod =>
    pods.find(({ metadata }) => metadata.name === name) as unknown as Pod;
  const placed = (name: string, nodeName?: string): Pod => {
    const { nodeName: _, ...spec } = pod(name).spec;
    return { ...pod(name), spec: nodeName === undefined ? spec : { ...spec, nodeName } };
  };
  const coming: PossibleNode = {
    ...(nodes[0] as Node),
    metadata: { ...(nodes[0] as Node).metadata, name: "new" },
    devices: [{ driver: DRIVER }],
  };

  it("starts with all pods on the first node", () => {
    expect(pods.map(({ spec }) => spec.nodeName)).toEqual(pods.map(() => "n1"));
  });

  it.each<[string, string, Record<string, string>, readonly string[]]>([
    ["a pod goes where devices are free", "a", {}, ["n1", "n2", "n3", "new"]],
    ["nor where they are thought to be used", "a", { b: "n2" }, ["n1", "n3", "new"]],
    ["nor where extended resources are", "a", { e: "n2" }, ["n1", "n3", "new"]],
    ["extended resources go so, too", "e", { b: "n2" }, ["n1", "n3", "new"]],
    ["and beside others of their kind", "e", { f: "n3", b: "n3" }, ["n1", "n2", "new"]],
    ["there may be several on a machine to come", "a", { b: "new" }, ["n1", "n2", "n3"]],
    ["who shares a claim stays with it", "c", {}, ["n1"]],
    ["or goes where the others went", "c", { d: "n2" }, ["n2"]],
  ])("%s", (_what, name, moved, expected) => {
    const others = pods.filter(
      ({ metadata }) => metadata.name !== name && moved[metadata.name ?? ""] === undefined,
    );
    const away = Object.entries(moved).map(([each, node]) => placed(each, node));
    const placements = new Placements(store);
    const found = placements.feasible(placed(name), [...nodes, coming], [...others, ...away]);
    expect([...found].sort()).toEqual(expected);
  });

  it("frees a claim that all its users leave", () => {
    const others = pods.filter(({ metadata }) => !["c", "d"].includes(metadata.name ?? ""));
    const found = new Placements(store).feasible(placed("c"), nodes, others);
    expect([...found].sort()).toEqual(["n1", "n2", "n3"]);
  });

  it("says what is missing", () => {
    const node = nodes.find(({ metadata }) => metadata.name === "n4") as Node;
    expect(new Placements(store).reasons(placed("a"), node, pods)).toEqual([
      "cannot allocate all claims",
    ]);
  });
});
