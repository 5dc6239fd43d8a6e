import { beforeEach, describe, expect, it } from "vitest";
import { type BareApi, bareApi, request } from "../../rest/bare-api.ts";

const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const RULES = [
  { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] },
];

const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

let bare: BareApi;
beforeEach(() => {
  bare = bareApi();
});

function made(path: string, body: unknown): void {
  const response = request(bare, "POST", path, body);
  expect(response.code, JSON.stringify(response.body)).toBe(201);
}

function messageOf(name: string, data: Record<string, string> = {}): string {
  const { body } = request(bare, "POST", CONFIG_MAPS, configMap(name, data));
  return (body as { message?: string }).message ?? "";
}

function policy(spec: object, binding: object = {}): void {
  const apiVersion = "admissionregistration.k8s.io/v1";
  made(`${ADMISSION}/validatingadmissionpolicies`, {
    apiVersion,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "p" },
    spec: { matchConstraints: { resourceRules: RULES }, ...spec },
  });
  made(`${ADMISSION}/validatingadmissionpolicybindings`, {
    apiVersion,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "b" },
    spec: { policyName: "p", validationActions: ["Deny"], ...binding },
  });
}

const PARAM_KIND = { apiVersion: "v1", kind: "ConfigMap" };
const DENIED = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ";

describe("a ValidatingAdmissionPolicy", () => {
  it("judges by every object that its selector of parameters finds", () => {
    made(CONFIG_MAPS, {
      ...configMap("limits", { most: "2" }),
      metadata: { name: "limits", labels: { a: "b" } },
    });
    policy(
      {
        paramKind: PARAM_KIND,
        validations: [{ expression: "object.data.n <= params.data.most", message: "too many" }],
      },
      { paramRef: { selector: { matchLabels: { a: "b" } }, parameterNotFoundAction: "Deny" } },
    );
    expect(messageOf("x", { n: "3" })).toContain(`${DENIED}too many`);
    expect(messageOf("y", { n: "1" })).toBe("");
  });

  it("denies when the parameters it must have are missing", () => {
    const paramRef = { name: "none", parameterNotFoundAction: "Deny" };
    policy({ paramKind: PARAM_KIND, validations: [{ expression: "true" }] }, { paramRef });
    expect(messageOf("x")).toContain(
      `${DENIED}failed to configure binding: no params found for policy binding`,
    );
  });

  it("passes when the parameters that it may miss are missing", () => {
    const paramRef = { name: "none", parameterNotFoundAction: "Allow" };
    policy({ paramKind: PARAM_KIND, validations: [{ expression: "false" }] }, { paramRef });
    expect(messageOf("x")).toBe("");
  });

  it("answers with the code of its reason and the words of its expression", () => {
    policy({
      validations: [
        {
          expression: "false",
          messageExpression: "'not ' + object.metadata.name",
          reason: "Forbidden",
        },
      ],
    });
    const { code, body } = request(bare, "POST", CONFIG_MAPS, configMap("x"));
    expect(code).toBe(403);
    expect(body).toMatchObject({
      reason: "Forbidden",
      message: `configmaps "x" is forbidden: ${DENIED}not x`,
    });
  });

  it("denies when an expression fails, unless its failures are to be ignored", () => {
    policy({ validations: [{ expression: "object.data.missing == 'x'" }] });
    expect(messageOf("x")).toContain(
      `${DENIED}expression 'object.data.missing == 'x'' resulted in`,
    );
    bare = bareApi();
    policy({
      failurePolicy: "Ignore",
      validations: [{ expression: "object.data.missing == 'x'" }],
    });
    expect(messageOf("x")).toBe("");
  });
});

