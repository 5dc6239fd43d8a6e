import { describe, expect, it } from "vitest";
import { endpointSliceMirroring } from "../../../sim/controllers/endpoint-slice-mirroring.ts";
import { ControlPlane } from "../control-plane.ts";

const META = { name: "db", namespace: "default" };
const SUBSETS = [
  {
    addresses: [{ ip: "192.0.2.1", hostname: "a" }, { ip: "2001:db8::1" }],
    notReadyAddresses: [{ ip: "192.0.2.2" }],
    ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
  },
];

function planeWith(metadata: object = {}, spec: object = {}): ControlPlane {
  const plane = new ControlPlane(endpointSliceMirroring);
  plane.create("Service", { metadata: META, spec: { ports: [{ port: 5432 }], ...spec } });
  plane.create("Endpoints", { metadata: { ...META, ...metadata }, subsets: SUBSETS });
  return plane.at(1);
}

function slices(plane: ControlPlane): any[] {
  return plane.list("EndpointSlice");
}

describe("the mirroring of endpoints", () => {
  it("makes a slice for each family, with the labels and the owner of the Endpoints", () => {
    const plane = planeWith({
      labels: { team: "a" },
      annotations: { note: "x", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    });
    expect(slices(plane)).toHaveLength(2);
    const [first, second] = slices(plane);
    expect(first).toMatchObject({
      addressType: "IPv4",
      ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
      endpoints: [
        { addresses: ["192.0.2.1"], conditions: { ready: true }, hostname: "a" },
        { addresses: ["192.0.2.2"], conditions: { ready: false } },
      ],
    });
    expect(second).toMatchObject({
      addressType: "IPv6",
      endpoints: [{ addresses: ["2001:db8::1"], conditions: { ready: true } }],
    });
    expect(first.metadata.name).toMatch(/^db-/);
    expect(first.metadata.labels).toEqual({
      team: "a",
      "kubernetes.io/service-name": "db",
      "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    });
    expect(first.metadata.annotations).toEqual({ note: "x" });
    expect(first.metadata.ownerReferences[0]).toMatchObject({ kind: "Endpoints", name: "db" });
  });

  it.each([
    ["a label says so", { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } }, {}],
    [
      "they are a leader's",
      { annotations: { "control-plane.alpha.kubernetes.io/leader": "" } },
      {},
    ],
    ["the Service selects pods", {}, { selector: { app: "db" } }],
  ])("leaves Endpoints alone when %s", (_, metadata, spec) => {
    expect(slices(planeWith(metadata, spec))).toEqual([]);
  });

  it("follows changes of addresses with one update, and deletes what is gone", () => {
    const plane = planeWith();
    const [{ metadata }] = slices(plane);
    plane.edit("Endpoints", "default/db", (object) => ({
      ...object,
      subsets: [{ ...SUBSETS[0], addresses: [{ ip: "192.0.2.9" }], notReadyAddresses: [] }],
    }));
    plane.at(2);
    expect(slices(plane)).toHaveLength(1);
    expect(slices(plane)[0].metadata.name).toBe(metadata.name);
    expect(slices(plane)[0].endpoints).toEqual([
      { addresses: ["192.0.2.9"], conditions: { ready: true } },
    ]);
    plane.edit("Service", "default/db", (service) => ({
      ...service,
      spec: { ...service.spec, selector: { app: "db" } },
    }));
    expect(slices(plane.at(3))).toEqual([]);
  });

  it("deletes its slices with the Service", () => {
    const plane = planeWith();
    plane.api.delete("Service", "default/db");
    expect(slices(plane.at(2))).toEqual([]);
  });

  it("mirrors a thousand addresses of a subset and tells of the others", () => {
    const plane = planeWith();
    const addresses = Array.from({ length: 1003 }, (_, at) => ({
      ip: `10.0.${at >> 8}.${at & 255}`,
    }));
    plane.edit("Endpoints", "default/db", (object) => ({
      ...object,
      subsets: [{ addresses, ports: [{ port: 1 }] }],
    }));
    plane.at(2);
    expect(slices(plane).map(({ endpoints }) => endpoints.length)).toEqual([1000]);
    expect(plane.events()[0]).toBe(
      "TooManyAddressesToMirror A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 3 addresses were skipped",
    );
  });
});
