import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, checkChange } from "./refusal-rows.ts";

/* The smaller kinds of the core group: configuration, nodes, namespaces, endpoints, events, quotas, replication controllers. */

const object = (kind: string, more: (part: any) => object) => (part: any) => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "x", ...(part.metadata ?? {}) },
  ...more(part),
});
const plain = ({ metadata: _, ...rest }: any) => rest;
const N = "/api/v1/namespaces/default";
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a new ConfigMap", () => {
  check(`${N}/configmaps`, object("ConfigMap", plain), [
    [
      "a key in both bags",
      { data: { a: "1" }, binaryData: { a: "MQ==" } },
      '[data[a]: Invalid value: "a": duplicate of key present in binaryData, binaryData[a]: Invalid value: "a": duplicate of key present in data]',
    ],
    [
      "too much",
      { data: { a: "x".repeat(1_048_577) } },
      "[]: Too long: may not be more than 1048576 bytes",
    ],
  ]);
});

describe("a new Secret", () => {
  check(`${N}/secrets`, object("Secret", plain), [
    [
      "an empty key of SSH",
      { type: "kubernetes.io/ssh-auth", data: { "ssh-privatekey": "" } },
      "data[ssh-privatekey]: Required value",
    ],
    [
      "no user",
      { type: "kubernetes.io/basic-auth" },
      "[data[username]: Required value, data[password]: Required value]",
    ],
    [
      "a configuration that is no object",
      { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": base64("[]") } },
      'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      "a configuration that is no JSON",
      { type: "kubernetes.io/dockercfg", data: { ".dockercfg": base64("{a") } },
      "data[.dockercfg]: Invalid value: \"<secret contents redacted>\": invalid character 'a' looking for beginning of object key string",
    ],
    [
      "a token of nobody",
      { type: "kubernetes.io/service-account-token" },
      "metadata.annotations[kubernetes.io/service-account.name]: Required value",
    ],
  ]);
});

describe("a Secret", () => {
  checkChange(`${N}/secrets`, object("Secret", plain), [
    [
      "another type",
      { type: "a/b" },
      { type: "a/c" },
      'type: Invalid value: "a/c": field is immutable',
    ],
    [
      "data that is not to change",
      { immutable: true, data: { a: "MQ==" } },
      { immutable: true, data: { a: "Mg==" } },
      "data: Forbidden: field is immutable when `immutable` is set",
    ],
  ]);
});

describe("a Node", () => {
  const node = object("Node", plain);
  check("/api/v1/nodes", node, [
    [
      "a range that is none",
      { spec: { podCIDR: "x" } },
      'spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      "two ranges of a family",
      { spec: { podCIDRs: ["10.0.0.0/24", "10.0.1.0/24"] } },
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
    ],
    [
      "a capacity below nothing",
      { status: { capacity: { cpu: "-1" } } },
      '[status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0, status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0]',
    ],
  ]);
  checkChange("/api/v1/nodes", node, [
    [
      "another range",
      { spec: { podCIDR: "10.0.0.0/24" } },
      { spec: { podCIDR: "10.0.1.0/24" } },
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ],
    [
      "another provider",
      { spec: { providerID: "a" } },
      { spec: { providerID: "b" } },
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ],
    [
      "another outside name",
      {},
      { spec: { externalID: "b" } },
      "spec.externalID: Forbidden: may not be updated",
    ],
  ]);
});

describe("a Namespace", () => {
  const namespace = object("Namespace", plain);
  check("/api/v1/namespaces", namespace, [
    [
      "a finalizer without a domain",
      { spec: { finalizers: ["foo"] } },
      'spec.finalizers: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ]);
  const doors: readonly [string, object, string][] = [
    [
      "/status",
      { status: { phase: "Terminating" } },
      "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty",
    ],
    [
      "/finalize",
      { spec: { finalizers: ["foo"] } },
      'spec.finalizers[0]: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ];
  for (const [door, part, says] of doors) {
    checkChange("/api/v1/namespaces", namespace, [[`through ${door}`, {}, part, says]], door);
  }
});

describe("new Endpoints", () => {
  check(`${N}/endpoints`, object("Endpoints", plain), [
    [
      "nobody",
      { subsets: [{ ports: [{ port: 80 }] }] },
      "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
    ],
    [
      "a protocol of applications",
      { subsets: [{ addresses: [{ ip: "10.1.1.1" }], ports: [{ port: 80, appProtocol: "-" }] }] },
      `subsets[0].ports[0].appProtocol: Invalid value: "-": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ]);
});

describe("a new Event", () => {
  check(`${N}/events`, object("Event", plain), [
    [
      "something elsewhere",
      { involvedObject: { kind: "Pod", name: "p", namespace: "other" } },
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ],
    [
      "no reporter",
      {
        involvedObject: { namespace: "default" },
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingComponent: "c",
        action: "a",
        reason: "r",
      },
      "reportingInstance: Required value",
    ],
  ]);
});

describe("an Event of events.k8s.io/v1", () => {
  const EVENTS = "/apis/events.k8s.io/v1/namespaces/default/events";
  const whole = {
    regarding: { kind: "Pod", name: "p", namespace: "default" },
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "a.b/c",
    reportingInstance: "c-1",
    action: "a",
    reason: "r",
    type: "Normal",
    note: "n",
  };
  const make = (part: object) => ({
    ...whole,
    ...part,
    metadata: { name: "x" },
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
  });
  check(EVENTS, make, [
    [
      "no time and no type",
      { eventTime: null, type: null },
      '[eventTime: Required value, type: Invalid value: "": has invalid value: ]',
    ],
    [
      "no reporter",
      { reportingController: "" },
      "[reportingController: Required value, reportingController: Invalid value: \"\": name part must be non-empty, reportingController: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]",
    ],
    [
      "what older events had",
      {
        deprecatedFirstTimestamp: "2026-01-01T00:00:00Z",
        deprecatedCount: 2,
        deprecatedSource: { host: "n" },
        series: { count: 1 },
      },
      '[series.count: Invalid value: "": should be at least 2, series.lastObservedTime: Required value, firstTimestamp: Invalid value: "": needs to be unset, count: Invalid value: "": needs to be unset, source: Invalid value: "": needs to be unset]',
    ],
  ]);
  it("keeps all but its series", () => {
    const bare = bareApi();
    expect(request(bare, "POST", EVENTS, make({})).code).toBe(201);
    const type = "application/merge-patch+json";
    const patch = { note: "m", regarding: { name: "q" } };
    const { code, body } = request(bare, "PATCH", `${EVENTS}/x`, patch, type);
    expect(code).toBe(422);
    expect(body).toMatchObject({
      message:
        'Event "x" is invalid: [involvedObject: Invalid value: {"Kind":"Pod","Namespace":"default","Name":"q","UID":"","APIVersion":"","ResourceVersion":"","FieldPath":""}: field is immutable, message: Invalid value: "m": field is immutable]',
    });
    expect(
      request(bare, "PATCH", `/api/v1/namespaces/default/events/x`, { message: "m" }, type),
    ).toMatchObject({ code: 200 });
  });
});

describe("a new ResourceQuota", () => {
  check(`${N}/resourcequotas`, object("ResourceQuota", plain), [
    [
      "a scope that is none",
      { spec: { hard: { pods: "1" }, scopes: ["Foo"] } },
      'spec.scopes: Invalid value: ["Foo"]: unsupported scope',
    ],
    [
      "scopes that exclude each other",
      {
        spec: {
          hard: { pods: "1" },
          scopeSelector: {
            matchExpressions: [
              { scopeName: "BestEffort", operator: "Exists" },
              { scopeName: "NotBestEffort", operator: "Exists" },
            ],
          },
        },
      },
      "spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes",
    ],
  ]);
});

describe("a new ReplicationController", () => {
  const template = (labels: object) => ({
    metadata: { labels },
    spec: { containers: [{ name: "main", image: "app:1" }] },
  });
  check(`${N}/replicationcontrollers`, object("ReplicationController", plain), [
    [
      "a selector of other pods",
      { spec: { selector: { a: "b" }, template: template({ a: "c" }) } },
      'spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`',
    ],
    ["no template", { spec: { selector: { a: "b" } } }, "spec.template: Required value"],
  ]);
});
