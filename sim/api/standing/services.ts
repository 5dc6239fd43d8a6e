import { groupsOf, type ServedResource } from "../discovery/served-resource.ts";
import { LOCALLY_AVAILABLE } from "../kinds/platform-defaults.ts";
import { timestamp } from "../meta/time.ts";
import type { KubeObject } from "../object.ts";
import { ALLOCATOR, MANAGED_BY } from "../service-ranges.ts";
import type { APIService, ComponentStatus, IPAddress, Service } from "../types.gen.ts";
import { standing } from "./standing-object.ts";

/** Priority of the groups of kube-apiserver itself, which decides their order in discovery. */
const groupPriorities: Readonly<Record<string, number>> = {
  "": 18_000,
  apps: 17_800,
  "events.k8s.io": 17_750,
  "authentication.k8s.io": 17_700,
  "authorization.k8s.io": 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  "certificates.k8s.io": 17_300,
  "networking.k8s.io": 17_200,
  policy: 17_100,
  "rbac.authorization.k8s.io": 17_000,
  "storage.k8s.io": 16_800,
  "admissionregistration.k8s.io": 16_700,
  "apiextensions.k8s.io": 16_700,
  "scheduling.k8s.io": 16_600,
  "coordination.k8s.io": 16_500,
  "node.k8s.io": 16_300,
  "discovery.k8s.io": 16_200,
  "resource.k8s.io": 16_200,
  "flowcontrol.apiserver.k8s.io": 16_100,
};
/** Priorities within a group, where they are not the usual 15. */
const versionPriorities: Readonly<Record<string, number>> = {
  "/v1": 1,
  "autoscaling/v2": 30,
  "flowcontrol.apiserver.k8s.io/v1": 21,
};
/** Groups that definitions of custom resources bring. */
const CUSTOM = { group: 1000, version: 100 };

function available(reason: string, message: string) {
  return {
    conditions: [
      {
        type: "Available",
        status: "True",
        lastTransitionTime: timestamp(0),
        reason,
        message,
      },
    ],
  };
}

function apiService(group: string, version: string): APIService {
  const own = groupPriorities[group];
  const behind = group.endsWith("metrics.k8s.io");
  const service = group === "metrics.k8s.io" ? "metrics-server" : "metrics-adapter";
  return standing<APIService>({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name: `${version}.${group}`,
      ...(behind
        ? {}
        : {
            labels: {
              "kube-aggregator.kubernetes.io/automanaged": own === undefined ? "true" : "onstart",
            },
          }),
    },
    spec: {
      ...(group === "" ? {} : { group }),
      version,
      ...(behind
        ? {
            groupPriorityMinimum: 100,
            insecureSkipTLSVerify: true,
            service: { namespace: "kube-system", name: service, port: 443 },
          }
        : { groupPriorityMinimum: own ?? CUSTOM.group }),
      versionPriority:
        own === undefined ? CUSTOM.version : (versionPriorities[`${group}/${version}`] ?? 15),
    },
    status: behind
      ? available("Passed", "all checks passed")
      : available(LOCALLY_AVAILABLE.reason, LOCALLY_AVAILABLE.message),
  });
}

/** An APIService for each version of the groups that are served; the aggregator's own group has none. */
export function apiServices(resources: readonly ServedResource[]): readonly KubeObject[] {
  return groupsOf(resources)
    .filter(({ name }) => name !== "apiregistration.k8s.io")
    .flatMap(({ name, versions }) => versions.map(({ version }) => apiService(name, version)));
}

/** What `kubectl get componentstatuses` asks: a simulated control plane is always well. */
export const componentStatuses: readonly KubeObject[] = [
  "controller-manager",
  "etcd-0",
  "scheduler",
].map((name) => {
  const status: ComponentStatus = {
    apiVersion: "v1",
    kind: "ComponentStatus",
    metadata: { name } as ComponentStatus["metadata"],
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
  };
  return status;
});

/** The IPAddress that kube-apiserver keeps for each address of a Service. */
export function serviceAddresses(services: Iterable<KubeObject>): readonly KubeObject[] {
  const addresses: KubeObject[] = [];
  for (const service of services) {
    const { metadata, spec } = service as Service;
    const { name, namespace = "", creationTimestamp } = metadata;
    for (const ip of spec?.clusterIPs ?? []) {
      if (ip === "None") continue;
      const made = standing<IPAddress>({
        apiVersion: "networking.k8s.io/v1",
        kind: "IPAddress",
        metadata: {
          name: ip,
          labels: {
            "ipaddress.kubernetes.io/ip-family": "IPv4",
            [MANAGED_BY]: ALLOCATOR,
          },
        },
        spec: { parentRef: { group: "", resource: "services", namespace, name } },
      });
      addresses.push({ ...made, metadata: { ...made.metadata, creationTimestamp } });
    }
  }
  return addresses;
}
