import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, checkChange, withSpec } from "./refusal-rows.ts";

/* What the API refuses of claims and slices of devices. */

describe("a claim of devices", () => {
  const path = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
  const make = (request: object) =>
    withSpec({ devices: { requests: [{ name: "r", ...request }] } });
  const R = "spec.devices.requests[0]";
  check(path, make, [
    [
      "both one kind and several",
      { exactly: { deviceClassName: "c" }, firstAvailable: [{ name: "a", deviceClassName: "c" }] },
      `${R}: Invalid value: null: exactly one of \`exactly\` or \`firstAvailable\` is required, but multiple fields are set`,
    ],
    [
      "choices of one name",
      {
        firstAvailable: [
          { name: "a", deviceClassName: "c" },
          { name: "a", deviceClassName: "" },
        ],
      },
      `[${R}.firstAvailable[1].deviceClassName: Required value, ${R}.firstAvailable[1]: Duplicate value: "a"]`,
    ],
    ["no class", { exactly: {} }, `${R}.exactly.deviceClassName: Required value`],
    [
      "all of a number",
      { exactly: { deviceClassName: "c", allocationMode: "All", count: 2 } },
      `${R}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
    ],
    [
      "a mode",
      { exactly: { deviceClassName: "c", allocationMode: "Some" } },
      `${R}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`,
    ],
    [
      "expressions that are not about whether a device is wanted",
      {
        exactly: {
          deviceClassName: "c",
          selectors: [
            { cel: { expression: 'device.attributes["d"].free' } },
            { cel: { expression: "device.driver" } },
            { cel: { expression: "device.size > 1" } },
          ],
        },
      },
      [
        `[${R}.exactly.selectors[1].cel.expression: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string`,
        `${R}.exactly.selectors[2].cel.expression: Invalid value: "device.size > 1": compilation failed: ERROR: <input>:1:7: undefined field 'size'\n | device.size > 1\n | ......^]`,
      ].join(", "),
    ],
    [
      "an expression that says nothing",
      { exactly: { deviceClassName: "c", selectors: [{ cel: { expression: "" } }] } },
      `${R}.exactly.selectors[0].cel.expression: Required value`,
    ],
  ]);
  const constrained = (constraint: object) =>
    withSpec({
      devices: {
        requests: [{ name: "r", exactly: { deviceClassName: "c" } }],
        constraints: [constraint],
      },
    });
  const CONSTRAINT = "spec.devices.constraints[0]";
  const onlyOne =
    'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
  check(path, constrained, [
    ["a constraint of nothing", {}, `${CONSTRAINT}: Required value: ${onlyOne}`],
  ]);

  it("may be of devices that differ in something", () => {
    const { code } = request(bareApi(), "POST", path, constrained({ distinctAttribute: "a.b/c" }));
    expect(code).toBe(201);
  });

  it("asks for one device unless it says otherwise", () => {
    const { body } = request(bareApi(), "POST", path, make({ exactly: { deviceClassName: "c" } }));
    expect(body).toMatchObject({
      spec: { devices: { requests: [{ exactly: { allocationMode: "ExactCount", count: 1 } }] } },
    });
  });
});

describe("a changed claim of devices", () => {
  const path = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
  const wants = (deviceClassName: string) =>
    withSpec({ devices: { requests: [{ name: "r", exactly: { deviceClassName } }] } });
  checkChange(
    path,
    (part: { class?: string; status?: object }) => ({
      ...wants(part.class ?? "c"),
      ...(part.status === undefined ? {} : { status: part.status }),
    }),
    [
      [
        "another spec",
        {},
        { class: "d" },
        'spec: Invalid value: {"Devices":{"Requests":[{"Name":"r","Exactly":{"DeviceClassName":"d","Selectors":null,"AllocationMode":"ExactCount","Count":1,"AdminAccess":null,"Tolerations":null,"Capacity":null},"FirstAvailable":null}],"Constraints":null,"Config":null}}: field is immutable',
      ],
    ],
  );
  const result = { request: "r", driver: "a.b", pool: "p", device: "d" };
  checkChange(
    path,
    ({ status }: { status?: object }) => ({ ...wants("c"), status }),
    [
      [
        "users of what was never given",
        {},
        { status: { reservedFor: [{ resource: "pods", name: "p", uid: "u" }] } },
        "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
      ],
      [
        "a device for a request that is none, used twice by one",
        {},
        {
          status: {
            allocation: { devices: { results: [{ ...result, request: "s" }] } },
            reservedFor: [
              { resource: "pods", name: "p", uid: "u" },
              { resource: "pods", name: "", uid: "u" },
            ],
          },
        },
        '[status.reservedFor[1].name: Required value, status.reservedFor[1]: Duplicate value: "u", status.allocation.devices.results[0].request: Invalid value: "s": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\']',
      ],
      [
        "word of a device that was not given",
        {},
        {
          status: {
            allocation: { devices: { results: [result] } },
            devices: [{ driver: "a.b", pool: "p", device: "e" }],
          },
        },
        'status.devices[0]: Invalid value: "a.b/p/e": must be an allocated device in the claim',
      ],
      [
        "what a driver cannot say of a device",
        {},
        {
          status: {
            allocation: { devices: { results: [result] } },
            devices: [
              {
                driver: "a.b",
                pool: "p",
                device: "d",
                conditions: [
                  {
                    type: "Ready",
                    status: "Yes",
                    reason: "",
                    lastTransitionTime: null,
                    message: "",
                  },
                ],
                data: [1],
                networkData: {
                  interfaceName: "x".repeat(257),
                  ips: ["10.0.0.1", "2001:DB8::1/64", "10.0.0.1/24", "10.0.0.1/24"],
                },
              },
            ],
          },
        },
        '[status.devices[0].conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown", status.devices[0].conditions[0].lastTransitionTime: Required value: must be set, status.devices[0].conditions[0].reason: Required value: must be set, status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object, status.devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes, status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64), status.devices[0].networkData.ips[1]: Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64"), status.devices[0].networkData.ips[3]: Duplicate value: "10.0.0.1/24"]',
      ],
    ],
    "/status",
  );
});

describe("a slice of devices", () => {
  const pool = { name: "p", generation: 1, resourceSliceCount: 1 };
  const make = (part: object) => withSpec({ driver: "a.b", pool, nodeName: "n", ...part });
  const D = "spec.devices[0]";
  const LABEL =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
  const C = `${D}.capacity[m].requestPolicy`;
  const shared = (requestPolicy: object) => ({
    devices: [
      {
        name: "d",
        allowMultipleAllocations: true,
        capacity: { m: { value: "10", requestPolicy } },
      },
    ],
  });
  const path = "/apis/resource.k8s.io/v1/resourceslices";
  check(path, make, [
    [
      "no place",
      { nodeName: null },
      "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
    ],
    [
      "two places",
      { allNodes: true },
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ],
    [
      "a pool of no slices",
      { pool: { name: "p", generation: -1, resourceSliceCount: 0 } },
      "[spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero, spec.pool.generation: Invalid value: -1: must be greater than or equal to zero]",
    ],
    [
      "devices of one name",
      { devices: [{ name: "d" }, { name: "d" }] },
      'spec.devices[1]: Duplicate value: "d"',
    ],
    [
      "values of attributes",
      { devices: [{ name: "d", attributes: { a: {}, v: { version: "1" } } }] },
      `[${D}.attributes[a]: Invalid value: "": exactly one value must be specified, ${D}.attributes[v].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0]`,
    ],
    [
      "a taint's effect",
      { devices: [{ name: "d", taints: [{ key: "k", effect: "Foo" }] }] },
      `${D}.taints[0].effect: Unsupported value: "Foo": supported values: "NoExecute", "NoSchedule", "None"`,
    ],
    [
      "counters without names, values, or that come twice",
      {
        sharedCounters: [
          { name: "", counters: { a: { value: "1" } } },
          { name: "A", counters: {} },
          { name: "c", counters: { B: { value: "1" } } },
          { name: "c", counters: { b: { value: "1" } } },
        ],
      },
      `[spec.sharedCounters[0].name: Required value, spec.sharedCounters[1].name: Invalid value: "A": ${LABEL}, spec.sharedCounters[1].counters: Required value, spec.sharedCounters[2].counters[B]: Invalid value: "B": ${LABEL}, spec.sharedCounters[3]: Duplicate value: "c"]`,
    ],
    [
      "too many counters that a device takes",
      {
        devices: [
          {
            name: "d",
            consumesCounters: ["a", "b", "c"].map((counterSet) => ({
              counterSet,
              counters: { x: { value: "1" } },
            })),
          },
        ],
      },
      `${D}.consumesCounters: Too many: 3: must have at most 2 items`,
    ],
    [
      "conditions of binding that overlap",
      { devices: [{ name: "d", bindingConditions: ["a", "a"], bindingFailureConditions: ["a"] }] },
      `[${D}.bindingConditions[1]: Duplicate value: "a", ${D}.bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions]`,
    ],
    [
      "conditions of binding that can only fail",
      { devices: [{ name: "d", bindingFailureConditions: ["a"] }] },
      `${D}.bindingConditions: Invalid value: null: bindingConditions are required to use bindingFailureConditions`,
    ],
    [
      "a policy of capacity that nobody shares",
      { devices: [{ name: "d", capacity: { m: { value: "1Gi", requestPolicy: {} } } }] },
      `${D}.capacity[m].requestPolicy: Forbidden: allowMultipleAllocations must be true`,
    ],
    [
      "values that do not fit a capacity",
      shared({ default: "3", validValues: ["2", "1", "20"] }),
      `[${C}.validValues[1]: Invalid value: "1": values must be sorted in ascending order, ${C}.validValues[2]: Invalid value: "20": option is larger than capacity value: 10, ${C}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy]`,
    ],
    [
      "a range that does not fit a capacity",
      shared({ default: "1", validRange: { min: "2", max: "13", step: "3" } }),
      `[${C}.validRange.min: Invalid value: "1": default is less than min: 2, ${C}.validRange.max: Invalid value: "13": max is larger than capacity value: 10, ${C}.validRange.step: Invalid value: "1": value is not a multiple of a given step (3) from (2), ${C}.validRange.step: Invalid value: "13": value is not a multiple of a given step (3) from (2)]`,
    ],
    [
      "both ways to limit requests, or no default",
      shared({ default: "1", validRange: { min: "1" }, validValues: ["1"] }),
      `${C}: Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time`,
    ],
    [
      "a range without a default",
      shared({ validRange: { min: "1" } }),
      `${C}.default: Required value: required when validRange is defined`,
    ],
    [
      "a device with a place of its own",
      { devices: [{ name: "d", allNodes: true }] },
      `${D}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
    ],
  ]);
  checkChange(path, make, [
    [
      "another node and driver",
      {},
      { nodeName: "m", driver: "c.d" },
      '[spec.driver: Invalid value: "c.d": field is immutable, spec.nodeName: Invalid value: "m": field is immutable]',
    ],
  ]);
});
