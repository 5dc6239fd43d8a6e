import { describe, expect, it } from "vitest";
import { type BareApi, bareApi, request } from "../../rest/bare-api.ts";

const HOME = "/api/v1/namespaces/default";

type Fields = Record<string, unknown>;

function made(bare: BareApi, path: string, body: unknown): Fields {
  const response = request(bare, "POST", path, body);
  expect(response.code, JSON.stringify(response.body)).toBe(201);
  return response.body as Fields;
}

/** An API whose namespace has an account, quotas and limit ranges. */
function home(parts: { quotas?: Record<string, Fields>; ranges?: Record<string, Fields[]> }) {
  const bare = bareApi();
  const named = (kind: string, name: string, spec: Fields) => ({
    apiVersion: "v1",
    kind,
    metadata: { name },
    spec,
  });
  made(bare, `${HOME}/serviceaccounts`, { ...named("ServiceAccount", "default", {}), spec: null });
  for (const [name, spec] of Object.entries(parts.quotas ?? {}))
    made(bare, `${HOME}/resourcequotas`, named("ResourceQuota", name, spec));
  for (const [name, limits] of Object.entries(parts.ranges ?? {}))
    made(bare, `${HOME}/limitranges`, named("LimitRange", name, { limits }));
  return bare;
}

const pod = (containers: Fields[], spec: Fields = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { containers: containers.map((one) => ({ image: "i", ...one })), ...spec },
});
const asks = (name: string, requests: Fields, limits?: Fields) => ({
  name,
  resources: { requests, ...(limits === undefined ? {} : { limits }) },
});

function refusal(bare: BareApi, path: string, body: unknown): string {
  const { code, body: answer } = request(bare, "POST", path, body);
  expect(code, JSON.stringify(answer)).toBe(403);
  return (answer as { message: string }).message;
}

describe("several limit ranges", () => {
  const container = (fields: Fields) => [{ type: "Container", ...fields }];

  it("fill in one after the other; the annotation tells of the last that had something to fill in", () => {
    const bare = home({
      ranges: {
        a: container({ defaultRequest: { cpu: "1" } }),
        b: container({ defaultRequest: { cpu: "2", memory: "1Gi" } }),
      },
    });
    const { metadata, spec } = made(bare, `${HOME}/pods`, pod([{ name: "m" }])) as any;
    expect(spec.containers[0].resources).toEqual({ requests: { cpu: "1", memory: "1Gi" } });
    expect(metadata.annotations["kubernetes.io/limit-ranger"]).toBe(
      "LimitRanger plugin set: memory request for container m",
    );
  });

  it("refuse one after the other, each with all it has to say", () => {
    const bare = home({
      ranges: {
        a: [
          { type: "Container", max: { cpu: "1" } },
          { type: "Pod", max: { cpu: "1" } },
        ],
        b: container({ max: { memory: "1Mi" } }),
      },
    });
    const body = pod([asks("m", {}, { cpu: "2", memory: "2Mi" })]);
    expect(refusal(bare, `${HOME}/pods`, body)).toBe(
      'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum cpu usage per Pod is 1, but limit is 2]',
    );
  });
});

