import { timestamp } from "../meta/time.ts";
import type { KubeObject } from "../object.ts";
import type {
  FlowSchema,
  FlowSchemaSpec,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
} from "../types.gen.ts";
import { standing } from "./standing-object.ts";

/* The priority levels and flow schemas that kube-apiserver keeps in every cluster. */

const API_VERSION = "flowcontrol.apiserver.k8s.io/v1";
const metadata = { annotations: { "apf.kubernetes.io/autoupdate-spec": "true" }, generation: 1 };

/** name, shares, share that may be lent (percent), queues (0: refuses instead), hand size. */
const levels: readonly (readonly [string, number, number, number, number])[] = [
  ["catch-all", 5, 0, 0, 0],
  ["global-default", 20, 50, 128, 6],
  ["leader-election", 10, 0, 16, 4],
  ["node-high", 40, 25, 64, 6],
  ["system", 30, 33, 64, 6],
  ["workload-high", 40, 50, 128, 6],
  ["workload-low", 100, 90, 128, 6],
];

function level(name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration {
  return standing<PriorityLevelConfiguration>({
    apiVersion: API_VERSION,
    kind: "PriorityLevelConfiguration",
    metadata: { ...metadata, name },
    spec,
    status: {},
  });
}

const priorityLevels = [
  level("exempt", { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  ...levels.map(([name, nominalConcurrencyShares, lendablePercent, queues, handSize]) =>
    level(name, {
      type: "Limited",
      limited: {
        nominalConcurrencyShares,
        lendablePercent,
        limitResponse:
          queues === 0
            ? { type: "Reject" }
            : { type: "Queue", queuing: { queues, handSize, queueLengthLimit: 50 } },
      },
    }),
  ),
];

type FlowRule = NonNullable<FlowSchemaSpec["rules"]>[number];
type FlowSubject = NonNullable<FlowRule["subjects"]>[number];

const group = (name: string): FlowSubject => ({ kind: "Group", group: { name } });
const user = (name: string): FlowSubject => ({ kind: "User", user: { name } });
const account = (name: string): FlowSubject => ({
  kind: "ServiceAccount",
  serviceAccount: { name, namespace: "kube-system" },
});
const anyPath = [{ nonResourceURLs: ["*"], verbs: ["*"] }];

interface Requests {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly clusterScope?: boolean;
}

function resources({ verbs, apiGroups, resources: names, clusterScope = false }: Requests) {
  return {
    verbs: verbs ?? ["*"],
    apiGroups: apiGroups ?? ["*"],
    resources: names ?? ["*"],
    ...(clusterScope ? { clusterScope } : {}),
    namespaces: ["*"],
  };
}

/** A rule about everything that some subjects ask for. */
function everything(...subjects: readonly FlowSubject[]): FlowRule {
  return {
    subjects,
    resourceRules: [resources({ clusterScope: true })],
    nonResourceRules: anyPath,
  };
}

const leases = resources({
  verbs: ["get", "create", "update"],
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
});
const everybody = [group("system:unauthenticated"), group("system:authenticated")];
const managers = [user("system:kube-controller-manager"), user("system:kube-scheduler")];

function schema(
  name: string,
  matchingPrecedence: number,
  priorityLevel: string,
  distinguisher: "ByUser" | "ByNamespace" | undefined,
  ...rules: readonly FlowRule[]
): FlowSchema {
  const found = "This FlowSchema references the PriorityLevelConfiguration object named";
  return standing<FlowSchema>({
    apiVersion: API_VERSION,
    kind: "FlowSchema",
    metadata: { ...metadata, name },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel },
      matchingPrecedence,
      ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules,
    },
    status: {
      conditions: [
        {
          type: "Dangling",
          status: "False",
          lastTransitionTime: timestamp(0),
          reason: "Found",
          message: `${found} ${JSON.stringify(priorityLevel)} and it exists`,
        },
      ],
    },
  });
}

const flowSchemas = [
  schema("exempt", 1, "exempt", undefined, everything(group("system:masters"))),
  schema("probes", 2, "exempt", undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }],
  }),
  schema("system-leader-election", 100, "leader-election", "ByUser", {
    subjects: managers,
    resourceRules: [leases],
  }),
  schema("endpoint-controller", 150, "workload-high", "ByUser", {
    subjects: [
      user("system:kube-controller-manager"),
      account("endpoint-controller"),
      account("endpointslicemirroring-controller"),
    ],
    resourceRules: [
      resources({ verbs: ["get", "create", "update"], apiGroups: [""], resources: ["endpoints"] }),
    ],
  }),
  schema("workload-leader-election", 200, "leader-election", "ByUser", {
    subjects: [account("*")],
    resourceRules: [leases],
  }),
  schema("system-node-high", 400, "node-high", "ByUser", {
    subjects: [group("system:nodes")],
    resourceRules: [
      resources({ apiGroups: [""], resources: ["nodes", "nodes/status"], clusterScope: true }),
      resources({ apiGroups: ["coordination.k8s.io"], resources: ["leases"] }),
    ],
  }),
  schema("system-nodes", 500, "system", "ByUser", everything(group("system:nodes"))),
  schema(
    "kube-controller-manager",
    800,
    "workload-high",
    "ByNamespace",
    everything(user("system:kube-controller-manager")),
  ),
  schema(
    "kube-scheduler",
    800,
    "workload-high",
    "ByNamespace",
    everything(user("system:kube-scheduler")),
  ),
  schema(
    "kube-system-service-accounts",
    900,
    "workload-high",
    "ByNamespace",
    everything(account("*")),
  ),
  schema(
    "service-accounts",
    9000,
    "workload-low",
    "ByUser",
    everything(group("system:serviceaccounts")),
  ),
  schema("global-default", 9900, "global-default", "ByUser", everything(...everybody)),
  schema("catch-all", 10_000, "catch-all", "ByUser", everything(...everybody)),
];

/** What every cluster has of priority and fairness. */
export const standingFlowControl: readonly KubeObject[] = [...priorityLevels, ...flowSchemas];
