import { describe, expect, it } from "vitest";
import { timestamp } from "../../../sim/api/meta/time.ts";
import { deviceTaintEviction, lastsUntil } from "../../../sim/controllers/device-taint-eviction.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane, podOn, readyNode } from "../control-plane.ts";

const TAINT = { key: "broken", effect: "NoExecute" };
const tolerate = (tolerationSeconds?: number, more: object = {}): object => ({
  key: "broken",
  operator: "Exists",
  effect: "NoExecute",
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
  ...more,
});

const slice = (generation: number, taints: readonly object[] = [], name = "s"): object => ({
  metadata: { name },
  spec: {
    driver: "gpu.example",
    pool: { name: "pool", generation, resourceSliceCount: 1 },
    allNodes: true,
    devices: [{ name: "d0", ...(taints.length > 0 ? { taints } : {}) }, { name: "d1" }],
  },
});

/** A pod on a node with a claim that holds a device. */
function user(plane: ControlPlane, name: string, device: string, ...tolerations: object[]): void {
  plane.create("ResourceClaim", {
    metadata: { name: `${name}-claim`, namespace: "default" },
    spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "gpu" } }] } },
  });
  const resourceClaims = [{ name: "dev", resourceClaimName: `${name}-claim` }];
  const { uid } = plane.create("Pod", podOn(name, "n1", { resourceClaims })).metadata;
  const results = [{ request: "r", driver: "gpu.example", pool: "pool", device, tolerations }];
  const status = {
    allocation: { devices: { results } },
    reservedFor: [{ resource: "pods", name, uid }],
  };
  plane.edit("ResourceClaim", `default/${name}-claim`, (claim) => ({ ...claim, status }), "status");
}

function planeWith(): ControlPlane {
  const plane = new ControlPlane(deviceTaintEviction);
  plane.create("Node", readyNode("n1"));
  plane.create("ResourceSlice", slice(1));
  return plane;
}

function taint(plane: ControlPlane, ...taints: object[]): void {
  const { spec } = slice(1, taints) as any;
  plane.edit("ResourceSlice", "s", (object) => ({ ...object, spec }));
}

function deleting(plane: ControlPlane): string[] {
  return plane
    .list("Pod")
    .filter(({ metadata }) => metadata.deletionTimestamp)
    .map(({ metadata }) => metadata.name);
}

describe("the device taint eviction controller", () => {
  it("deletes who uses a device with a NoExecute taint, with its reason and event", () => {
    const plane = planeWith();
    user(plane, "web", "d0");
    user(plane, "other", "d1");
    user(plane, "tolerant", "d0", tolerate());
    plane.at(1);
    taint(plane, TAINT);
    expect(deleting(plane.at(1.1))).toEqual(["web"]);
    expect(plane.get("Pod", "default/web").status.conditions).toEqual([
      expect.objectContaining({
        type: "DisruptionTarget",
        status: "True",
        reason: "DeletionByDeviceTaintManager",
        message: "Device Taint manager: deleting due to NoExecute taint",
      }),
    ]);
    expect(plane.events()).toEqual(["DeviceTaintManagerEviction Marking for deletion"]);
  });

  it("leaves pods alone for taints of other effects, and pods that a claim is not reserved for", () => {
    const plane = planeWith();
    user(plane, "web", "d0");
    const resourceClaims = [{ name: "dev", resourceClaimName: "web-claim" }];
    plane.create("Pod", podOn("guest", "n1", { resourceClaims }));
    plane.at(1);
    taint(plane, { key: "a", effect: "NoSchedule" }, { key: "b", effect: "None" });
    expect(deleting(plane.at(2))).toEqual([]);
    taint(plane, TAINT);
    expect(deleting(plane.at(3))).toEqual(["web"]);
  });

  it("waits for tolerationSeconds from when the taint was added, and cancels when it goes", () => {
    const plane = planeWith();
    user(plane, "web", "d0", tolerate(30));
    plane.at(10);
    taint(plane, TAINT);
    plane.at(20);
    taint(plane);
    expect(deleting(plane.at(50))).toEqual([]);
    expect(plane.events()).toEqual(["DeviceTaintManagerEviction Cancelling deletion"]);
    taint(plane, { ...TAINT, timeAdded: timestamp(40 * SECOND) });
    expect(deleting(plane.at(69.9))).toEqual([]);
    expect(deleting(plane.at(70.1))).toEqual(["web"]);
  });

  it("deletes who gets a tainted device nevertheless", () => {
    const plane = planeWith();
    taint(plane, TAINT);
    plane.at(5);
    user(plane, "late", "d0");
    expect(deleting(plane.at(5.1))).toEqual(["late"]);
  });

  it("looks at the newest slices of a pool alone", () => {
    const plane = planeWith();
    user(plane, "web", "d0", tolerate(30));
    taint(plane, TAINT);
    plane.at(1);
    plane.create("ResourceSlice", slice(2, [], "newer"));
    expect(deleting(plane.at(60))).toEqual([]);
    plane.api.delete("ResourceSlice", "newer");
    expect(deleting(plane.at(61))).toEqual(["web"]);
  });

  it("takes a claim that was made from a template for the pod's only when the pod owns it", () => {
    const plane = planeWith();
    user(plane, "web", "d0");
    const resourceClaims = [{ name: "dev", resourceClaimTemplateName: "t" }];
    const { uid } = plane.create("Pod", podOn("guest", "n1", { resourceClaims })).metadata;
    const statuses = [{ name: "dev", resourceClaimName: "web-claim" }];
    const status = { resourceClaimStatuses: statuses };
    plane.edit("Pod", "default/guest", (pod) => ({ ...pod, status }), "status");
    const edit = (change: (claim: any) => object, door?: string): void =>
      plane.edit("ResourceClaim", "default/web-claim", change, door);
    edit(({ status: { reservedFor, ...rest }, ...claim }) => {
      const consumers = [...reservedFor, { resource: "pods", name: "guest", uid }];
      return { ...claim, status: { ...rest, reservedFor: consumers } };
    }, "status");
    plane.at(1);
    taint(plane, TAINT);
    expect(deleting(plane.at(2))).toEqual(["web"]);
  });
});

describe("a device's taint", () => {
  const added = { ...TAINT, timeAdded: timestamp(100 * SECOND) };
  it.each([
    ["without tolerations", [], 100],
    ["tolerated for ever", [tolerate()], undefined],
    ["tolerated for a while", [tolerate(30), tolerate(20)], 120],
    ["tolerated for less than no time", [tolerate(-5)], 100],
    ["tolerated for a while and for ever", [tolerate(30), tolerate()], undefined],
    ["tolerated by value", [tolerate(30, { operator: "Equal", value: "x" })], 100],
    [
      "tolerated whatever its effect is: to be taken, not to be kept",
      [{ operator: "Exists" }],
      100,
    ],
  ])("%s ends a use in its time", (_, tolerations, expected) => {
    const at = lastsUntil(added, tolerations as never);
    expect(at).toBe(expected === undefined ? undefined : expected * SECOND);
  });
});

it("a taint of a ResourceSlice says since when it is there", () => {
  const plane = planeWith().at(7.5);
  taint(plane, TAINT);
  const [device] = plane.get("ResourceSlice", "s").spec.devices;
  expect(device.taints).toEqual([{ ...TAINT, timeAdded: timestamp(7 * SECOND) }]);
});
