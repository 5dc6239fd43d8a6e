import { beforeEach, describe, expect, it } from "vitest";
import { type BareApi, bareApi, request } from "./bare-api.ts";

const RULES = [
  {
    apiGroups: ["*"],
    apiVersions: ["*"],
    operations: ["CREATE", "UPDATE"],
    resources: ["configmaps"],
  },
];
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";

const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

function made(bare: BareApi, path: string, body: unknown): void {
  const response = request(bare, "POST", path, body);
  expect(response.code, JSON.stringify(response.body)).toBe(201);
}

describe("a ValidatingAdmissionPolicy", () => {
  let bare: BareApi;
  const policy = (validations: unknown[], extra = {}) => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "small" },
    spec: { matchConstraints: { resourceRules: RULES }, validations, ...extra },
  });
  const binding = (validationActions: string[], extra = {}) => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "everywhere" },
    spec: { policyName: "small", validationActions, ...extra },
  });
  const bind = (validations: unknown[], actions: string[], extra = {}) => {
    made(bare, `${ADMISSION}/validatingadmissionpolicies`, policy(validations, extra));
    made(bare, `${ADMISSION}/validatingadmissionpolicybindings`, binding(actions));
  };
  beforeEach(() => {
    bare = bareApi();
  });

  it("denies what breaks it, in upstream's words", () => {
    bind([{ expression: "object.data.size() < 2", message: "too much" }], ["Deny"]);
    made(bare, CONFIG_MAPS, configMap("a", { x: "1" }));
    const { code, body } = request(bare, "POST", CONFIG_MAPS, configMap("b", { x: "1", y: "2" }));
    expect(code).toBe(422);
    expect(body).toMatchObject({
      reason: "Invalid",
      message: `configmaps "b" is forbidden: ValidatingAdmissionPolicy 'small' with binding 'everywhere' denied request: too much`,
    });
  });

  it("has a message without being given one", () => {
    bind([{ expression: "has(object.data) && 'x' in object.data" }], ["Deny"]);
    const { body } = request(bare, "POST", CONFIG_MAPS, configMap("b", { y: "2" }));
    expect(body).toMatchObject({
      message: expect.stringContaining("failed expression: has(object.data)"),
    });
  });

  it("only warns where its binding says so", () => {
    bind([{ expression: "false", message: "never" }], ["Warn"]);
    const { code, warnings } = request(bare, "POST", CONFIG_MAPS, configMap("b"));
    expect(code).toBe(201);
    expect(warnings).toEqual([
      "Validation failed for ValidatingAdmissionPolicy 'small' with binding 'everywhere': never",
    ]);
  });

  it("passes over what its conditions leave out", () => {
    bind([{ expression: "false" }], ["Deny"], {
      matchConditions: [{ name: "named", expression: "request.name != 'free'" }],
    });
    made(bare, CONFIG_MAPS, configMap("free"));
    expect(request(bare, "POST", CONFIG_MAPS, configMap("held")).code).toBe(422);
  });

  it("knows its variables and the old object", () => {
    bind([{ expression: "variables.grows" }], ["Deny"], {
      variables: [
        { name: "grows", expression: "oldObject == null || object.data.n >= oldObject.data.n" },
      ],
    });
    made(bare, CONFIG_MAPS, configMap("a", { n: "2" }));
    const put = (n: string) => request(bare, "PUT", `${CONFIG_MAPS}/a`, configMap("a", { n })).code;
    expect(put("1")).toBe(422);
    expect(put("3")).toBe(200);
  });
});

describe("a webhook", () => {
  let bare: BareApi;
  const configuration = (kind: "Validating" | "Mutating", behaviour?: object, extra = {}) => ({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: `${kind}WebhookConfiguration`,
    metadata: {
      name: "hooks",
      ...(behaviour === undefined
        ? {}
        : { annotations: { "ksim.dev/webhooks": JSON.stringify({ "a.b.c": behaviour }) } }),
    },
    webhooks: [
      {
        name: "a.b.c",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { service: { name: "hook", namespace: "default", path: "/check" } },
        rules: RULES,
        ...extra,
      },
    ],
  });
  const hook = (kind: "Validating" | "Mutating", behaviour?: object, extra = {}) =>
    made(
      bare,
      `${ADMISSION}/${kind.toLowerCase()}webhookconfigurations`,
      configuration(kind, behaviour, extra),
    );
  beforeEach(() => {
    bare = bareApi();
  });

  it("blocks what it concerns when its service is missing", () => {
    hook("Validating");
    const { code, body } = request(bare, "POST", CONFIG_MAPS, configMap("a"));
    expect(code).toBe(500);
    expect(body).toMatchObject({
      message: `Internal error occurred: failed calling webhook "a.b.c": failed to call webhook: Post "https://hook.default.svc:443/check?timeout=10s": service "hook" not found`,
    });
  });

  it("lets pass when it fails and its policy is Ignore", () => {
    hook("Validating", { down: true }, { failurePolicy: "Ignore" });
    made(bare, CONFIG_MAPS, configMap("a"));
  });

  it("denies as it is declared to", () => {
    hook("Validating", { allow: "'ok' in object.data", message: "say ok" });
    made(bare, CONFIG_MAPS, configMap("a", { ok: "1" }));
    const { code, body } = request(bare, "POST", CONFIG_MAPS, configMap("b", { no: "1" }));
    expect(code).toBe(403);
    expect(body).toMatchObject({
      message: 'admission webhook "a.b.c" denied the request: say ok',
    });
  });

  it("changes objects as it is declared to", () => {
    hook("Mutating", { patch: [{ op: "add", path: "/metadata/labels", value: { by: "hook" } }] });
    const { body } = request(bare, "POST", CONFIG_MAPS, configMap("a"));
    expect(body).toMatchObject({ metadata: { labels: { by: "hook" } } });
  });

  it("can always be removed", () => {
    hook("Validating", { down: true }, { rules: [{ ...RULES[0], resources: ["*/*"] }] });
    const path = `${ADMISSION}/validatingwebhookconfigurations/hooks`;
    expect(request(bare, "DELETE", path).code).toBe(200);
  });
});
