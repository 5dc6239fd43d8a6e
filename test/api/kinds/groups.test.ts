import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";

/*
 * What the API refuses of new objects outside the core group: a row is what is wrong, the part of the object that is, and
 * what is said behind "… is invalid: ".
 */
type Row = readonly [what: string, part: object, says: string];

function check(path: string, make: (part: any) => object, rows: readonly Row[]): void {
  it.each(rows)("says what is wrong with %s", (_what, part, says) => {
    const { code, body } = request(bareApi(), "POST", path, make(part));
    const { message = "" } = body as { message?: string };
    expect([code, message.slice(message.indexOf("invalid: ") + 9)]).toEqual([422, says]);
  });
}

const withSpec = (spec: object) => ({ metadata: { name: "x" }, spec });
const plain = (part: object) => ({ metadata: { name: "x" }, ...part });

describe("an Ingress", () => {
  const path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
  const rule = (part: object) =>
    withSpec({ rules: [{ http: { paths: [{ path: "/", pathType: "Prefix", ...part }] } }] });
  check(path, rule, [
    [
      "a backend that is none",
      { backend: {} },
      'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
    ],
    [
      "a path without a type, whatever its backend",
      { pathType: undefined },
      "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified",
    ],
    [
      "a service without a port",
      { backend: { service: { name: "s" } } },
      "spec.rules[0].http.paths[0].backend: Required value: port name or number is required",
    ],
    [
      "a resource without a name",
      { backend: { resource: { kind: "K" } } },
      "spec.rules[0].http.paths[0].backend.resource.name: Required value: name is required",
    ],
  ]);
  check(path, (object) => object, [
    [
      "neither rules nor a default",
      withSpec({}),
      "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
    ],
    [
      "two classes",
      {
        metadata: { name: "x", annotations: { "kubernetes.io/ingress.class": "a" } },
        spec: {
          ingressClassName: "b",
          defaultBackend: { service: { name: "s", port: { number: 80 } } },
        },
      },
      'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
    ],
  ]);

  it("is warned of its class in an annotation", () => {
    const { warnings } = request(bareApi(), "POST", path, {
      metadata: { name: "x", annotations: { "kubernetes.io/ingress.class": "a" } },
      spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
    });
    expect(warnings).toEqual([
      "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead",
    ]);
  });
});