describe("a quota", () => {
  const tooMuch: [string, Record<string, Fields>, string, unknown, string][] = [
    [
      "what is missing is told before what is too much",
      { a: { hard: { pods: "0" } }, b: { hard: { "limits.cpu": "1", "requests.memory": "1Gi" } } },
      "pods",
      pod([asks("y", { cpu: "1" }), asks("x", {}, { cpu: "1" })]),
      'pods "p" is forbidden: failed quota: b: must specify limits.cpu for: y; requests.memory for: x,y',
    ],
    [
      "extended resources count as requests",
      { a: { hard: { "requests.nvidia.com/gpu": "1" } } },
      "pods",
      pod([asks("m", {}, { "nvidia.com/gpu": "2" })]),
      'pods "p" is forbidden: exceeded quota: a, requested: requests.nvidia.com/gpu=2, used: requests.nvidia.com/gpu=0, limited: requests.nvidia.com/gpu=1',
    ],
    [
      "a scope of terminating pods",
      {
        a: { hard: { pods: "0" }, scopes: ["NotTerminating"] },
        b: { hard: { pods: "0" }, scopes: ["Terminating"] },
      },
      "pods",
      pod([{ name: "m" }], { activeDeadlineSeconds: 5 }),
      'pods "p" is forbidden: exceeded quota: b, requested: pods=1, used: pods=0, limited: pods=0',
    ],
    [
      "load balancers take node ports too",
      { a: { hard: { "services.loadbalancers": "0", "services.nodeports": "1" } } },
      "services",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "s" },
        spec: {
          type: "LoadBalancer",
          ports: [
            { name: "a", port: 1 },
            { name: "b", port: 2 },
          ],
        },
      },
      'services "s" is forbidden: exceeded quota: a, requested: services.loadbalancers=1,services.nodeports=2, used: services.loadbalancers=0,services.nodeports=0, limited: services.loadbalancers=0,services.nodeports=1',
    ],
    [
      "claims of one class of volume attributes",
      {
        a: {
          hard: { persistentvolumeclaims: "0" },
          scopeSelector: {
            matchExpressions: [
              { scopeName: "VolumeAttributesClass", operator: "In", values: ["gold"] },
            ],
          },
        },
      },
      "persistentvolumeclaims",
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "c" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          volumeAttributesClassName: "gold",
        },
      },
      'persistentvolumeclaims "c" is forbidden: exceeded quota: a, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=0, limited: persistentvolumeclaims=0',
    ],
  ];
  it.each(tooMuch)("%s", (_title, quotas, plural, body, message) => {
    expect(refusal(home({ quotas }), `${HOME}/${plural}`, body)).toBe(message);
  });

  it("counts the devices of claims by their class", () => {
    const name = "gpu.deviceclass.resource.k8s.io/devices";
    const bare = home({ quotas: { a: { hard: { [name]: "2" } } } });
    const body = {
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaim",
      metadata: { name: "c" },
      spec: {
        devices: { requests: [{ name: "r", exactly: { deviceClassName: "gpu", count: 3 } }] },
      },
    };
    const path = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
    expect(refusal(bare, path, body)).toBe(
      `resourceclaims.resource.k8s.io "c" is forbidden: exceeded quota: a, requested: ${name}=3, used: ${name}=0, limited: ${name}=2`,
    );
  });

  it("asks nothing of the containers of a pod that asks as a whole", () => {
    const bare = home({ quotas: { a: { hard: { "limits.cpu": "9", "requests.memory": "9Gi" } } } });
    made(bare, `${HOME}/pods`, pod([{ name: "m" }], { resources: { requests: { cpu: "1" } } }));
  });

  it("looks at a pod that is resized", () => {
    const bare = home({ quotas: { a: { hard: { "requests.cpu": "2" } } } });
    made(bare, `${HOME}/pods`, pod([asks("m", { cpu: "1" })]));
    const body = { spec: { containers: [asks("m", { cpu: "3" })] } };
    const type = "application/strategic-merge-patch+json";
    const answer = request(bare, "PATCH", `${HOME}/pods/p/resize`, body, type);
    expect(answer).toMatchObject({
      code: 403,
      body: {
        message:
          'pods "p" is forbidden: exceeded quota: a, requested: requests.cpu=2, used: requests.cpu=1, limited: requests.cpu=2',
      },
    });
  });
});

describe("an account that enforces its mountable secrets", () => {
  const rows: [Fields, string][] = [
    [
      { volumes: [{ name: "v", secret: { secretName: "other" } }] },
      'volume with secret.secretName="other" is not allowed because service account strict does not reference that secret',
    ],
    [
      { containers: [{ name: "m", image: "i", envFrom: [{ secretRef: { name: "other" } }] }] },
      'container m with envFrom referencing secret.secretName="other" is not allowed because service account strict does not reference that secret',
    ],
    [
      { imagePullSecrets: [{ name: "other" }] },
      'imagePullSecrets[0].name="other" is not allowed because service account strict does not reference that imagePullSecret',
    ],
  ];
  it.each(rows)("refuses %j", (spec, why) => {
    const bare = bareApi();
    made(bare, `${HOME}/serviceaccounts`, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        name: "strict",
        annotations: { "kubernetes.io/enforce-mountable-secrets": "true" },
      },
      secrets: [{ name: "mine" }],
    });
    const body = pod([{ name: "m" }], { serviceAccountName: "strict", ...spec });
    expect(refusal(bare, `${HOME}/pods`, body)).toBe(`pods "p" is forbidden: ${why}`);
  });
});
