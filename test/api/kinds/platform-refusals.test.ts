import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, checkChange, plain, withSpec } from "./refusal-rows.ts";

/* What the API refuses of storage drivers, of devices, and of what the API server itself is run by. */

describe("storage", () => {
  const path = "/apis/storage.k8s.io/v1";
  check(`${path}/storageclasses`, (part) => plain({ provisioner: "a.b/c", ...part }), [
    [
      "a provisioner in other letters",
      { provisioner: "A b" },
      `provisioner: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      "a topology of no values",
      { allowedTopologies: [{ matchLabelExpressions: [{ key: "z", values: [] }] }] },
      "allowedTopologies.matchLabelExpressions[0].values: Required value",
    ],
  ]);
  check(`${path}/volumeattributesclasses`, (part) => plain({ driverName: "d", ...part }), [
    ["no parameters", {}, "parameters: Required value: must contain at least one key/value pair"],
  ]);
  check(`${path}/csidrivers`, withSpec, [
    [
      "a policy of groups",
      { fsGroupPolicy: "X" },
      'spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
    [
      "a short token",
      { tokenRequests: [{ audience: "a", expirationSeconds: 5 }] },
      "spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes",
    ],
  ]);
  check(`${path}/csinodes`, withSpec, [
    [
      "a driver twice",
      { drivers: [1, 2].map(() => ({ name: "d", nodeID: "n" })) },
      'spec.drivers[1].name: Duplicate value: "d"',
    ],
  ]);
  check(`${path}/volumeattachments`, withSpec, [
    [
      "an inline volume with a class and without a driver",
      {
        attacher: "a.b",
        nodeName: "n",
        source: {
          inlineVolumeSpec: {
            capacity: { storage: "1Gi" },
            accessModes: ["ReadWriteOnce"],
            storageClassName: "c",
            hostPath: { path: "/x" },
          },
        },
      },
      "[spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes, spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes, spec.source.inlineVolumeSpec.storageClassName: Forbidden: may not be specified in the context of inline volumes]",
    ],
    [
      "an inline volume of no handle",
      {
        attacher: "a.b",
        nodeName: "n",
        source: { inlineVolumeSpec: { accessModes: ["Foo"], csi: { driver: "a.b" } } },
      },
      '[spec.source.inlineVolumeSpec.accessModes: Unsupported value: "Foo": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod", spec.source.inlineVolumeSpec.csi.volumeHandle: Required value]',
    ],
    [
      "no source",
      { attacher: "a", nodeName: "n", source: {} },
      "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
    ],
  ]);
  check(`${path}/namespaces/default/csistoragecapacities`, plain, [
    [
      "a negative capacity",
      { storageClassName: "a", capacity: "-1" },
      'capacity: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ]);
});

describe("what the API server is run by", () => {
  check("/apis/certificates.k8s.io/v1/certificatesigningrequests", withSpec, [
    [
      "a request that is none",
      { request: "YQ==", signerName: "a", usages: ["flying"] },
      '[spec.request: Invalid value: "YQ==": PEM block type must be CERTIFICATE REQUEST, spec.usages[0]: Unsupported value: "flying": supported values: "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping", spec.signerName: Invalid value: "a": must be a fully qualified domain and path of the form \'example.com/signer-name\']',
    ],
  ]);
  check("/apis/apiregistration.k8s.io/v1/apiservices", withSpec, [
    [
      "another name than its own",
      { group: "a.b", version: "v1", groupPriorityMinimum: 1, versionPriority: 1 },
      'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.a.b"',
    ],
  ]);
  const flow = "/apis/flowcontrol.apiserver.k8s.io/v1";
  check(`${flow}/flowschemas`, withSpec, [
    [
      "no level and a precedence",
      { matchingPrecedence: 20000 },
      "[spec.matchingPrecedence: Invalid value: 20000: must not be greater than 10000, spec.priorityLevelConfiguration.name: Required value: must reference a priority level]",
    ],
    [
      "a rule about nothing",
      { priorityLevelConfiguration: { name: "a" }, rules: [{ subjects: [] }] },
      "[spec.rules[0].subjects: Required value: subjects must contain at least one value, spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty]",
    ],
  ]);
  check(`${flow}/prioritylevelconfigurations`, withSpec, [
    [
      "an exempt level",
      { type: "Exempt" },
      "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
    ],
    [
      "hands larger than the queues",
      {
        type: "Limited",
        limited: { limitResponse: { type: "Queue", queuing: { queues: 4, handSize: 9 } } },
      },
      "spec.limited.limitResponse.queuing.handSize: Invalid value: 9: should not be greater than queues (4)",
    ],
  ]);
  check("/apis/networking.k8s.io/v1/ipaddresses", (object) => object, [
    [
      "a name that is no address",
      { metadata: { name: "x" }, spec: { parentRef: { resource: "services", name: "s" } } },
      'metadata.name: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ]);
  check("/apis/networking.k8s.io/v1/servicecidrs", withSpec, [
    ["no range", {}, "spec.cidrs: Required value: at least one CIDR required"],
  ]);
});

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
  ]);

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
    ],
    "/status",
  );
});

describe("a slice of devices", () => {
  const pool = { name: "p", generation: 1, resourceSliceCount: 1 };
  const make = (part: object) => withSpec({ driver: "a.b", pool, nodeName: "n", ...part });
  const D = "spec.devices[0]";
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

describe("a review", () => {
  check("/apis/authorization.k8s.io/v1/subjectaccessreviews", (spec) => ({ spec }), [
    [
      "no question",
      { user: "ann" },
      "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
    ],
    [
      "nobody",
      { resourceAttributes: {} },
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
  ]);

  it("of a token needs one", () => {
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    expect(request(bareApi(), "POST", path, { spec: {} }).body).toMatchObject({
      code: 400,
      message: "token is required for TokenReview in authentication",
    });
  });
});