describe("an IngressClass", () => {
  const make = (parameters: object) => withSpec({ controller: "a.b/c", parameters });
  check("/apis/networking.k8s.io/v1/ingressclasses", make, [
    [
      "a namespace of parameters for all",
      { kind: "K", name: "n", scope: "Cluster", namespace: "x" },
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ],
    [
      "no namespace of parameters in one",
      { kind: "K", name: "n", scope: "Namespace" },
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
  ]);
});

describe("bindings of roles", () => {
  const group = "rbac.authorization.k8s.io";
  const make = (part: object) =>
    plain({ roleRef: { apiGroup: group, kind: "ClusterRole", name: "r" }, ...part });
  check(`/apis/${group}/v1/namespaces/default/rolebindings`, make, [
    [
      "a kind of role",
      { roleRef: { apiGroup: group, kind: "Foo", name: "r" } },
      'roleRef.kind: Unsupported value: "Foo": supported values: "Role", "ClusterRole"',
    ],
    [
      "a kind of subject",
      { subjects: [{ kind: "Robot", name: "r" }] },
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    ],
  ]);
  check(`/apis/${group}/v1/clusterrolebindings`, make, [
    [
      "an account of no namespace",
      { subjects: [{ kind: "ServiceAccount", name: "r" }] },
      "subjects[0].namespace: Required value",
    ],
  ]);

  it("in a namespace take accounts from there", () => {
    const body = make({ subjects: [{ kind: "ServiceAccount", name: "r" }] });
    const path = `/apis/${group}/v1/namespaces/default/rolebindings`;
    expect(request(bareApi(), "POST", path, body).code).toBe(201);
  });
});

describe("a PriorityClass", () => {
  check("/apis/scheduling.k8s.io/v1/priorityclasses", (object) => object, [
    [
      "a name of the system",
      { metadata: { name: "system-x" }, value: 5 },
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
    ],
    [
      "the value of a system class",
      { metadata: { name: "system-node-critical" }, value: 5 },
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000",
    ],
  ]);
});

describe("a RuntimeClass", () => {
  const make = (part: object) => plain({ handler: "h", ...part });
  check("/apis/node.k8s.io/v1/runtimeclasses", make, [
    [
      "a repeated toleration",
      { scheduling: { tolerations: [{ operator: "Exists" }, { operator: "Exists" }] } },
      'scheduling.tolerations[1]: Duplicate value: {"Key":"","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}',
    ],
    [
      "a negative overhead",
      { overhead: { podFixed: { cpu: "-1" } } },
      'overhead.podFixed.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ]);
});

describe("an EndpointSlice", () => {
  const make = (part: object) => plain({ addressType: "IPv4", endpoints: [], ...part });
  check("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", make, [
    [
      "an address of the machine itself",
      { endpoints: [{ addresses: ["127.0.0.1"] }] },
      'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      "a port twice",
      {
        ports: [
          { name: "a", port: 1 },
          { name: "a", port: 2 },
        ],
      },
      'ports[1].name: Duplicate value: "a"',
    ],
    [
      "a name of one part",
      { addressType: "FQDN", endpoints: [{ addresses: ["a"] }] },
      'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots',
    ],
  ]);
});

describe("webhooks", () => {
  const make = (part: object) =>
    plain({
      webhooks: [
        {
          name: "a.b.c",
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          clientConfig: { url: "https://x" },
          ...part,
        },
      ],
    });
  const W = "webhooks[0]";
  check("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", make, [
    [
      "a name of two parts",
      { name: "a.b" },
      `${W}.name: Invalid value: "a.b": should be a domain with at least three segments separated by dots`,
    ],
    [
      "a rule about nothing",
      { rules: [{}] },
      `[${W}.rules[0].operations: Required value, ${W}.rules[0].apiGroups: Required value, ${W}.rules[0].apiVersions: Required value, ${W}.rules[0].resources: Required value]`,
    ],
    [
      "all and more",
      {
        rules: [
          {
            operations: ["*", "CREATE"],
            apiGroups: [""],
            apiVersions: ["v1"],
            resources: ["*", "pods"],
          },
        ],
      },
      `[${W}.rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations, ${W}.rules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources]`,
    ],
    [
      "an address without encryption",
      { clientConfig: { url: "http://x" } },
      `${W}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
    ],
    [
      "a condition without a name",
      { matchConditions: [{ expression: "true" }] },
      `${W}.matchConditions[0].name: Required value`,
    ],
    [
      "review versions of nobody",
      { admissionReviewVersions: ["v9"] },
      `${W}.admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1`,
    ],
  ]);
});

describe("an admission policy", () => {
  const rules = [
    { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
  ];
  const make = (part: object) =>
    withSpec({
      matchConstraints: { resourceRules: rules },
      validations: [{ expression: "true" }],
      ...part,
    });
  const path = "/apis/admissionregistration.k8s.io/v1";
  check(`${path}/validatingadmissionpolicies`, make, [
    [
      "nothing to judge",
      { validations: [] },
      "[spec.validations: Required value: validations or auditAnnotations must be non-empty if the other is empty, spec.auditAnnotations: Required value: validations or auditAnnotations must be non-empty if the other is empty]",
    ],
    [
      "rules about nothing",
      { matchConstraints: {} },
      "spec.matchConstraints.resourceRules: Required value",
    ],
    [
      "a reason",
      { validations: [{ expression: "true", reason: "Foo" }] },
      'spec.validations[0].reason: Unsupported value: "Foo": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"',
    ],
  ]);
  check(`${path}/validatingadmissionpolicybindings`, withSpec, [
    [
      "no action",
      { policyName: "p" },
      "spec.validationActions: Required value: at least one validation action is required",
    ],
    [
      "saying no twice",
      { policyName: "p", validationActions: ["Deny", "Warn"] },
      'spec.validationActions: Invalid value: ["Deny","Warn"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
  ]);
});

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
