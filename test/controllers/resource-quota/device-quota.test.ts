import { describe, expect, it } from "vitest";
import { admissionChain } from "../../../sim/api/admission/chain.ts";
import { resourceQuotaController } from "../../../sim/controllers/resource-quota.ts";
import { ControlPlane, podOn, postPod } from "../control-plane.ts";

const BY_CLASS = "gpu.deviceclass.resource.k8s.io/devices";
const IMPLICIT = "requests.deviceclass.resource.kubernetes.io/gpu";
const EXPLICIT = "requests.example.com/gpu";
const MARK = { "resource.kubernetes.io/extended-resource-claim": "true" };
const HARD = { [BY_CLASS]: "9", [IMPLICIT]: "9", [EXPLICIT]: "9" };

function planeWith(extendedResourceName: string | undefined = "example.com/gpu"): ControlPlane {
  const plane = new ControlPlane(resourceQuotaController);
  plane.create("DeviceClass", {
    metadata: { name: "gpu" },
    spec: extendedResourceName === undefined ? {} : { extendedResourceName },
  });
  plane.create("ResourceQuota", {
    metadata: { name: "q", namespace: "default" },
    spec: { hard: HARD },
  });
  return plane.at(1);
}

/** How many devices by class, by the implicit name, and by the name that the class gives. */
function used(plane: ControlPlane): number[] {
  const status = plane.get("ResourceQuota", "default/q").status.used;
  return [BY_CLASS, IMPLICIT, EXPLICIT].map((name) => Number(status[name]));
}

const exactly = (count: number, deviceClassName = "gpu"): object => ({
  name: `r${count}`,
  exactly: { deviceClassName, count },
});

function claim(plane: ControlPlane, name: string, requests: readonly object[], owner?: any): void {
  const references =
    owner === undefined
      ? {}
      : {
          annotations: MARK,
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "Pod",
              name: owner.metadata.name,
              uid: owner.metadata.uid,
              controller: true,
            },
          ],
        };
  plane.create("ResourceClaim", {
    metadata: { name, namespace: "default", ...references },
    spec: { devices: { requests } },
  });
}

function pod(plane: ControlPlane, name: string, ...requests: readonly object[]): any {
  const containers = requests.map((each, at) => ({
    name: `c${at}`,
    image: "x",
    resources: { requests: each, limits: each },
  }));
  return plane.create("Pod", podOn(name, "n1", { containers }));
}

const EXPLICITLY = { "example.com/gpu": "1" };
const IMPLICITLY = { "deviceclass.resource.kubernetes.io/gpu": "1" };

