import { beforeEach, describe, expect, it } from "vitest";
import { type BareApi, bareApi, request } from "../../rest/bare-api.ts";

const apiVersion = "admissionregistration.k8s.io/v1";
const ADMISSION = `/apis/${apiVersion}`;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const rules = (apiGroups: string, resources: string) => [
  {
    apiGroups: [apiGroups],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: [resources],
  },
];

let bare: BareApi;
beforeEach(() => {
  bare = bareApi();
});

function made(path: string, body: unknown): void {
  const response = request(bare, "POST", path, body);
  expect(response.code, JSON.stringify(response.body)).toBe(201);
}

interface Mutates {
  readonly apply?: string;
  readonly patch?: string;
}

function policy(
  name: string,
  mutations: readonly Mutates[],
  spec: object = {},
  binding: object = {},
): void {
  made(`${ADMISSION}/mutatingadmissionpolicies`, {
    apiVersion,
    kind: "MutatingAdmissionPolicy",
    metadata: { name },
    spec: {
      reinvocationPolicy: "Never",
      matchConstraints: { resourceRules: rules("", "configmaps") },
      mutations: mutations.map(({ apply, patch }) =>
        apply === undefined
          ? { patchType: "JSONPatch", jsonPatch: { expression: patch } }
          : { patchType: "ApplyConfiguration", applyConfiguration: { expression: apply } },
      ),
      ...spec,
    },
  });
  made(`${ADMISSION}/mutatingadmissionpolicybindings`, {
    apiVersion,
    kind: "MutatingAdmissionPolicyBinding",
    metadata: { name: `${name}-b` },
    spec: { policyName: name, ...binding },
  });
}

function created(name: string, data: Record<string, string> = {}) {
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data };
  return request(bare, "POST", CONFIG_MAPS, body);
}

const deploymentPolicy = { matchConstraints: { resourceRules: rules("apps", "deployments") } };
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: "app:1" }] },
    },
  },
};

