import { describe, expect, it } from "vitest";
import { ApiError } from "../../../sim/api/api-error.ts";
import type {
  Endpoint,
  EndpointSlice,
  Endpoints,
  Pod,
  Service,
} from "../../../sim/api/types.gen.ts";
import {
  addressOf,
  endpointOf,
  portsOn,
} from "../../../sim/controllers/endpoint-slice/endpoint.ts";
import { planSlices } from "../../../sim/controllers/endpoint-slice/plan.ts";
import { endpointSliceController } from "../../../sim/controllers/endpoint-slice.ts";
import { endpointsController } from "../../../sim/controllers/endpoints.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane, podOn, readyNode } from "../control-plane.ts";
import { SmallCluster } from "../small-cluster.ts";

const ports = [{ name: "http", port: 8080, protocol: "TCP" }];
const endpoint = (name: string, ready = true): Endpoint => ({
  addresses: [name],
  conditions: { ready },
  targetRef: { uid: name },
});
const slice = (name: string, endpoints: readonly Endpoint[], of = ports): EndpointSlice =>
  ({ metadata: { name }, ports: of, endpoints }) as never;
const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => endpoint(`${prefix}${at}`));

describe("a plan for slices", () => {
  const plan = (existing: EndpointSlice[], endpoints: Endpoint[], limit = 3) => {
    const groups = endpoints.length === 0 ? [] : [{ ports, endpoints }];
    const { create, update, remove } = planSlices(existing, groups, limit);
    return {
      create: create.map((content) => content.endpoints.length),
      update: update.map(({ slice: of, content }) => [of.metadata.name, content.endpoints.length]),
      remove: remove.map(({ metadata }) => metadata.name),
    };
  };

  it("keeps an empty slice for a Service without endpoints", () => {
    expect(plan([], [])).toEqual({ create: [0], update: [], remove: [] });
    expect(plan([slice("s", [], [])], [])).toEqual({ create: [], update: [], remove: [] });
  });

  it("uses the empty slice again for the first endpoints", () => {
    expect(plan([slice("s", [], [])], many("a", 2))).toEqual({
      create: [],
      update: [["s", 2]],
      remove: [],
    });
  });

  it("empties the last slice instead of deleting it", () => {
    expect(plan([slice("s", many("a", 2))], [])).toEqual({
      create: [],
      update: [["s", 0]],
      remove: [],
    });
  });

  it("leaves slices alone where nothing changed", () => {
    const first = slice("s", many("a", 3));
    const second = slice("t", many("b", 1));
    expect(plan([first, second], [...many("a", 3), ...many("b", 1)])).toEqual({
      create: [],
      update: [],
      remove: [],
    });
  });

  it("fills the slice that changes anyway before any other", () => {
    const full = slice("s", many("a", 3));
    const changed = slice("t", [endpoint("b0"), endpoint("gone")]);
    const wanted = [...many("a", 3), ...many("b", 1), ...many("c", 2)];
    expect(plan([full, changed], wanted)).toEqual({ create: [], update: [["t", 3]], remove: [] });
  });

  it("puts what is new into the fullest slice that takes all of it, and makes new ones beyond", () => {
    const first = slice("s", many("a", 1));
    const second = slice("t", many("b", 2));
    const there = [...many("a", 1), ...many("b", 2)];
    expect(plan([first, second], [...there, endpoint("n")])).toEqual({
      create: [],
      update: [["t", 3]],
      remove: [],
    });
    expect(plan([first, second], [...there, ...many("n", 4)])).toEqual({
      create: [3],
      update: [["t", 3]],
      remove: [],
    });
  });
});

