import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, plain, withSpec } from "./refusal-rows.ts";

/* What the API refuses of storage drivers, and of what the API server itself is run by. */

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

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
      "tokens in secrets, but no tokens",
      { serviceAccountTokenInSecrets: false },
      "spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified",
    ],
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
      "rules about what is none",
      {
        priorityLevelConfiguration: { name: "a" },
        rules: [
          {
            subjects: [
              { kind: "User", user: { name: "" }, group: { name: "g" }, serviceAccount: {} },
              { kind: "ServiceAccount", serviceAccount: { name: "A", namespace: "*" } },
            ],
            resourceRules: [
              { verbs: [], apiGroups: [], resources: [], clusterScope: true },
              { verbs: ["read"], apiGroups: ["*", "a"], resources: ["*"], namespaces: ["A"] },
            ],
            nonResourceRules: [
              { verbs: ["*", "get"], nonResourceURLs: ["", "a", "/a b", "//", "/*/a", "/a/*"] },
            ],
          },
        ],
      },
      [
        "[spec.rules[0].subjects[0].user.name: Required value",
        "spec.rules[0].subjects[0].serviceAccount: Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
        `spec.rules[0].subjects[1].serviceAccount.name: Invalid value: "A": ${SUBDOMAIN}`,
        `spec.rules[0].subjects[1].serviceAccount.namespace: Invalid value: "*": ${LABEL}`,
        "spec.rules[0].resourceRules[0].verbs: Required value: verbs must contain at least one value",
        "spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group",
        "spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource",
        'spec.rules[0].resourceRules[1].verbs: Unsupported value: ["read"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
        `spec.rules[0].resourceRules[1].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other api groups`,
        `spec.rules[0].resourceRules[1].namespaces[0]: Invalid value: "A": each member of this list must be '*' or a DNS-1123 label; ${LABEL}`,
        `spec.rules[0].nonResourceRules[0].verbs: Invalid value: ["*","get"]: if '*' is present, must not specify other verbs`,
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "": must not be empty',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "a": must start with slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a b": must not contain white-space',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "//": must not contain double slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/*/a": wildcard can only do suffix matching]',
      ].join(", "),
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
      "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
    ],
    [
      "an exempt level that is limited, and a limited one that is exempt",
      { type: "Limited", exempt: { lendablePercent: 101 } },
      "[spec.exempt: Forbidden: must be nil if the type is Limited, spec.limited: Required value: must not be empty when type is Limited]",
    ],
    [
      "hands that no hash can deal",
      {
        type: "Limited",
        limited: { limitResponse: { type: "Queue", queuing: { queues: 1024, handSize: 7 } } },
      },
      "spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60",
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
  const R = "spec.resourceAttributes";
  const asked = (resourceAttributes: object) => ({ spec: { user: "ann", resourceAttributes } });
  check("/apis/authorization.k8s.io/v1/subjectaccessreviews", asked, [
    [
      "a selector said twice",
      {
        labelSelector: { rawSelector: "a=b", requirements: [{ key: "a", operator: "Exists" }] },
      },
      `${R}.labelSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements`,
    ],
    [
      "a selector that says nothing",
      { fieldSelector: {} },
      `${R}.fieldSelector.requirements: Required value: when ${R}.fieldSelector is specified, requirements or rawSelector is required`,
    ],
    [
      "a field without a name",
      { fieldSelector: { requirements: [{ key: "", operator: "In" }] } },
      `[${R}.fieldSelector.requirements[0].key: Required value: must be specified, ${R}.fieldSelector.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn']`,
    ],
  ]);
  check(
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    (metadata) => ({ metadata, ...asked({}) }),
    [["a name", { name: "x" }, 'metadata: Invalid value: {"name":"x"}: must be empty']],
  );

  it("of a token needs one", () => {
    const path = "/apis/authentication.k8s.io/v1/tokenreviews";
    expect(request(bareApi(), "POST", path, { spec: {} }).body).toMatchObject({
      code: 400,
      message: "token is required for TokenReview in authentication",
    });
  });
});

describe("a change that names no version", () => {
  it.each([
    [
      "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
      { spec: { priorityLevelConfiguration: { name: "exempt" } } },
      200,
    ],
    [
      "/apis/storage.k8s.io/v1/namespaces/default/csistoragecapacities",
      { storageClassName: "c" },
      422,
    ],
  ])("of %s", (path, part, answer) => {
    const bare = bareApi();
    expect(request(bare, "POST", path, plain(part)).code).toBe(201);
    expect(request(bare, "PUT", `${path}/x`, plain(part)).code).toBe(answer);
  });
});
