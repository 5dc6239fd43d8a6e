import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, withSpec } from "./refusal-rows.ts";

/*
 * Refusals beyond the golden rows, worded as upstream's validation code words them. A row: what is wrong, the part of the object
 * that is, and what is said behind "… is invalid: ".
 */
const container = { name: "main", image: "app:1" };
const volumes = [{ name: "v", emptyDir: {} }];
const C = "spec.containers[0]";

describe("a container", () => {
  const pod = (part: object) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { volumes, containers: [{ ...container, ...part }] },
  });
  check("/api/v1/namespaces/default/pods", pod, [
    [
      "an image with a blank",
      { image: " a" },
      `${C}.image: Invalid value: " a": must not have leading or trailing whitespace`,
    ],
    [
      "a subPath that goes up",
      { volumeMounts: [{ name: "v", mountPath: "/a", subPath: "../x" }] },
      `${C}.volumeMounts.subPath: Invalid value: "../x": must not contain '..'`,
    ],
    [
      "mounts shared back",
      { volumeMounts: [{ name: "v", mountPath: "/a", mountPropagation: "Bidirectional" }] },
      `${C}.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
    ],
    [
      "recursion of a mount that can be written",
      { volumeMounts: [{ name: "v", mountPath: "/a", recursiveReadOnly: "Enabled" }] },
      `${C}.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`,
    ],
    [
      "sources of variables without a source",
      { envFrom: [{}] },
      `${C}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``,
    ],
    [
      "a divisor",
      {
        env: [
          { name: "a", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "3" } } },
        ],
      },
      `${C}.env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
    [
      "a resize policy",
      { resizePolicy: [{ resourceName: "gpu", restartPolicy: "NotRequired" }] },
      `${C}.resizePolicy: Unsupported value: "gpu": supported values: "cpu", "memory"`,
    ],
    [
      "parts of a huge page",
      { resources: { limits: { "hugepages-2Mi": "3Mi", cpu: "1" } } },
      `[${C}.resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi, ${C}.resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi]`,
    ],
    [
      "a claim that the pod has not",
      { resources: { claims: [{ name: "x" }] } },
      `${C}.resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty`,
    ],
    [
      "an unmasked proc",
      { securityContext: { procMount: "Unmasked" } },
      `${C}.securityContext.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``,
    ],
    [
      "a message policy",
      { terminationMessagePolicy: "X" },
      `${C}.terminationMessagePolicy: Unsupported value: "X": supported values: "File", "FallbackToLogsOnError"`,
    ],
  ]);
});

describe("a pod's spec", () => {
  const pod = (part: object) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [container], ...part },
  });
  check("/api/v1/namespaces/default/pods", pod, [
    [
      "a toleration of anything with a value",
      { tolerations: [{ key: "a", operator: "Exists", value: "x" }] },
      `spec.tolerations[0].operator: Invalid value: "x": value must be empty when \`operator\` is 'Exists'`,
    ],
    [
      "the same spread twice",
      {
        topologySpreadConstraints: [1, 2].map((maxSkew) => ({
          maxSkew,
          topologyKey: "z",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: {},
        })),
      },
      `spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, DoNotSchedule}"`,
    ],
    [
      "an AppArmor profile without a name",
      { securityContext: { appArmorProfile: { type: "Localhost" } } },
      "spec.securityContext.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost",
    ],
    [
      "shared processes with the node's",
      { shareProcessNamespace: true, hostPID: true },
      "spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled",
    ],
    [
      "own users on the node's network",
      { hostUsers: false, hostPID: true },
      "spec.HostPID: Forbidden: when `pod.Spec.HostUsers` is false",
    ],
    [
      "a system",
      { os: { name: "mac" } },
      `spec.os: Unsupported value: "mac": supported values: "linux", "windows"`,
    ],
    [
      "Linux settings on Windows",
      { os: { name: "windows" }, securityContext: { runAsUser: 1 } },
      "spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
    ],
    [
      "a claim without an origin",
      { resourceClaims: [{ name: "a" }] },
      'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    ],
    [
      "a network setting of the node",
      {
        hostNetwork: true,
        securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "1" }] },
      },
      `spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when 'hostNetwork' is true`,
    ],
  ]);
});

describe("a Deployment", () => {
  const deployment = (part: object) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [container] } },
      ...part,
    },
  });
  check("/apis/apps/v1/namespaces/default/deployments", deployment, [
    [
      "a strategy",
      { strategy: { type: "Foo" } },
      `spec.strategy: Unsupported value: {"Type":"Foo","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"`,
    ],
    [
      "a selector that is none",
      { selector: { matchExpressions: [{ key: "a", operator: "In" }] } },
      `[spec.selector.matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn', spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"In"}]}: invalid label selector]`,
    ],
    [
      "no room to roll",
      { strategy: { rollingUpdate: { maxSurge: "0%", maxUnavailable: 0 } } },
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
    ],
  ]);
});