describe("hints of an endpoint", () => {
  const hints = (trafficDistribution: string | undefined, zone?: string, isReady = true) => {
    const pod = {
      metadata: { name: "p", uid: "p" },
      spec: { nodeName: "n", containers: [] },
      status: { conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
    };
    const service = { metadata: { name: "s" }, spec: { trafficDistribution } };
    return endpointOf(pod as never, service as never, "10.0.0.1", zone).hints;
  };
  const inZone = { forZones: [{ name: "a" }] };

  it.each([
    ["nobody without a preference", undefined, "a", undefined],
    ["nobody by a preference of others", "example.com/near", "a", undefined],
    ["its zone by the old name", "PreferClose", "a", inZone],
    ["its zone", "PreferSameZone", "a", inZone],
    ["its node and its zone", "PreferSameNode", "a", { ...inZone, forNodes: [{ name: "n" }] }],
    [
      "its node where there are no zones",
      "PreferSameNode",
      undefined,
      { forNodes: [{ name: "n" }] },
    ],
    ["nobody where there are no zones", "PreferSameZone", undefined, undefined],
  ])("are for %s", (_who, preference, zone, wanted) => {
    expect(hints(preference, zone)).toEqual(wanted);
  });

  it("are for nobody while it is not ready", () => {
    expect(hints("PreferSameZone", "a", false)).toBeUndefined();
  });
});

describe("an endpoint", () => {
  const pod = (status: object) => ({ status }) as unknown as Pod;
  it.each([
    [{ podIP: "10.0.0.1" }, "IPv4", "10.0.0.1"],
    [{ podIP: "10.0.0.1" }, "IPv6", undefined],
    [{ podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] }, "IPv6", "fd00::1"],
    [{ podIP: "fd00::1", podIPs: [{ ip: "fd00::1" }, { ip: "10.0.0.1" }] }, "IPv4", "10.0.0.1"],
    [{}, "IPv4", undefined],
  ] as const)("of a pod with %j has the address of family %s %s", (status, family, address) => {
    expect(addressOf(pod(status), family)).toBe(address);
  });

  it("names the zone of its node, and none where there is none", () => {
    const web = { metadata: { name: "p", uid: "p" }, spec: { nodeName: "n", containers: [] } };
    const of = (zone: string | undefined) => {
      const service = { metadata: { name: "s" }, spec: {} };
      return endpointOf(web as never, service as never, "10.0.0.1", zone);
    };
    expect(of("a")).toMatchObject({ nodeName: "n", zone: "a" });
    expect(of(undefined)).not.toHaveProperty("zone");
  });
});

describe("ports of a Service on a pod", () => {
  const pod = {
    spec: { containers: [{ ports: [{ name: "web", containerPort: 8080, protocol: "TCP" }] }] },
  } as unknown as Pod;
  const of = (...list: object[]) =>
    portsOn(pod, { spec: { ports: list } } as unknown as Service).ports;

  it.each([
    [{ port: 80 }, 80],
    [{ port: 80, targetPort: 9000 }, 9000],
    [{ port: 80, targetPort: "web" }, 8080],
  ])("%o is %i", (port, number) => {
    expect(of(port)[0]?.port).toBe(number);
  });

  it("are left out when the pod has no port of their name", () => {
    expect(of({ port: 80, targetPort: "admin" })).toEqual([]);
    expect(of({ port: 80, targetPort: "web", protocol: "UDP" })).toEqual([]);
  });
});

