import { describe, expect, it, test } from "vitest";
import { decision, verdicts } from "../ask.ts";
import { node } from "../builders.ts";
import { claim, DRIVER, deviceClass, exactly, gpu, slice, two, user } from "../device-builders.ts";

const selector = (expression: string) => ({ selectors: [{ cel: { expression } }] });

/** What becomes of a pod with one claim on node `n` with these devices. */
const verdict = (
  devices: readonly object[],
  asked: ReturnType<typeof claim>,
  more: { readonly others?: readonly object[]; readonly slice?: object } = {},
) =>
  verdicts("DynamicResources", user("p", asked.metadata.name), {
    nodes: [node("n")],
    objects: {
      deviceclasses: [deviceClass("gpu", `device.driver == "${DRIVER}"`)],
      resourceslices: [slice("n", devices, more.slice)],
      resourceclaims: [asked, ...(more.others ?? [])],
    },
  })["n"];

const held = (...names: string[]) =>
  claim(
    "held",
    [exactly("r")],
    {},
    {
      allocation: {
        devices: {
          results: names.map((device) => ({ request: "r", driver: DRIVER, pool: "n", device })),
        },
      },
    },
  );

const NO = "cannot allocate all claims";

describe("a claim", () => {
  it.each([
    ["for one device", claim("c", [exactly("r")]), "fits"],
    ["for two of two", claim("c", [exactly("r", { count: 2 })]), "fits"],
    ["for three of two", claim("c", [exactly("r", { count: 3 })]), NO],
    ["for all devices", claim("c", [exactly("r", { allocationMode: "All" })]), "fits"],
    ["for two requests of one", claim("c", [exactly("a"), exactly("b")]), "fits"],
    [
      "for a model there is",
      claim("c", [exactly("r", selector(`device.attributes["${DRIVER}"].model == "H100"`))]),
      "fits",
    ],
    [
      "for a model there is not",
      claim("c", [exactly("r", selector(`device.attributes["${DRIVER}"].model == "B200"`))]),
      NO,
    ],
    [
      "for memory that one device has",
      claim("c", [
        exactly(
          "r",
          selector(`device.capacity["${DRIVER}"].memory.compareTo(quantity("64Gi")) >= 0`),
        ),
      ]),
      "fits",
    ],
    [
      "for an attribute of a domain the devices do not know",
      claim("c", [exactly("r", selector(`"x" in device.attributes["nobody.io"]`))]),
      NO,
    ],
    [
      "that asks whether there is an attribute",
      claim("c", [exactly("r", selector(`has(device.attributes["${DRIVER}"].model)`))]),
      "fits",
    ],
    [
      "with an expression that asks for what is not there",
      claim("c", [exactly("r", selector(`device.attributes["${DRIVER}"].nothing == 1`))]),
      "claim default/c, request r: selector #0: CEL runtime error: no such key: nothing",
    ],
    [
      "of a class there is not",
      claim("c", [exactly("r", { deviceClassName: "x" })]),
      "request r: device class x does not exist",
    ],
    [
      "that prefers what is not there",
      claim("c", [
        {
          name: "r",
          firstAvailable: [
            { name: "big", deviceClassName: "gpu", count: 3 },
            { name: "small", deviceClassName: "gpu", count: 1 },
          ],
        },
      ]),
      "fits",
    ],
    [
      "whose devices must be alike",
      claim("c", [exactly("a"), exactly("b")], {
        constraints: [{ matchAttribute: `${DRIVER}/model` }],
      }),
      NO,
    ],
    [
      "whose devices must differ",
      claim("c", [exactly("a"), exactly("b")], {
        constraints: [{ distinctAttribute: `${DRIVER}/model` }],
      }),
      "fits",
    ],
  ])("%s: %#", (_, asked, expected) => {
    expect(verdict(two, asked)).toBe(expected);
  });

  test("does not get what another claim holds, and sees it with administrator access", () => {
    const others = [held("gpu-0", "gpu-1")];
    expect(verdict(two, claim("c", [exactly("r")]), { others })).toBe(NO);
    expect(verdict(two, claim("c", [exactly("r", { adminAccess: true })]), { others })).toBe(
      "fits",
    );
  });

  test("does not get a tainted device without tolerating the taint", () => {
    const tainted = [
      gpu("gpu-0", "A100", "40Gi", { taints: [{ key: "broken", effect: "NoSchedule" }] }),
    ];
    expect(verdict(tainted, claim("c", [exactly("r")]))).toBe(NO);
    const tolerations = [{ key: "broken", operator: "Exists" }];
    expect(verdict(tainted, claim("c", [exactly("r", { tolerations })]))).toBe("fits");
  });

  test("for all devices gets none when it does not tolerate the taint of one", () => {
    const [first, second] = two;
    const all = (effect: string, tolerations: readonly object[] = []) =>
      verdict(
        [{ ...first, taints: [{ key: "broken", effect }] }, second as object],
        claim("c", [exactly("r", { allocationMode: "All", tolerations })]),
      );
    const tolerations = [{ key: "broken", operator: "Exists" }];
    expect([all("NoExecute"), all("None"), all("NoExecute", tolerations)]).toEqual([
      NO,
      "fits",
      "fits",
    ]);
  });

  test("gets partitions only as long as their shared counters last", () => {
    const part = (name: string) =>
      gpu(name, "A100", "20Gi", {
        consumesCounters: [{ counterSet: "gpu", counters: { memory: { value: "20Gi" } } }],
      });
    const sharedCounters = [{ name: "gpu", counters: { memory: { value: "40Gi" } } }];
    const parts = [part("part-0"), part("part-1"), part("part-2")];
    const ask = (count: number) =>
      verdict(parts, claim("c", [exactly("r", { count })]), { slice: { sharedCounters } });
    expect([ask(2), ask(3)]).toEqual(["fits", NO]);
  });

  describe("for a part of a device that may be shared", () => {
    const sharedGpu = (requestPolicy?: object) => [
      {
        name: "gpu-0",
        allowMultipleAllocations: true,
        capacity: {
          memory: { value: "40Gi", ...(requestPolicy === undefined ? {} : { requestPolicy }) },
        },
      },
    ];
    const asking = (memory?: string, more: object = {}) =>
      claim("c", [
        exactly("r", {
          ...more,
          ...(memory === undefined ? {} : { capacity: { requests: { memory } } }),
        }),
      ]);
    const holding = (memory: string) => {
      const result = { request: "r", driver: DRIVER, pool: "n", device: "gpu-0", shareID: "s" };
      const results = [{ ...result, consumedCapacity: { memory } }];
      return claim("held", [exactly("r")], {}, { allocation: { devices: { results } } });
    };
    const steps = { validRange: { min: "10Gi", step: "10Gi", max: "30Gi" }, default: "10Gi" };

    it.each<[string, object | undefined, ReturnType<typeof claim>, string]>([
      ["gets what is left", undefined, asking("20Gi"), "fits"],
      ["gets no more than that", undefined, asking("21Gi"), NO],
      ["takes all of it when it names no amount", undefined, asking(), NO],
      ["takes the default when it names no amount", steps, asking(), "fits"],
      ["is rounded up to a step", steps, asking("11Gi"), "fits"],
      ["is rounded up beyond what is left", steps, asking("20Gi", { count: 2 }), NO],
      ["may take the same device twice", steps, asking("5Gi", { count: 2 }), "fits"],
      [
        "gets no more than the policy allows",
        { ...steps, validRange: { min: "1Gi", max: "8Gi" } },
        asking("9Gi"),
        NO,
      ],
      [
        "gets the next of the valid amounts",
        { default: "8Gi", validValues: ["8Gi", "16Gi"] },
        asking("9Gi"),
        "fits",
      ],
      [
        "gets nothing beyond the valid amounts",
        { default: "8Gi", validValues: ["8Gi"] },
        asking("9Gi"),
        NO,
      ],
      [
        "gets nothing of a capacity that is not there",
        undefined,
        claim("c", [exactly("r", { capacity: { requests: { cores: "1" } } })]),
        NO,
      ],
    ])("beside one that holds half of it %s", (_, policy, asked, expected) => {
      expect(verdict(sharedGpu(policy), asked, { others: [holding("20Gi")] })).toBe(expected);
    });

    it("asks for at least so much of a device that is not shared", () => {
      const ask = (memory: string) => verdict([gpu("gpu-0")], asking(memory));
      expect([ask("40Gi"), ask("41Gi")]).toEqual(["fits", NO]);
    });
  });

  test("gets nothing of a pool whose slices are not all there", () => {
    const pool = { name: "n", generation: 1, resourceSliceCount: 2 };
    expect(verdict(two, claim("c", [exactly("r")]), { slice: { pool } })).toBe(NO);
  });

  test("keeps its pod where it was allocated", () => {
    const matchFields = [{ key: "metadata.name", operator: "In", values: ["elsewhere"] }];
    const allocation = { nodeSelector: { nodeSelectorTerms: [{ matchFields }] } };
    expect(verdict(two, claim("c", [exactly("r")], {}, { allocation }))).toBe(
      "resourceclaim not available on the node",
    );
  });
});

describe("a claim that is allocated elsewhere", () => {
  const matchFields = [{ key: "metadata.name", operator: "In", values: ["elsewhere"] }];
  const allocation = { nodeSelector: { nodeSelectorTerms: [{ matchFields }] } };
  const said = (status: object) =>
    decision("DynamicResources", user("p", "c"), {
      nodes: [node("n")],
      objects: {
        deviceclasses: [deviceClass("gpu")],
        resourceclaims: [claim("c", [exactly("r")], {}, { allocation, ...status })],
      },
    }).postFilter?.reasons?.[0];

  it.each([
    ["nobody uses", {}, "deallocation of ResourceClaim completed"],
    [
      "the pod alone has reserved",
      { reservedFor: [{ uid: "uid-p" }] },
      "deallocation of ResourceClaim completed",
    ],
    ["another pod uses", { reservedFor: [{ uid: "uid-other" }] }, "still not schedulable"],
  ])("and that %s: %#", (_, status, expected) => {
    expect(said(status)).toBe(expected);
  });
});
