import { describe, expect, it } from "vitest";
import { bareApi, request } from "../../rest/bare-api.ts";
import { check, checkChange } from "./refusal-rows.ts";

/* Services: what upstream's `ValidateService` and the allocators of addresses and node ports say. */

const SERVICES = "/api/v1/namespaces/default/services";

function service({ annotations, ...spec }: any) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s", ...(annotations === undefined ? {} : { annotations }) },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}

describe("a new service", () => {
  const balanced = { type: "LoadBalancer" };
  check(SERVICES, service, [
    [
      "two modes of topology",
      {
        annotations: {
          "service.kubernetes.io/topology-mode": "a",
          "service.kubernetes.io/topology-aware-hints": "b",
        },
      },
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "a": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
    ],
    [
      "the kubelet's port",
      { ...balanced, ports: [{ port: 10250 }] },
      "spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet",
    ],
    [
      "a node port that nobody can use",
      { ports: [{ port: 80, nodePort: 30001 }] },
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      "the same node port for two ports",
      {
        type: "NodePort",
        ports: [
          { name: "a", port: 80, nodePort: 30001 },
          { name: "b", port: 81, nodePort: 30001 },
        ],
      },
      "spec.ports[1].nodePort: Invalid value: 30001: provided port is already allocated",
    ],
    [
      "ranges in an annotation",
      { annotations: { "service.beta.kubernetes.io/load-balancer-source-ranges": "x" } },
      "[metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer', metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)]",
    ],
    [
      "two families on one network",
      { ipFamilyPolicy: "RequireDualStack" },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      "a family that the network has not",
      { ipFamilies: ["IPv6"] },
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
    [
      "an address of another family",
      { clusterIP: "2001:db8::1" },
      'spec.clusterIPs[0]: Invalid value: ["2001:db8::1"]: IPv6 is not configured on this cluster',
    ],
    [
      "two families under a single one's policy",
      { ipFamilies: ["IPv4", "IPv6"] },
      "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
    ],
    [
      "a policy, before anything else",
      { ipFamilyPolicy: "Foo", ports: [] },
      'spec.ipFamilyPolicy: Unsupported value: "Foo": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    ],
    [
      "addresses without the first",
      { clusterIPs: ["10.0.0.9"] },
      'spec.clusterIPs: Invalid value: ["10.0.0.9"]: must be empty when `clusterIP` is not specified',
    ],
    [
      "a policy of traffic from nowhere",
      { externalTrafficPolicy: "Local" },
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      "health that nobody asks for",
      { healthCheckNodePort: 30002 },
      "spec.healthCheckNodePort: Invalid value: 30002: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  ]);

  it("cannot have a health port out of range: that is an internal error", () => {
    const spec = { ...balanced, externalTrafficPolicy: "Local", healthCheckNodePort: 80 };
    const { code, body } = request(bareApi(), "POST", SERVICES, service(spec));
    const why =
      "failed to allocate requested HealthCheck NodePort 80: provided port is not in the valid range. The range of valid ports is 30000-32767";
    expect([code, (body as { message: string }).message]).toEqual([
      500,
      `Internal error occurred: ${why}`,
    ]);
  });
});

describe("a service", () => {
  const local = { type: "LoadBalancer", externalTrafficPolicy: "Local" };
  checkChange(SERVICES, service, [
    [
      "another address",
      { clusterIP: "10.0.0.8" },
      { clusterIP: "10.0.0.9", clusterIPs: ["10.0.0.9"] },
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.9"]: may not change once set',
    ],
    [
      "an address that becomes none",
      { clusterIP: "10.0.0.8" },
      { clusterIP: "None", clusterIPs: ["None"] },
      'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    ],
    [
      "another health port",
      { ...local, healthCheckNodePort: 30003 },
      { ...local, healthCheckNodePort: 30004 },
      "spec.healthCheckNodePort: Forbidden: field is immutable",
    ],
    [
      "another class of balancer",
      { type: "LoadBalancer", loadBalancerClass: "a/b" },
      { type: "LoadBalancer", loadBalancerClass: "a/c" },
      'spec.loadBalancerClass: Invalid value: "a/c": may not change once set',
    ],
  ]);

  it("keeps what was allocated where a change leaves it out", () => {
    const bare = bareApi();
    const spec = { type: "NodePort", ports: [{ name: "a", port: 80, nodePort: 30005 }] };
    request(bare, "POST", SERVICES, service({ ...spec, clusterIP: "10.0.0.7" }));
    const next = service({ type: "NodePort", ports: [{ name: "a", port: 81 }] });
    const { code, body } = request(bare, "PUT", `${SERVICES}/s`, next);
    expect(code).toBe(200);
    expect(body).toMatchObject({
      spec: { clusterIP: "10.0.0.7", ports: [{ port: 81, nodePort: 30005 }] },
    });
  });
});