describe("the expressions of a policy", () => {
  it("ask what the user may do", () => {
    policy({
      validations: [
        {
          expression: "authorizer.group('').resource('pods').namespace('x').check('get').allowed()",
        },
        {
          expression:
            "authorizer.serviceAccount('default', 'default').path('/x').check('get').allowed()",
          message: "not the account",
        },
      ],
    });
    expect(messageOf("x")).toContain(`${DENIED}not the account`);
  });

  it("ask for an account with the groups that it has", () => {
    const rbac = "rbac.authorization.k8s.io";
    for (const [kind, rest] of [
      ["ClusterRole", { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }] }],
      [
        "ClusterRoleBinding",
        {
          roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "seers" },
          subjects: [{ apiGroup: rbac, kind: "Group", name: "system:serviceaccounts:shop" }],
        },
      ],
    ] as const)
      made(`/apis/${rbac}/v1/${kind.toLowerCase()}s`, {
        apiVersion: `${rbac}/v1`,
        kind,
        metadata: { name: "seers" },
        ...rest,
      });
    const asks = (home: string) =>
      `authorizer.serviceAccount('${home}', 'bot').group('').resource('pods').check('get').allowed()`;
    policy({ validations: [{ expression: `${asks("shop")} && !${asks("other")}` }] });
    expect(messageOf("x")).toBe("");
  });

  it("read its variables when they need them, and say which one fails", () => {
    const variables = [
      { name: "bad", expression: "object.data.none" },
      { name: "n", expression: "object.data.n" },
      { name: "twice", expression: "variables.n + variables.n" },
    ];
    policy({
      variables,
      validations: [{ expression: "variables.twice == '11' || variables.bad" }],
    });
    expect(messageOf("x", { n: "1" })).toBe("");
    expect(messageOf("y", { n: "2" })).toContain(
      `composited variable "bad" fails to evaluate: no such key: none`,
    );
  });

  it("may not cost more than a request's budget", () => {
    const expression =
      "request.userInfo.groups.all(a, [1, 2, 3].all(b, true)) && size(variables.l) > 0";
    const l = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    const heavy = `${l}.all(a, ${l}.all(b, ${l}.all(c, ${l}.all(d, ${l}.all(e, true)))))`;
    const variables = [{ name: "l", expression: l }];
    policy({ variables, validations: [{ expression }, ...Array(40).fill({ expression: heavy })] });
    expect(messageOf("x")).toContain(
      `${DENIED}validation failed due to running out of cost budget, no further validation rules will be run`,
    );
  });

  it("tell where they cannot be compiled, when the policy is created", () => {
    const { code, body } = bare.rest.handle({
      method: "POST",
      path: `${ADMISSION}/validatingadmissionpolicies`,
      contentType: "application/json",
      body: JSON.stringify({
        metadata: { name: "p" },
        spec: {
          matchConstraints: { resourceRules: RULES },
          validations: [{ expression: "nothing(1)" }],
        },
      }),
    });
    expect(code).toBe(422);
    expect((body as { message: string }).message).toContain(
      `spec.validations[0].expression: Invalid value: "nothing(1)": compilation failed: ERROR: <input>:1:8: undeclared reference to 'nothing' (in container '')`,
    );
  });
});

describe("a policy's expressions are checked when it is made", () => {
  const refusal = (spec: object) => {
    const { code, body } = request(bareApi(), "POST", `${ADMISSION}/validatingadmissionpolicies`, {
      metadata: { name: "p" },
      spec: { matchConstraints: { resourceRules: RULES }, ...spec },
    });
    const { message = "" } = body as { message?: string };
    return [code, message.slice(message.indexOf("invalid: ") + 9)];
  };
  const validations = (expression: string, more: object = {}) => ({
    validations: [{ expression, ...more }],
  });
  const at = (column: number, why: string, expression: string) =>
    `compilation failed: ERROR: <input>:1:${column}: ${why}\n | ${expression}\n | ${".".repeat(column - 1)}^`;

  it.each([
    ["nobody.x", at(1, "undeclared reference to 'nobody' (in container '')", "nobody.x")],
    ["params.x == 1", at(1, "undeclared reference to 'params' (in container '')", "params.x == 1")],
    ["request.verb == ''", at(8, "undefined field 'verb'", "request.verb == ''")],
    ["variables.x", at(10, "undefined field 'x'", "variables.x")],
    [
      "request.name > 1",
      at(14, "found no matching overload for '_>_' applied to '(string, int)'", "request.name > 1"),
    ],
    ["'a'", "must evaluate to bool"],
  ])("%s", (expression, why) => {
    const shown = JSON.stringify(expression);
    const all = `spec.validations[0].expression: Invalid value: ${shown}: ${why}`;
    expect(refusal(validations(expression))).toEqual([422, all]);
  });

  it("what may be anything is no truth, and an annotation is a text or nothing", () => {
    for (const expression of ["object.spec.paused", "oldObject.a[0].b"])
      expect(refusal(validations(expression))[1]).toContain(": must evaluate to bool");
    expect(refusal(validations("object.spec.paused == true && has(object.a.b)"))[0]).toBe(201);
    expect(refusal(validations("namespaceObject.spec.x == ''"))[1]).toContain(
      "undefined field 'x'",
    );
    const annotated = (valueExpression: string) =>
      refusal({ ...validations("true"), auditAnnotations: [{ key: "k", valueExpression }] });
    expect(annotated("1 + 1")[1]).toBe(
      'spec.auditAnnotations[0].valueExpression: Invalid value: "1 + 1": must evaluate to one of [string null_type]',
    );
    expect(annotated("'a' + object.metadata.name")[0]).toBe(201);
  });

  it("its message is a text, its conditions are truths and know no variables", () => {
    expect(refusal(validations("true", { messageExpression: "1" }))).toEqual([
      422,
      'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string',
    ]);
    const conditions = (expression: string) => ({
      ...validations("true"),
      matchConditions: [{ name: "a", expression }],
    });
    expect(refusal(conditions("1"))).toEqual([
      422,
      'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool',
    ]);
    expect(refusal(conditions("variables.a"))[1]).toContain("undeclared reference to 'variables'");
  });

  it("its variables know those before them, and everything else what it should", () => {
    const sound = {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      variables: [
        { name: "a", expression: "params.data.x" },
        { name: "b", expression: "variables.a + 'x'" },
      ],
      ...validations("variables.b == object.metadata.name && namespaceObject.metadata.name != ''"),
    };
    expect(refusal(sound)[0]).toBe(201);
    const [first, second] = sound.variables;
    expect(refusal({ ...sound, variables: [second, first] })[1]).toContain("undefined field 'a'");
    const groups =
      "request.userInfo.groups.exists(g, g == 'a') || authorizer.group('').resource('pods').check('get').allowed()";
    expect(refusal(validations(groups))[0]).toBe(201);
  });
});

