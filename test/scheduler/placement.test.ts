import { describe, expect, it } from "vitest";
import type { PossibleNode } from "../../sim/api/node-devices.ts";
import { keyOf } from "../../sim/api/object.ts";
import type { Node, Pod, ResourceClaim } from "../../sim/api/types.gen.ts";
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

  describe("holders of a claim", () => {
    type Holder = { resource: string; name: string; uid: string | undefined };
    /** Others of a claim's holders than the pods that are moved in thought; an ended pod gives its claim back later. */
    const feasible = (holder: Holder | undefined, ended?: string) => {
      const { store: own, api, engine } = fourOnOne();
      const shared = own.get("ResourceClaim", "default/shared") as ResourceClaim;
      engine.as("test", 0, () => {
        const metadata = { name: "nowhere", namespace: "default" };
        const spec = { nodeSelector: { no: "where" }, containers: [{ name: "main", image: "x" }] };
        api.create("Pod", { apiVersion: "", kind: "", metadata, spec } as never);
        const known = own.get("Pod", `default/${holder?.name}`) as Pod | undefined;
        const uid = holder?.uid ?? known?.metadata.uid ?? "";
        const reservedFor = [...(shared.status?.reservedFor ?? []), { ...holder, uid }];
        if (holder !== undefined)
          api.writeStatus("ResourceClaim", "default/shared", {
            ...shared.status,
            reservedFor,
          } as never);
        if (ended !== undefined) {
          const { status } = own.get("Pod", `default/${ended}`) as Pod;
          api.writeStatus("Pod", `default/${ended}`, { ...status, phase: "Succeeded" } as never);
        }
      });
      const all = [...own.objects("Pod").values()] as Pod[];
      const c = all.find(({ metadata }) => metadata.name === "c") as Pod;
      const { nodeName: _, ...spec } = c.spec;
      const others = all.filter(({ metadata }) => !["c", "d"].includes(metadata.name));
      const ownNodes = [...own.objects("Node").values()] as Node[];
      return [...new Placements(own).feasible({ ...c, spec }, ownNodes, others)].sort();
    };
    const holder = (name: string, uid?: string): Holder => ({ resource: "pods", name, uid });
    const everywhere = ["n1", "n2", "n3"];

    it.each<[string, Holder | undefined, string | undefined, readonly string[]]>([
      ["that both leave free it", undefined, undefined, everywhere],
      ["that are gone keep it until they are struck off", holder("ghost", "u"), undefined, ["n1"]],
      ["so do those whose name another one has now", holder("a", "u"), undefined, ["n1"]],
      ["and those that have ended", undefined, "d", ["n1"]],
      ["and whatever is no pod", { ...holder("c"), resource: "others" }, undefined, ["n1"]],
      ["and those that have no place yet", holder("nowhere"), undefined, ["n1"]],
    ])("%s", (_what, more, ended, expected) => {
      expect(feasible(more, ended)).toEqual(expected);
    });
  });

  describe("of devices", () => {
    const without = ({ store: own }: Cluster, ...names: string[]) =>
      ([...own.objects("Pod").values()] as Pod[]).filter(
        ({ metadata }) => !names.includes(metadata.name),
      );
    const unplaced = ({ store: own }: Cluster, name: string): Pod => {
      const found = own.get("Pod", `default/${name}`) as Pod;
      const { nodeName: _, ...spec } = found.spec;
      return { ...found, spec };
    };
    const nodesOf = ({ store: own }: Cluster) => [...own.objects("Node").values()] as Node[];

    it("knows claims where there are no classes", () => {
      const cluster = fourOnOne();
      cluster.engine.as("test", 0, () => void cluster.api.delete("DeviceClass", "gpu"));
      const found = new Placements(cluster.store).feasible(
        unplaced(cluster, "c"),
        nodesOf(cluster),
        without(cluster, "c"),
      );
      // It is allocated, and used by another one there.
      expect(found).toEqual(["n1"]);
    });

    it("knows classes where there are no claims", () => {
      const cluster = fourOnOne();
      const asks = unplaced(cluster, "e");
      const clear = (kind: string) =>
        cluster.engine.as("test", 0, () => {
          for (const object of [...cluster.store.objects(kind).values()])
            cluster.api.delete(kind, keyOf(object));
        });
      clear("Pod");
      cluster.runUntil(120 * SECOND);
      clear("ResourceClaim");
      cluster.runUntil(180 * SECOND);
      expect(cluster.store.count("ResourceClaim")).toBe(0);
      const found = new Placements(cluster.store).feasible(asks, nodesOf(cluster), []);
      expect([...found].sort()).toEqual(["n1", "n2", "n3"]);
    });
  });
});
