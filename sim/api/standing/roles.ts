import { matchesSelector } from "../meta/selector.ts";
import type { KubeObject } from "../object.ts";
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from "../types.gen.ts";
import { standing } from "./standing-object.ts";

/*
 * The roles that kube-apiserver gives every cluster for its users. A rule is a row `group: resources: verbs`; the verbs
 * have short names. Those of the control plane's own components and controllers are left out: they are not subject to
 * roles here.
 */

const verbSets: Readonly<Record<string, readonly string[]>> = {
  read: ["get", "list", "watch"],
  write: ["create", "delete", "deletecollection", "patch", "update"],
  all: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
};

const RBAC = "rbac.authorization.k8s.io";
const CERTIFICATES = "certificates.k8s.io";

function rule(row: string): PolicyRule {
  const [group = "", resources = "", verbs = ""] = row.split(": ");
  return {
    apiGroups: [group === "core" ? "" : group],
    resources: resources.split(" "),
    verbs: verbSets[verbs] ?? verbs.split(" "),
  };
}

const metadata = {
  annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
  labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
};

function role(name: string, rules: readonly PolicyRule[], partOf?: string): ClusterRole {
  const labels =
    partOf === undefined
      ? metadata.labels
      : { ...metadata.labels, [`${RBAC}/aggregate-to-${partOf}`]: "true" };
  return standing<ClusterRole>({
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { ...metadata, labels, name },
    rules,
  });
}

/** A role made of others, as the aggregation controller leaves it. */
function aggregated(name: string, parts: readonly ClusterRole[], partOf?: string): ClusterRole {
  return {
    ...role(name, [...new Set(parts.flatMap(({ rules }) => rules ?? []))], partOf),
    aggregationRule: {
      clusterRoleSelectors: [{ matchLabels: { [`${RBAC}/aggregate-to-${name}`]: "true" } }],
    },
  };
}

const viewed = role(
  "system:aggregate-to-view",
  [
    "core: configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status: read",
    "core: bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status: read",
    "core: namespaces: read",
    "discovery.k8s.io: endpointslices: read",
    "apps: controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status: read",
    "autoscaling: horizontalpodautoscalers horizontalpodautoscalers/status: read",
    "batch: cronjobs cronjobs/status jobs jobs/status: read",
    "extensions: daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale: read",
    "policy: poddisruptionbudgets poddisruptionbudgets/status: read",
    "networking.k8s.io: ingresses ingresses/status networkpolicies: read",
  ].map(rule),
  "view",
);

const edited = role(
  "system:aggregate-to-edit",
  [
    "core: pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy: read",
    "core: serviceaccounts: impersonate",
    "core: pods pods/attach pods/exec pods/portforward pods/proxy: write",
    "core: pods/eviction: create",
    "core: configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy: write",
    "core: serviceaccounts/token: create",
    "apps: daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale: write",
    "autoscaling: horizontalpodautoscalers: write",
    "batch: cronjobs jobs: write",
    "extensions: daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale: write",
    "policy: poddisruptionbudgets: write",
    "networking.k8s.io: ingresses networkpolicies: write",
    "coordination.k8s.io: leases: all",
  ].map(rule),
  "edit",
);

const administered = role(
  "system:aggregate-to-admin",
  [
    "authorization.k8s.io: localsubjectaccessreviews: create",
    "rbac.authorization.k8s.io: rolebindings roles: all",
  ].map(rule),
  "admin",
);

const view = aggregated("view", [viewed], "edit");
const edit = aggregated("edit", [edited, view], "admin");

function paths(...nonResourceURLs: readonly string[]): PolicyRule {
  return { nonResourceURLs, verbs: ["get"] };
}

const health = ["/healthz", "/livez", "/readyz"];
const versions = ["/version", "/version/"];
const documents = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"];

const roles: readonly ClusterRole[] = [
  aggregated("admin", [administered, edit]),
  role("cluster-admin", [rule("*: *: *"), { nonResourceURLs: ["*"], verbs: ["*"] }]),
  edit,
  administered,
  edited,
  viewed,
  role("system:auth-delegator", [
    rule("authentication.k8s.io: tokenreviews: create"),
    rule("authorization.k8s.io: subjectaccessreviews: create"),
  ]),
  role("system:basic-user", [
    rule("authorization.k8s.io: selfsubjectaccessreviews selfsubjectrulesreviews: create"),
    rule("authentication.k8s.io: selfsubjectreviews: create"),
  ]),
  ...["nodeclient", "selfnodeclient"].map((part) =>
    role(`system:${CERTIFICATES}:certificatesigningrequests:${part}`, [
      rule(`${CERTIFICATES}: certificatesigningrequests/${part}: create`),
    ]),
  ),
  ...[
    "kube-apiserver-client",
    "kube-apiserver-client-kubelet",
    "kubelet-serving",
    "legacy-unknown",
  ].map((signer) =>
    role(`system:${CERTIFICATES}:${signer}-approver`, [
      {
        ...rule(`${CERTIFICATES}: signers: approve`),
        resourceNames: [`kubernetes.io/${signer}`],
      },
    ]),
  ),
  role("system:discovery", [paths(...[...documents, ...health, ...versions].sort())]),
  role("system:monitoring", [
    paths(
      "/healthz",
      "/healthz/*",
      "/livez",
      "/livez/*",
      "/metrics",
      "/metrics/slis",
      "/readyz",
      "/readyz/*",
    ),
  ]),
  role("system:node-bootstrapper", [
    rule(`${CERTIFICATES}: certificatesigningrequests: create get list watch`),
  ]),
  role("system:public-info-viewer", [paths(...health, ...versions)]),
  view,
];

/** Who is bound to which of the roles: groups. */
const bindings: readonly (readonly [role: string, ...groups: string[]])[] = [
  ["cluster-admin", "system:masters"],
  ["system:basic-user", "system:authenticated"],
  ["system:discovery", "system:authenticated"],
  ["system:monitoring", "system:monitoring"],
  ["system:public-info-viewer", "system:authenticated", "system:unauthenticated"],
];

function binding([name, ...groups]: (typeof bindings)[number]): ClusterRoleBinding {
  return standing<ClusterRoleBinding>({
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { ...metadata, name },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name },
    subjects: groups.map((group) => ({ apiGroup: RBAC, kind: "Group", name: group })),
  });
}

const standingBindings: readonly KubeObject[] = bindings.map(binding);

/**
 * The ClusterRoles of every cluster that enforces roles, or who is bound to them; nothing of other kinds. Roles made of
 * others have the rules of the `stored` ones that users add to them by their labels.
 */
export function standingRoles(kind: string, stored: Iterable<KubeObject>): readonly KubeObject[] {
  if (kind === "ClusterRoleBinding") return standingBindings;
  if (kind !== "ClusterRole") return [];
  const own = [...stored] as ClusterRole[];
  return own.length === 0 ? roles : roles.map((one) => extended(one, own));
}

function extended(whole: ClusterRole, stored: readonly ClusterRole[]): ClusterRole {
  const selectors = whole.aggregationRule?.clusterRoleSelectors ?? [];
  const added = stored
    .filter(({ metadata }) => selectors.some((one) => matchesSelector(one)(metadata.labels)))
    .flatMap(({ rules }) => rules ?? []);
  return added.length === 0 ? whole : { ...whole, rules: [...(whole.rules ?? []), ...added] };
}