describe("a MutatingAdmissionPolicy", () => {
  it("merges an apply configuration, list items by their key", () => {
    const apply =
      'Object{spec: Object.spec{replicas: 3, template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "side", image: "s:1"}]}}}}';
    policy("p", [{ apply }], deploymentPolicy);
    const { code, body } = request(bare, "POST", DEPLOYMENTS, deployment);
    expect(code).toBe(201);
    const { spec } = body as {
      spec: {
        replicas: number;
        template: { spec: { containers: { name: string; imagePullPolicy: string }[] } };
      };
    };
    expect(spec.replicas).toBe(3);
    expect(
      spec.template.spec.containers.map(
        ({ name, imagePullPolicy }) => `${name} ${imagePullPolicy}`,
      ),
    ).toEqual(["main IfNotPresent", "side IfNotPresent"]);
  });

  it("applies a list of JSON patches, in the order of its mutations", () => {
    policy("p", [
      {
        patch:
          '[JSONPatch{op: "add", path: "/metadata/labels", value: {}}, JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "1"}]',
      },
      { patch: '[JSONPatch{op: "add", path: "/data/n", value: string(size(object.data))}]' },
    ]);
    expect(created("x", { k: "v" }).body).toMatchObject({
      metadata: { labels: { "a/b": "1" } },
      data: { k: "v", n: "1" },
    });
  });

  it("changes nothing when a JSON patch fails its test", () => {
    policy("p", [
      {
        patch:
          '[JSONPatch{op: "test", path: "/data/k", value: "other"}, JSONPatch{op: "remove", path: "/data/k"}]',
      },
    ]);
    expect(created("x", { k: "v" }).body).toMatchObject({ data: { k: "v" } });
  });

  it("knows its parameters and variables and heeds its conditions", () => {
    made(CONFIG_MAPS, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "defaults" },
      data: { owner: "team" },
    });
    policy(
      "p",
      [{ apply: "Object{metadata: Object.metadata{labels: {'owner': variables.owner}}}" }],
      {
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        variables: [{ name: "owner", expression: "params.data.owner" }],
        matchConditions: [{ name: "c", expression: "object.metadata.name != 'free'" }],
      },
      { paramRef: { name: "defaults", parameterNotFoundAction: "Deny" } },
    );
    expect(created("x").body).toMatchObject({ metadata: { labels: { owner: "team" } } });
    expect(created("free").body).not.toHaveProperty("metadata.labels");
  });

  it.each([
    [
      "an atomic list",
      "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{tolerations: []}}}}",
      "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.tolerations",
    ],
    [
      "names of objects that do not fit their place",
      "Object{spec: Object.other{replicas: 1}}",
      'type mismatch: unexpected type name "Object.other", expected "Object.spec", which matches field name path from root Object type',
    ],
    [
      "expressions that fail",
      "Object{spec: Object.spec{replicas: object.spec.nothing}}",
      "expression 'Object{spec: Object.spec{replicas: object.spec.nothing}}' resulted in error: no such key: nothing",
    ],
  ])("refuses %s", (_, apply, why) => {
    policy("p", [{ apply }], deploymentPolicy);
    const { code, body } = request(bare, "POST", DEPLOYMENTS, deployment);
    const message = `policy 'p' with binding 'p-b' denied request: ${why}`;
    expect(code).toBe(403);
    expect(body).toMatchObject({
      reason: "Invalid",
      message,
      details: { name: "web", group: "apps", kind: "deployments", causes: [{ message }] },
    });
  });

  it.each([
    [
      "remove",
      "/data/none",
      "error in remove for path: '/data/none': unable to remove nonexistent key: none: missing value",
    ],
    [
      "replace",
      "/data/none",
      "replace operation does not apply: doc is missing key: /data/none: missing value",
    ],
    [
      "add",
      "/none/a",
      'add operation does not apply: doc is missing path: "/none/a": missing value',
    ],
  ])("says why a patch cannot be applied: %s %s", (op, path, why) => {
    policy("p", [{ patch: `[JSONPatch{op: "${op}", path: "${path}", value: "1"}]` }]);
    expect(created("x", { k: "v" }).body).toMatchObject({
      message: `policy 'p' with binding 'p-b' denied request: JSONPath: ${why}`,
    });
  });

  it("lets pass what it fails at, if its failures are to be ignored", () => {
    policy("p", [{ patch: "[JSONPatch{op: 'remove', path: '/data/none'}]" }], {
      failurePolicy: "Ignore",
    });
    expect(created("x").code).toBe(201);
  });

  it("leaves the configuration of admission alone", () => {
    policy("p", [{ patch: "[JSONPatch{op: 'remove', path: '/spec'}]" }], {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"] },
        ],
      },
    });
    const path = `${ADMISSION}/mutatingadmissionpolicies/p`;
    expect(request(bare, "DELETE", path).code).toBe(200);
  });

  it("is asked again after another one changed the object, if it wants to be", () => {
    const count = (label: string) => ({
      patch: `has(object.data.late) ? [JSONPatch{op: "add", path: "/data/${label}", value: "seen"}] : []`,
    });
    const late = { patch: '[JSONPatch{op: "add", path: "/data/late", value: "1"}]' };
    policy("a-again", [count("again")], { reinvocationPolicy: "IfNeeded" });
    policy("a-never", [count("never")]);
    policy("z-late", [late]);
    expect((created("x", { k: "v" }).body as { data: unknown }).data).toEqual({
      k: "v",
      late: "1",
      again: "seen",
    });
  });

  it("asks webhooks again after it changed the object in the second round", () => {
    made(`${ADMISSION}/mutatingwebhookconfigurations`, {
      apiVersion,
      kind: "MutatingWebhookConfiguration",
      metadata: {
        name: "hooks",
        annotations: {
          "ksim.dev/webhooks": JSON.stringify({
            "a.b.c": [
              {
                when: "has(object.data.again)",
                patch: [{ op: "add", path: "/data/hook", value: "2" }],
              },
              { patch: [{ op: "add", path: "/data/hook", value: "1" }] },
            ],
          }),
        },
      },
      webhooks: [
        {
          name: "a.b.c",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          reinvocationPolicy: "IfNeeded",
          clientConfig: { service: { name: "hook", namespace: "default" } },
          rules: rules("", "configmaps"),
        },
      ],
    });
    policy(
      "p",
      [
        {
          patch:
            'has(object.data.hook) ? [JSONPatch{op: "add", path: "/data/again", value: "1"}] : []',
        },
      ],
      { reinvocationPolicy: "IfNeeded" },
    );
    expect(created("x", { k: "v" }).body).toMatchObject({ data: { hook: "2", again: "1" } });
  });
});
