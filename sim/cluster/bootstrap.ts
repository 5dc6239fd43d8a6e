import type { ApiServer } from "../api/api-server.ts";
import type { KubeObject, Manifest } from "../api/object.ts";

/** Address that the API server is reachable under inside the cluster: the first of the service range. */
const API_ADDRESS = "10.0.0.1";
/** Address of the machine that the control plane stands for. */
const CONTROL_PLANE_ADDRESS = "172.18.0.2";

const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"] as const;

/** What every fresh cluster holds: namespaces with their accounts, the two system priorities and the Service of the API itself. */
const objects: readonly (readonly [kind: string, manifest: Manifest])[] = [
  ...namespaces.map(
    (name) =>
      [
        "Namespace",
        {
          apiVersion: "v1",
          kind: "Namespace",
          metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
        },
      ] as const,
  ),
  ...namespaces.map(
    (namespace) =>
      [
        "ServiceAccount",
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } },
      ] as const,
  ),
  [
    "PriorityClass",
    priority(
      "system-cluster-critical",
      2_000_000_000,
      "for pods the cluster needs, which may move between nodes",
    ),
  ],
  ["PriorityClass", priority("system-node-critical", 2_000_001_000, "for pods their node needs")],
  [
    "Service",
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "kubernetes",
        namespace: "default",
        labels: { component: "apiserver", provider: "kubernetes" },
      },
      spec: {
        clusterIP: API_ADDRESS,
        type: "ClusterIP",
        ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
      },
    },
  ],
  [
    "Endpoints",
    {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: {
        name: "kubernetes",
        namespace: "default",
        labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
      },
      subsets: [
        {
          addresses: [{ ip: CONTROL_PLANE_ADDRESS }],
          ports: [{ name: "https", port: 6443, protocol: "TCP" }],
        },
      ],
    } as Manifest,
  ],
  [
    "EndpointSlice",
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: "kubernetes",
        namespace: "default",
        labels: { "kubernetes.io/service-name": "kubernetes" },
      },
      addressType: "IPv4",
      endpoints: [{ addresses: [CONTROL_PLANE_ADDRESS], conditions: { ready: true } }],
      ports: [{ name: "https", port: 6443, protocol: "TCP" }],
    } as Manifest,
  ],
];

function priority(name: string, value: number, description: string): Manifest {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    description: `Used by the system: ${description}.`,
  } as Manifest;
}

/** Creates what every cluster has before anybody connects to it. */
export function bootstrap(api: ApiServer): void {
  for (const [kind, manifest] of objects) api.create<KubeObject>(kind, manifest);
}