describe("a Job", () => {
  const job = (part: object) => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j" },
    spec: {
      template: { spec: { restartPolicy: "Never", containers: [container] } },
      completionMode: "Indexed",
      completions: 3,
      ...part,
    },
  });
  check("/apis/batch/v1/namespaces/default/jobs", job, [
    [
      "indexes that there are not",
      { successPolicy: { rules: [{ succeededIndexes: "0-9" }] } },
      `spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-9": error parsing succeededIndexes: too large index: "9"`,
    ],
    [
      "a manager",
      { managedBy: "nodomain" },
      `spec.managedBy: Invalid value: "nodomain": must be a domain-prefixed path (such as "acme.io/foo")`,
    ],
    [
      "a rule about nothing",
      { podFailurePolicy: { rules: [{ action: "Ignore" }] } },
      "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
    ],
    [
      "a mode",
      { completionMode: "Foo" },
      `spec.completionMode: Unsupported value: "Foo": supported values: "NonIndexed", "Indexed"`,
    ],
  ]);
});

describe("a Service", () => {
  const service = (part: object) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports: [{ port: 80 }], ...part },
  });
  check("/api/v1/namespaces/default/services", service, [
    [
      "an address of a name",
      { type: "ExternalName", externalName: "a.b", clusterIP: "10.0.0.9" },
      "spec.clusterIPs: Forbidden: may not be set for ExternalName services",
    ],
    [
      "two addresses of one family",
      { clusterIP: "10.0.0.8", clusterIPs: ["10.0.0.8", "10.0.0.9"] },
      `spec.clusterIPs: Invalid value: ["10.0.0.8","10.0.0.9"]: may specify no more than one IP for each IP family`,
    ],
    [
      "a range",
      { type: "LoadBalancer", loadBalancerSourceRanges: ["x"] },
      `spec.LoadBalancerSourceRanges[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)`,
    ],
    [
      "a special outside address",
      { externalIPs: ["169.254.1.1"] },
      `spec.externalIPs[0]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)`,
    ],
  ]);
});

describe("an autoscaler", () => {
  const autoscaler = (metric: object) => ({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
      maxReplicas: 3,
      metrics: [metric],
    },
  });
  const M = "spec.metrics[0]";
  const objectMetric = (apiVersion: string) => ({
    type: "Object",
    object: {
      describedObject: { apiVersion, kind: "Service", name: "s" },
      metric: { name: "m" },
      target: { type: "Value", value: "5" },
    },
  });
  check("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", autoscaler, [
    [
      "a container's metric of no resource and no container",
      {
        type: "ContainerResource",
        containerResource: {
          name: "gpu",
          container: "A_b",
          target: { type: "Utilization", averageUtilization: 5 },
        },
      },
      `[${M}.containerResource.name: Invalid value: "gpu": must be a standard resource type or fully qualified, ${M}.containerResource.name: Invalid value: "gpu": must be a standard resource for containers, ${M}.containerResource.container: Invalid value: "A_b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')]`,
    ],
    [
      "an outside metric without a target",
      { type: "External", external: { metric: { name: "x" }, target: { type: "Value" } } },
      `${M}.external.target.averageValue: Required value: must set either a target value for metric or a per-pod target`,
    ],
    [
      "a metric of pods without a target",
      { type: "Pods", pods: { metric: { name: "x" }, target: { type: "AverageValue" } } },
      `${M}.pods.target.averageValue: Required value: must specify a positive target averageValue`,
    ],
    [
      "a kind of target",
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Foo", averageUtilization: 5 } },
      },
      `${M}.resource.target.type: Invalid value: "Foo": must be either Utilization, Value, or AverageValue`,
    ],
    [
      "a version of an object that is none",
      objectMetric("a/b/c"),
      `${M}.object.describedObject.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c`,
    ],
  ]);
  const path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
  const scaling = (part: object) => withSpec({ ...autoscaler({}).spec, metrics: [], ...part });
  check(path, scaling, [
    [
      "no policies",
      { behavior: { scaleUp: { policies: [] } } },
      "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy",
    ],
    [
      "a scale to zero by what needs pods",
      { minReplicas: 0 },
      "[spec.minReplicas: Invalid value: 0: must be greater than or equal to 1, spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas]",
    ],
    [
      "no more than less than nothing",
      { maxReplicas: -1 },
      "[spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1, spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`]",
    ],
    [
      "a tolerance below nothing, behind its policies",
      { behavior: { scaleUp: { tolerance: "-1", policies: [] } } },
      '[spec.behavior.scaleUp.policies: Required value: must specify at least one Policy, spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0]',
    ],
    [
      "a target without a group",
      { scaleTargetRef: { apiVersion: "v1", kind: "Deployment", name: "d" } },
      'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
    ],
  ]);

  it("may look at objects of the core group", () => {
    const { code } = request(bareApi(), "POST", path, autoscaler(objectMetric("v1")));
    expect(code).toBe(201);
  });
});
