import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, plain, withSpec } from "./refusal-rows.ts";

/*
 * What the API refuses of new objects outside the core group: a row is what is wrong, the part of the object that is, and
 * what is said behind "… is invalid: ".
 */

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
      "spec.rules[0].http.paths[0].backend.resource.name: Required value",
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
    ["no handler", { handler: "" }, "handler: Required value"],
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
      "[spec.validations: Required value: validations or auditAnnotations must contain at least one item, spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item]",
    ],
    [
      "a variable called by a word of CEL",
      { variables: [{ name: "in", expression: "1" }] },
      'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier',
    ],
    [
      "parameters of no version",
      { paramKind: { apiVersion: "a/", kind: "B" } },
      'spec.paramKind.apiVersion: Invalid value: "a/": version must be specified',
    ],
    [
      "rules about nothing",
      { matchConstraints: {} },
      "spec.matchConstraints.resourceRules: Required value",
    ],
    [
      "a reason",
      { validations: [{ expression: "true", reason: "Foo" }] },
      'spec.validations[0].reason: Unsupported value: "Foo": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
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