describe("devices in a quota", () => {
  it.each<[string, readonly object[], readonly number[]]>([
    ["one device", [exactly(1)], [1, 1, 1]],
    ["several requests", [exactly(2), exactly(3)], [5, 5, 5]],
    [
      "all devices, at most",
      [{ name: "r", exactly: { deviceClassName: "gpu", allocationMode: "All" } }],
      [32, 32, 32],
    ],
    [
      "the largest of alternatives",
      [
        {
          name: "r",
          firstAvailable: [
            { name: "a", deviceClassName: "gpu", count: 2 },
            { name: "b", deviceClassName: "gpu", count: 1 },
          ],
        },
      ],
      [2, 2, 2],
    ],
    ["another class", [exactly(1, "tpu")], [0, 0, 0]],
  ])("count by each name when a claim asks for %s", (_, requests, expected) => {
    const plane = planeWith();
    claim(plane, "c", requests);
    expect(used(plane.at(2))).toEqual(expected);
  });

  it("do not count by a name that the class does not have", () => {
    const plane = planeWith("other.com/gpu");
    claim(plane, "c", [exactly(1)]);
    expect(used(plane.at(2))).toEqual([1, 1, 0]);
  });

  it.each<[string, readonly object[], readonly object[], readonly number[]]>([
    ["by the class's name", [EXPLICITLY], [exactly(1)], [1, 1, 1]],
    ["by the implicit one", [IMPLICITLY], [exactly(1)], [1, 1, 1]],
    ["by both", [{ ...EXPLICITLY, ...IMPLICITLY }], [exactly(2)], [2, 2, 2]],
    ["in two containers", [EXPLICITLY, IMPLICITLY], [exactly(2)], [2, 2, 2]],
    ["for less than the claim has", [EXPLICITLY], [exactly(3)], [3, 3, 3]],
  ])(
    "count once for a pod that asks %s and the claim that the scheduler made",
    (_, asked, requests, expected) => {
      const plane = planeWith();
      claim(plane, "c", requests, pod(plane, "p", ...asked));
      expect(used(plane.at(2))).toEqual(expected);
    },
  );

  it("count once for the claim that the pod names, or the first one", () => {
    const plane = planeWith();
    const owner = pod(plane, "p", EXPLICITLY);
    claim(plane, "a", [exactly(1)], owner);
    claim(plane, "b", [exactly(1)], owner);
    expect(used(plane.at(2))).toEqual([2, 2, 2]);
    plane.edit(
      "Pod",
      "default/p",
      (one) => ({
        ...one,
        status: {
          ...one.status,
          extendedResourceClaimStatus: {
            resourceClaimName: "b",
            requestMappings: [
              { containerName: "c0", resourceName: "example.com/gpu", requestName: "r1" },
            ],
          },
        },
      }),
      "status",
    );
    plane.api.delete("ResourceClaim", "default/a");
    expect(used(plane.at(3))).toEqual([1, 1, 1]);
  });

  it("count for the claim alone once the pod has ended", () => {
    const plane = planeWith();
    claim(plane, "c", [exactly(1)], pod(plane, "p", EXPLICITLY));
    postPod(plane, "default/p", "Succeeded", "False");
    expect(used(plane.at(2))).toEqual([1, 1, 1]);
  });

  it("count anew when the class gets another name", () => {
    const plane = planeWith();
    claim(plane, "c", [exactly(1)]);
    plane.at(2);
    plane.edit("DeviceClass", "gpu", (one) => ({
      ...one,
      spec: { extendedResourceName: "other.com/gpu" },
    }));
    expect(used(plane.at(3))).toEqual([1, 1, 0]);
    plane.api.delete("DeviceClass", "gpu");
    expect(used(plane.at(4))).toEqual([1, 0, 0]);
  });
});

describe("a request for devices", () => {
  const plugin = admissionChain.find(({ name }) => name === "ResourceQuota");
  function refusal(plane: ControlPlane, kind: string, object: any): string | undefined {
    const descriptor = plane.api.kinds.get(kind);
    try {
      plugin?.validate?.(
        {
          operation: "CREATE",
          descriptor,
          subresource: undefined,
          namespace: "default",
          name: "new",
          object,
          before: undefined,
          user: { name: "ann" },
          dryRun: false,
          warnings: [],
        },
        {
          now: plane.now,
          get: (other, key) => plane.get(other, key),
          list: (other) => plane.list(other),
        },
      );
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
  const wanted = (count: number): object => ({
    metadata: { name: "new", namespace: "default" },
    spec: { devices: { requests: [exactly(count)] } },
  });

  it.each<[string, object[], string | undefined]>([
    ["finds room", [wanted(4)], undefined],
    [
      "meets what pods use by the same name",
      [wanted(9)],
      `resourceclaims.resource.k8s.io "new" is forbidden: exceeded quota: q, requested: ${EXPLICIT}=9, used: ${EXPLICIT}=1, limited: ${EXPLICIT}=9`,
    ],
  ])("%s", (_, [object], why) => {
    const plane = planeWith();
    pod(plane, "p", EXPLICITLY);
    expect(refusal(plane, "ResourceClaim", object)).toBe(why);
  });

  it("of a pod meets what claims use by the same name", () => {
    const plane = planeWith();
    claim(plane, "c", [exactly(9)]);
    const containers = [{ name: "c", resources: { requests: { ...EXPLICITLY, ...IMPLICITLY } } }];
    expect(refusal(plane, "Pod", { metadata: {}, spec: { containers } })).toBe(
      `pods "new" is forbidden: exceeded quota: q, requested: ${IMPLICIT}=1,${EXPLICIT}=1, used: ${IMPLICIT}=9,${EXPLICIT}=9, limited: ${IMPLICIT}=9,${EXPLICIT}=9`,
    );
  });
});
