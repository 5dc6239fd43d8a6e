import { describe, expect, it } from "vitest";
import type { ResourceClaim, ResourceSlice } from "../../../sim/api/types.gen.ts";
import { allocate } from "../../../sim/scheduler/plugins/dynamic-resources/allocator.ts";
import { wantedBy } from "../../../sim/scheduler/plugins/dynamic-resources/wishes.ts";
import { verdicts } from "../ask.ts";
import { node } from "../builders.ts";
import { claim, DRIVER, deviceClass, exactly, slice, user } from "../device-builders.ts";

type Claim = ReturnType<typeof claim>;

const DEVICE_CLASS = {
  ...deviceClass("gpu", "true"),
  spec: { ...deviceClass("gpu", "true").spec, config: [{ opaque: { driver: DRIVER } }] },
};

const HERE = node("n", { labels: { zone: "1", rack: "2" } });

function allocated(slices: readonly object[], claims: readonly Claim[]) {
  const open = claims as unknown as readonly ResourceClaim[];
  const wanted = open.flatMap((each) => wantedBy(each, () => DEVICE_CLASS as never));
  return allocate(wanted, open, HERE, slices as readonly ResourceSlice[], []);
}

/** `request: device` of every result, or what was said. */
function devices(slices: readonly object[], ...claims: Claim[]): string {
  try {
    const found = allocated(slices, claims);
    if (typeof found !== "object") return String(found);
    return found
      .flatMap(({ devices }) => devices?.results ?? [])
      .map(({ request, device }) => `${request}: ${device}`)
      .join(", ");
  } catch (error) {
    return (error as Error).message;
  }
}

const named = (...names: string[]): object[] => names.map((name) => ({ name }));
const many = (count: number): object[] =>
  Array.from({ length: count }, (_, at) => ({ name: `d${at}` }));
const pool = (resourceSliceCount: number, name = "n"): object => ({
  pool: { name, generation: 1, resourceSliceCount },
});
const second = (of: ReturnType<typeof slice>): object => ({ ...of, metadata: { name: "second" } });
const all = { allocationMode: "All" };
const admin = { adminAccess: true };
const ways = (...counts: number[]): object[] =>
  counts.map((count, at) => ({ name: `way-${at}`, deviceClassName: "gpu", count }));
const conditions = { bindingConditions: ["Ready"] };
const isIn = (key: string, ...values: string[]) => ({ key, operator: "In", values });
const where = (key: string, value: string) => ({
  nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [isIn(key, value)] }] },
});
const onlyOn = (name: string) => ({
  nodeSelectorTerms: [{ matchFields: [isIn("metadata.name", name)] }],
});
const updated = [slice("n", named("a"), pool(2))];
const twice = [slice("n", named("a"), pool(2)), second(slice("n", named("a"), pool(2)))];
const noCounters = [
  slice("n", [{ name: "a", consumesCounters: [{ counterSet: "x", counters: {} }] }]),
];
const models = ["x", "y"].map((model) => ({
  name: model,
  attributes: { model: { string: model } },
}));

