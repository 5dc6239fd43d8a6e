import { describe } from "vitest";
import { checkWarnings } from "./refusal-rows.ts";

/* What upstream warns of: `GetWarningsForPod`, `…ForService`, `…ForPersistentVolume` and `…ForPersistentVolumeClaim`. */

const main = { name: "main", image: "app:1" };
const C = "spec.containers[0]";

function pod({ metadata = {}, container = {}, ...spec }: any) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", ...metadata },
    spec: { containers: [{ ...main, ...container }], ...spec },
  };
}

describe("a new pod", () => {
  checkWarnings("/api/v1/namespaces/default/pods", pod, [
    [
      "a name that is no host name",
      { metadata: { name: "a.b" } },
      `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]`,
    ],
    [
      "old labels of nodes",
      { nodeSelector: { "beta.kubernetes.io/os": "linux" } },
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
    [
      "old volumes",
      { volumes: [{ name: "v", gitRepo: { repository: "r" } }] },
      "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
    ],
    [
      "files in each other's way",
      {
        volumes: [
          {
            name: "v",
            configMap: {
              name: "c",
              items: [
                { key: "a", path: "x" },
                { key: "b", path: "x/y" },
              ],
            },
          },
        ],
      },
      'volume "v" (ConfigMap "c"): overlapping paths: "x/y" with "x"',
    ],
    [
      "an address that stands twice",
      { hostAliases: [{ ip: "1.2.3.4" }, { ip: "1.2.3.4" }] },
      'spec.hostAliases[1].ip: duplicate ip "1.2.3.4"',
    ],
    [
      "parts of a byte",
      { container: { resources: { requests: { memory: "1500m" } } } },
      `${C}.resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer`,
    ],
    [
      "a variable that hides another",
      {
        container: {
          env: [
            { name: "A", value: "1" },
            { name: "A", value: "2" },
            { name: "A", value: "$(A)3" },
          ],
        },
      },
      `${C}.env[1]: hides previous definition of "A", which may be dropped when using apply`,
    ],
    [
      "the same port twice",
      {
        container: {
          ports: [
            { name: "a", containerPort: 80 },
            { name: "b", containerPort: 80 },
          ],
        },
      },
      `${C}.ports[1]: duplicate port definition with ${C}.ports[0]`,
    ],
    [
      "an address without a port",
      { container: { ports: [{ containerPort: 80, hostIP: "1.2.3.4" }] } },
      `${C}.ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.2.3.4}`,
    ],
    [
      "affinity to nothing",
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }],
          },
        },
      },
      "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod",
    ],
    [
      "unusual ways to write addresses",
      { dnsPolicy: "None", dnsConfig: { nameservers: ["2001:DB8::1"] } },
      'spec.dnsConfig.nameservers[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ],
  ]);
});

describe("a new service", () => {
  const service = (spec: object) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  checkWarnings("/api/v1/namespaces/default/services", service, [
    [
      "what headless services ignore",
      { clusterIP: "None", sessionAffinity: "ClientIP", externalIPs: ["1.2.3.4"] },
      "spec.externalIPs is ignored for headless services",
      "spec.SessionAffinity is ignored for headless services",
    ],
    [
      "an outside name nobody reads",
      { externalName: "a.b" },
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ],
    [
      "an old distribution",
      { trafficDistribution: "PreferClose" },
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ],
    [
      "an old and an unusual way to write addresses",
      {
        type: "LoadBalancer",
        loadBalancerIP: "010.0.0.1",
        loadBalancerSourceRanges: ["2001:DB8::/32"],
      },
      'spec.loadBalancerIP: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
      'spec.loadBalancerSourceRanges[0]: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")',
    ],
  ]);
});

describe("a new volume and a new claim", () => {
  checkWarnings(
    "/api/v1/persistentvolumes",
    (spec) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: "v" },
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
    }),
    [
      [
        "recycling",
        { hostPath: { path: "/x" }, persistentVolumeReclaimPolicy: "Recycle" },
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
      ],
    ],
  );
  checkWarnings(
    "/api/v1/namespaces/default/persistentvolumeclaims",
    (annotations) => ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "c", annotations },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1500m" } } },
    }),
    [
      [
        "an old annotation and parts of a byte",
        { "volume.beta.kubernetes.io/storage-class": "x" },
        'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
        'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
      ],
    ],
  );
});
