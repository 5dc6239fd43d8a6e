import { describe } from "vitest";
import { check, checkChange } from "./refusal-rows.ts";

/* Pods: what upstream's `ValidatePodCreate`, `…Update`, `…StatusUpdate`, `…Resize` and `…EphemeralContainersUpdate` say. */

const PODS = "/api/v1/namespaces/default/pods";
const main = { name: "main", image: "app:1" };

function pod({ metadata = {}, status, ...spec }: any) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", ...metadata },
    spec: { containers: [main], automountServiceAccountToken: false, ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

const annotated = (key: string, value: string, rest: object = {}) => ({
  metadata: { annotations: { [key]: value } },
  ...rest,
});

describe("a new pod", () => {
  check(PODS, pod, [
    [
      "a mirror without a node",
      annotated("kubernetes.io/config.mirror", "x"),
      'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
    ],
    [
      "a deletion cost",
      annotated("controller.kubernetes.io/pod-deletion-cost", "+1"),
      'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
    ],
    [
      "a seccomp annotation",
      annotated("seccomp.security.alpha.kubernetes.io/pod", "x"),
      'metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "x": must be a valid seccomp profile',
    ],
    [
      "an AppArmor annotation of nobody",
      annotated("container.apparmor.security.beta.kubernetes.io/other", "x"),
      '[metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "other": container not found, metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "x": invalid AppArmor profile name: "x"]',
    ],
    [
      "profiles that differ",
      annotated("seccomp.security.alpha.kubernetes.io/pod", "unconfined", {
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      }),
      "spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match",
    ],
    [
      "a claim of an ephemeral volume",
      {
        volumes: [
          {
            name: "v",
            ephemeral: {
              volumeClaimTemplate: {
                spec: {
                  accessModes: ["ReadWriteOnce"],
                  resources: { requests: { storage: "1Gi" } },
                },
              },
            },
          },
          { name: "w", persistentVolumeClaim: { claimName: "p-v" } },
        ],
      },
      'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "p-v": must not reference a PVC that gets created for an ephemeral volume',
    ],
    [
      "the value of a toleration",
      { tolerations: [{ key: "a", operator: "Equal", value: "-" }] },
      `spec.tolerations[0].operator: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ]);
});

describe("a pod", () => {
  const T = (key: string, more: object = {}) => ({ key, operator: "Exists", ...more });
  const N = (key: string) => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "Exists" }] }],
        },
      },
    },
  });
  const gated = { schedulingGates: [{ name: "g" }] };
  checkChange(PODS, pod, [
    [
      "a longer deadline",
      { activeDeadlineSeconds: 5 },
      { activeDeadlineSeconds: 6 },
      "spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value",
    ],
    [
      "an endless deadline",
      { activeDeadlineSeconds: 5 },
      { activeDeadlineSeconds: undefined },
      "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value",
    ],
    [
      "an image with a blank",
      {},
      { containers: [{ ...main, image: "a ", imagePullPolicy: "IfNotPresent" }] },
      'spec.containers[0].image: Invalid value: "a ": must not have leading or trailing whitespace',
    ],
    [
      "an annotation that confines",
      {},
      annotated("container.apparmor.security.beta.kubernetes.io/main", "unconfined"),
      "metadata.annotations[container.apparmor.security.beta.kubernetes.io/main]: Forbidden: may not add AppArmor annotations",
    ],
    [
      "another node selector while it is gated",
      { ...gated, nodeSelector: { a: "b" } },
      { ...gated, nodeSelector: { a: "c" } },
      'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
    [
      "another node affinity while it is gated",
      { ...gated, ...N("a") },
      { ...gated, ...N("b") },
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]: Invalid value: {"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)',
    ],
    [
      "a toleration that goes",
      { tolerations: [T("a")] },
      { tolerations: [T("b")] },
      "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds",
    ],
  ]);
});

describe("a pod's status", () => {
  const status = (part: object) => ({ restartPolicy: "Never", status: part });
  const amounts = { "example.com/gpu": "1" };
  const asking = { ...main, resources: { requests: amounts, limits: amounts } };
  const extended = (containerName: string, resourceName: string, resourceClaimName = "c") => {
    const requestMappings = [{ containerName, resourceName, requestName: "container-0-request-0" }];
    return status({ extendedResourceClaimStatus: { resourceClaimName, requestMappings } });
  };
  checkChange(
    PODS,
    pod,
    [
      [
        "a condition without a name",
        {},
        { status: { conditions: [{ type: "a/b/c", status: "True" }] } },
        `metadata.conditions[0].Type: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
      [
        "another class",
        {},
        status({ qosClass: "Guaranteed" }),
        'status.qosClass: Invalid value: "Guaranteed": field is immutable',
      ],
      [
        "two addresses of a family",
        {},
        status({ podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] }),
        'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      ],
      [
        "a claim for extended resources that nothing is mapped to",
        {},
        status({ extendedResourceClaimStatus: { resourceClaimName: "c", requestMappings: [] } }),
        "status.extendedResourceClaimStatus.requestMappings: Required value: at least one request mapping is required",
      ],
      [
        "extended resources of a container there is not",
        {},
        extended("other", "example.com/gpu"),
        'status.extendedResourceClaimStatus.requestMappings[0].containerName: Invalid value: "other": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      ],
      [
        "extended resources that the container does not request",
        {},
        extended("main", "example.com/gpu"),
        'status.extendedResourceClaimStatus.requestMappings[0].resourceName: Invalid value: "example.com/gpu": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      ],
      [
        "extended resources of a claim without a name",
        { containers: [asking] },
        extended("main", "example.com/gpu", ""),
        "status.extendedResourceClaimStatus.resourceClaimName: Required value",
      ],
    ],
    "/status",
  );
});

describe("a pod's size", () => {
  const resources = (part: object) => ({ containers: [{ ...main, resources: part }] });
  checkChange(
    PODS,
    pod,
    [
      [
        "without what it asked for",
        resources({ requests: { cpu: "1", memory: "1Gi" } }),
        resources({ requests: { cpu: "1" } }),
        "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
      ],
      [
        "of its scratch space",
        resources({ requests: { cpu: "1" } }),
        resources({ requests: { cpu: "1", "ephemeral-storage": "1Gi" } }),
        "spec: Forbidden: only cpu and memory resources are mutable",
      ],
      [
        "with one container more",
        {},
        { containers: [main, { name: "other", image: "app:1" }] },
        "spec.containers: Forbidden: containers may not be added or removed on resize",
      ],
    ],
    "/resize",
  );
});

describe("debug containers of a pod", () => {
  checkChange(
    PODS,
    pod,
    [
      [
        "without an image",
        {},
        { ephemeralContainers: [{ name: "debug" }] },
        "spec.ephemeralContainers[0].image: Required value",
      ],
    ],
    "/ephemeralcontainers",
  );
});