describe("endpoints of a Service", () => {
  function cluster(): SmallCluster {
    const run = new SmallCluster([endpointSliceController, endpointsController]);
    run.create({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default", labels: { team: "a" } },
      spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    });
    return run;
  }
  const addPod = (run: SmallCluster, name: string) =>
    run.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: "default", labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: "x" }] },
    });
  const slices = (run: SmallCluster) => run.objects<EndpointSlice>("EndpointSlice");
  const conditions = (run: SmallCluster) =>
    slices(run).flatMap(({ endpoints = [] }) => endpoints.map((one) => one.conditions));

  it("follow its pods, with its labels and owner", () => {
    const run = cluster();
    run.run(0.1);
    expect(slices(run)).toHaveLength(1);
    addPod(run, "a");
    run.run(3);
    expect(conditions(run)).toEqual([{ ready: true, serving: true, terminating: false }]);
    expect(slices(run)[0]?.metadata.labels).toEqual({
      team: "a",
      "kubernetes.io/service-name": "web",
      "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    });
  });

  it("that terminate still serve in the slice and are gone from the older object", () => {
    const run = cluster();
    addPod(run, "a");
    run.run(3);
    run.engine.as("test", 0, () => run.api.delete("Pod", "default/a"));
    run.run(0.5);
    expect(conditions(run)).toEqual([{ ready: false, serving: true, terminating: true }]);
    expect(run.get<Endpoints>("Endpoints", "web").subsets ?? []).toEqual([]);
    run.run(3);
    expect(conditions(run)).toEqual([]);
    expect(slices(run)).toHaveLength(1);
  });

  it("fill slices of a hundred", () => {
    const run = cluster();
    for (let at = 0; at < 230; at++) addPod(run, `p${at}`);
    run.run(4);
    const sizes = slices(run).map(({ endpoints = [] }) => endpoints.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(230);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
  });

  it("tell of pods on nodes that nobody knows, and are tried again after 1, 2, 4 s and so on", () => {
    const plane = new ControlPlane(() => endpointSliceController);
    plane.create("Service", {
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    plane.at(1);
    plane.create("Pod", {
      ...podOn("a", "gone"),
      metadata: { name: "a", namespace: "default", labels: { app: "web" } } as never,
    });
    plane.edit("Pod", "default/a", (pod) => ({ ...pod, status: { podIP: "10.0.0.1" } }), "status");
    plane.at(7.9);
    const [event] = plane.list("Event");
    expect([event.reason, event.message, event.count]).toEqual([
      "FailedToUpdateEndpointSlices",
      "Error updating Endpoint Slices for Service default/web: skipping Pod a for Service default/web: Node gone Not Found",
      3,
    ]);
    plane.create("Node", readyNode("gone"));
    plane.at(8.1);
    expect(plane.list("EndpointSlice")[0].endpoints).toHaveLength(1);
    plane.at(100);
    expect(plane.list("Event")).toHaveLength(1);
  });

  it("are made as soon as the API takes them, however often it refused", () => {
    const plane = new ControlPlane(() => endpointSliceController);
    const create = plane.api.create.bind(plane.api);
    plane.api.create = ((kind: string, ...rest: [never]) => {
      if (kind === "EndpointSlice" && plane.now < 10 * SECOND) throw new ApiError(503, "", "away");
      return create(kind, ...rest);
    }) as never;
    plane.create("Service", {
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    });
    plane.at(9);
    expect(plane.list("EndpointSlice")).toEqual([]);
    // Tried again after 1, 2, 4 and 8 s.
    plane.at(16);
    expect(plane.list("EndpointSlice")).toHaveLength(1);
    expect(new Set(plane.events())).toEqual(
      new Set([
        "FailedToUpdateEndpointSlices Error updating Endpoint Slices for Service default/web: failed to create EndpointSlice for Service default/web: away",
      ]),
    );
  });

  it.each([
    ["create", "FailedToCreateEndpoint Failed to create endpoint for service default/web: no"],
    ["update", "FailedToUpdateEndpoint Failed to update endpoint default/web: no"],
  ] as const)("tell when the older object cannot be written: %s", (verb, told) => {
    const plane = new ControlPlane(() => endpointsController);
    const service = {
      metadata: { name: "web", namespace: "default" },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    };
    if (verb === "update") {
      plane.create("Service", service);
      plane.at(1);
    }
    const refused = (of: string): void => {
      if (of === "Endpoints" && plane.now < 2 * SECOND) throw new ApiError(500, "", "no");
    };
    const [create, update] = [plane.api.create.bind(plane.api), plane.api.update.bind(plane.api)];
    plane.api.create = ((kind: string, ...rest: [never]) => {
      refused(verb === "create" ? kind : "");
      return create(kind, ...rest);
    }) as never;
    plane.api.update = ((kind: string, ...rest: [never]) => {
      refused(verb === "update" ? kind : "");
      return update(kind, ...rest);
    }) as never;
    if (verb === "create") plane.create("Service", service);
    else
      plane.edit("Service", "default/web", (object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { a: "b" } },
      }));
    plane.at(3);
    expect(new Set(plane.events())).toEqual(new Set([told]));
    expect(plane.get("Endpoints", "default/web")).toBeDefined();
  });
});
