/** How kube-apiserver's health checks are asked for. */
export const healthEndpoints = ["healthz", "livez", "readyz"] as const;
export type HealthEndpoint = (typeof healthEndpoints)[number];

/** What runs when kube-apiserver has started, in the order its checks are listed; each is a check of its own. */
const startHooks: readonly string[] = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "storage-object-count-tracker-hook",
  "start-apiextensions-informers",
  "start-apiextensions-controllers",
  "crd-informer-synced",
  "start-system-namespaces-controller",
  "peer-endpoint-reconciler-controller",
  "start-cluster-authentication-info-controller",
  "start-kube-apiserver-identity-lease-controller",
  "start-kube-apiserver-identity-lease-garbage-collector",
  "storage-readiness",
  "start-legacy-token-tracking-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "start-kube-aggregator-informers",
  "apiservice-status-local-available-controller",
  "apiservice-status-remote-available-controller",
  "apiservice-registration-controller",
  "apiservice-wait-for-first-sync",
  "apiservice-discovery-controller",
  "kube-apiserver-autoregistration",
];
const lastHooks: readonly string[] = [
  "apiservice-openapi-controller",
  "apiservice-openapiv3-controller",
];
const first: Readonly<Record<HealthEndpoint, readonly string[]>> = {
  healthz: ["ping", "log", "loopback-serving-certificate", "etcd"],
  livez: ["ping", "log", "loopback-serving-certificate", "etcd"],
  readyz: ["ping", "log", "informer-sync"],
};

/** The checks behind an endpoint, in upstream's order; one of them is there only where roles are enforced. */
export function healthChecks(endpoint: HealthEndpoint, rbac: boolean): readonly string[] {
  const hooks = startHooks.filter((name) => rbac || name !== "rbac/bootstrap-roles");
  const hook = (name: string): string => `poststarthook/${name}`;
  return [
    ...first[endpoint],
    ...hooks.map(hook),
    "autoregister-completion",
    ...lastHooks.map(hook),
    ...(endpoint === "readyz" ? ["shutdown"] : []),
  ];
}

/** How a health endpoint is asked. */
export interface HealthQuestion {
  readonly endpoint: HealthEndpoint;
  /** One check alone: what stands behind the endpoint's name. */
  readonly check: string;
  readonly verbose: boolean;
  /** Checks that are to be left out. */
  readonly exclude: readonly string[];
  /** Whether roles are enforced. */
  readonly rbac: boolean;
}

/** The text of a health endpoint: a simulated API server is always well. Undefined for a check there is not. */
export function healthText(question: HealthQuestion): string | undefined {
  const { endpoint, check, verbose, exclude, rbac } = question;
  const checks = healthChecks(endpoint, rbac);
  if (check !== "") return checks.includes(check) ? "ok" : undefined;
  const unknown = exclude.filter((name) => !checks.includes(name));
  if (!verbose) return "ok";
  const lines = checks.map((name) =>
    exclude.includes(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`,
  );
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map((name) => JSON.stringify(name)).join(", ")}`,
    );
  return `${[...lines, `${endpoint} check passed`].join("\n")}\n`;
}