describe("the allocator of devices", () => {
  it.each<[string, readonly object[], readonly Claim[], string]>([
    ["takes nothing of a pool being updated", updated, [claim("c", [exactly("r")])], "undefined"],
    [
      "cannot tell what all devices are meanwhile",
      updated,
      [claim("c", [exactly("r", all)])],
      "claim default/c, request r: asks for all devices, but resource pool gpu.example.com/n is currently being updated",
    ],
    [
      "does not mind it elsewhere",
      [slice("m", named("a"), pool(2)), slice("n", named("b"), pool(1, "other"))],
      [claim("c", [exactly("r", all)])],
      "r: b",
    ],
    ["takes nothing of two devices of one name", twice, [claim("c", [exactly("r")])], "invalid"],
    ["nor of what counters are missing of", noCounters, [claim("c", [exactly("r")])], "invalid"],
    [
      "takes of valid pools beside it",
      [...twice, slice("n", named("b"), { ...pool(1, "other") })],
      [claim("c", [exactly("r")])],
      "r: b",
    ],
    [
      "cannot tell what all devices of an invalid pool are",
      twice,
      [
        claim("c", [
          { name: "r", firstAvailable: [{ ...all, name: "s", deviceClassName: "gpu" }] },
        ]),
      ],
      "claim default/c, request s: asks for all devices, but resource pool gpu.example.com/n is currently invalid",
    ],
    [
      "gives a claim no more than 32 devices",
      [slice("n", many(40))],
      [claim("c", [exactly("r", { count: 20 }), exactly("s", { count: 13 })])],
      "claim default/c: number of requested devices 33 exceeds the claim limit of 32",
    ],
    [
      "not even all of them",
      [slice("n", many(33))],
      [claim("c", [exactly("r", all)])],
      "claim default/c: number of requested devices 33 exceeds the claim limit of 32",
    ],
    [
      "and takes another way when there are too many on one",
      [slice("n", many(40))],
      [claim("c", [exactly("r", { count: 30 }), { name: "s", firstAvailable: ways(3, 1) }])],
      [...Array.from({ length: 30 }, (_, at) => `r: d${at}`), "s/way-1: d30"].join(", "),
    ],
    [
      "refuses all devices when they do not agree",
      [slice("n", models)],
      [claim("c", [exactly("r", all)], { constraints: [{ matchAttribute: `${DRIVER}/model` }] })],
      "claim default/c, request r: cannot add device gpu.example.com/n/y because a claim constraint would not be satisfied",
    ],
    [
      "shows a claim a device once",
      [slice("n", named("a", "b"))],
      [claim("c", [exactly("r", admin), exactly("s", admin)])],
      "r: a, s: b",
    ],
    [
      "shows two claims the same device",
      [slice("n", named("a", "b"))],
      [claim("c", [exactly("r", admin)]), claim("d", [exactly("s", admin)])],
      "r: a, s: a",
    ],
    [
      "gives nobody what another claim of the pod sees",
      [slice("n", named("a", "b"))],
      [claim("c", [exactly("r", admin)]), claim("d", [exactly("s")])],
      "r: a, s: b",
    ],
    [
      "prefers slices without conditions",
      [
        slice("n", [{ name: "a", ...conditions }], pool(2)),
        second(slice("n", named("b"), pool(2))),
      ],
      [claim("c", [exactly("r")])],
      "r: b",
    ],
    [
      "prefers pools without conditions",
      [
        slice("n", [{ name: "a", ...conditions }], pool(1, "first")),
        slice("n", named("b"), pool(1, "last")),
      ],
      [claim("c", [exactly("r", { count: 2 })])],
      "r: b, r: a",
    ],
  ])("%s", (_what, slices, claims, expected) => {
    expect(devices(slices, ...claims)).toBe(expected);
  });

  it("tells a class's configuration once, and the claim's for each request", () => {
    const opaque = { driver: DRIVER };
    const config = [{ opaque }, { requests: ["r", "s"], opaque }, { requests: ["s"], opaque }];
    const asked = claim("c", [exactly("r", { count: 2 }), exactly("s")], { config });
    const found = allocated([slice("n", named("a", "b", "c"))], [asked]);
    expect((found as any)[0].devices.config).toEqual([
      { source: "FromClass", requests: ["r", "s"], opaque },
      { source: "FromClaim", opaque },
      { source: "FromClaim", requests: ["r", "s"], opaque },
      { source: "FromClaim", requests: ["r", "s"], opaque },
      { source: "FromClaim", requests: ["s"], opaque },
    ]);
  });

  it.each<[string, readonly object[], unknown]>([
    ["the node of a local device", [slice("n", named("a"))], onlyOn("n")],
    [
      "everywhere",
      [slice("n", named("a", "b"), { nodeName: undefined, allNodes: true })],
      undefined,
    ],
    [
      "the node that a device is bound to",
      [slice("n", [{ name: "a", bindsToNode: true }], { nodeName: undefined, allNodes: true })],
      onlyOn("n"),
    ],
    [
      "where all selectors say",
      [
        slice("n", named("a"), { nodeName: undefined, ...where("zone", "1"), ...pool(2) }),
        second(slice("n", named("b"), { nodeName: undefined, ...where("rack", "2"), ...pool(2) })),
      ],
      { nodeSelectorTerms: [{ matchExpressions: [isIn("zone", "1"), isIn("rack", "2")] }] },
    ],
    [
      "where their common selector says",
      [slice("n", named("a", "b"), { nodeName: undefined, ...where("zone", "1") })],
      where("zone", "1").nodeSelector,
    ],
    [
      "where the devices' own say",
      [
        slice(
          "n",
          [
            { name: "a", ...where("zone", "1") },
            { name: "b", allNodes: true },
          ],
          { nodeName: undefined, perDeviceNodeSelection: true },
        ),
      ],
      where("zone", "1").nodeSelector,
    ],
  ])("allocates for %s", (_what, slices, expected) => {
    const count = slices.flatMap((each) => (each as any).spec.devices).length;
    const found = allocated(slices, [claim("c", [exactly("r", { count })])]);
    expect((found as any)[0].nodeSelector).toEqual(expected);
  });

  it("says of a node that its pools are invalid", () => {
    const said = verdicts("DynamicResources", user("p", "c"), {
      nodes: [node("n")],
      objects: {
        deviceclasses: [deviceClass("gpu", "true")],
        resourceslices: twice,
        resourceclaims: [claim("c", [exactly("r")])],
      },
    });
    expect(said["n"]).toBe("invalid resource pools were encountered");
  });
});