describe("a declared webhook", () => {
  it("takes the first case that holds", () => {
    const cases = [
      { when: "object.metadata.name == 'slow'", delaySeconds: 4 },
      { when: "object.metadata.name == 'bad'", allow: false, message: "bad name" },
    ];
    made(`${ADMISSION}/validatingwebhookconfigurations`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: {
        name: "hooks",
        annotations: { "ksim.dev/webhooks": JSON.stringify({ "a.b.c": cases }) },
      },
      webhooks: [
        {
          name: "a.b.c",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          timeoutSeconds: 3,
          clientConfig: { service: { name: "hook", namespace: "default", path: "/check" } },
          rules: RULES,
        },
      ],
    });
    expect(messageOf("good")).toBe("");
    expect(messageOf("bad")).toBe('admission webhook "a.b.c" denied the request: bad name');
    expect(messageOf("slow")).toBe(
      'Internal error occurred: failed calling webhook "a.b.c": failed to call webhook: Post "https://hook.default.svc:443/check?timeout=3s": context deadline exceeded',
    );
  });
});

describe("a dry run", () => {
  it("is refused where a webhook has side effects", () => {
    made(`${ADMISSION}/validatingwebhookconfigurations`, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: {
        name: "hooks",
        annotations: { "ksim.dev/webhooks": JSON.stringify({ "a.b.c": {} }) },
      },
      webhooks: [
        {
          name: "a.b.c",
          admissionReviewVersions: ["v1"],
          sideEffects: "NoneOnDryRun",
          clientConfig: { url: "https://example.com/hook" },
          rules: RULES,
        },
      ],
    });
    expect(request(bare, "POST", `${CONFIG_MAPS}?dryRun=All`, configMap("x")).code).toBe(201);
  });
});

describe("a namespace's node selector", () => {
  const POD = { apiVersion: "v1", kind: "Pod" };
  const spec = { containers: [{ name: "main", image: "app:1" }] };
  beforeEach(() => {
    made("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "team",
        annotations: { "scheduler.alpha.kubernetes.io/node-selector": "pool=team, disk=ssd" },
      },
    });
    made("/api/v1/namespaces/team/serviceaccounts", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default" },
    });
  });
  const path = "/api/v1/namespaces/team/pods";

  it("is added to its pods", () => {
    const { body } = request(bare, "POST", path, { ...POD, metadata: { name: "a" }, spec });
    expect(body).toMatchObject({ spec: { nodeSelector: { pool: "team", disk: "ssd" } } });
  });

  it("refuses pods that want something else", () => {
    const other = {
      ...POD,
      metadata: { name: "a" },
      spec: { ...spec, nodeSelector: { pool: "x" } },
    };
    const { code, body } = request(bare, "POST", path, other);
    expect(code).toBe(403);
    expect(body).toMatchObject({
      message:
        'pods "a" is forbidden: pod node label selector conflicts with its namespace node label selector',
    });
  });
});
