import type { RecordedRequest, Scenario, SetupNode } from "./recording.ts";

/** Scenarios of our own in the recording's form: requests at times, on the recording's nodes. */
export interface Script {
  readonly name: string;
  /** Seconds to play. */
  readonly until: number;
  readonly steps: readonly (readonly [at: number, ...requests: (RecordedRequest | string)[]])[];
  readonly before?: readonly RecordedRequest[];
  readonly nodes?: readonly SetupNode[];
}

/** The script as a recording without rows. */
export function scenarioOf({ name, until, steps, before = [], nodes = [] }: Script): Scenario {
  return {
    name,
    rows: [{ t: until, type: "ADDED", kind: "Nothing", k: {} }],
    actions: steps.map(([t, ...items]) => ({
      t,
      text: items.find((item): item is string => typeof item === "string") ?? "",
      requests: items.filter((item): item is RecordedRequest => typeof item !== "string"),
      codes: [],
    })),
    before,
    common: Array.from({ length: 6 }, (_, at) => machine(`node-${at}`)),
    nodes,
  };
}

function machine(name: string, over: Partial<SetupNode> = {}): SetupNode {
  return { name, labels: {}, taints: [], cpu: "8", memory: "16Gi", pods: "110", ...over };
}

/** Nodes that only pods of their pool come to (`inPool`). */
export function pool(of: string, names: readonly string[], cpu = "8"): readonly SetupNode[] {
  const taints = [{ key: "pool", value: of, effect: "NoSchedule" }];
  return names.map((name) => machine(name, { labels: { pool: of }, taints, cpu }));
}

export const inPool = (of: string) => ({
  nodeSelector: { pool: of },
  tolerations: [{ key: "pool", operator: "Exists" }],
});

const GROUPS: Readonly<Record<string, string>> = {
  deployments: "/apis/apps/v1",
  replicasets: "/apis/apps/v1",
  statefulsets: "/apis/apps/v1",
  daemonsets: "/apis/apps/v1",
  jobs: "/apis/batch/v1",
  cronjobs: "/apis/batch/v1",
  poddisruptionbudgets: "/apis/policy/v1",
};

const KINDS: Readonly<Record<string, string>> = {
  deployments: "Deployment",
  replicasets: "ReplicaSet",
  statefulsets: "StatefulSet",
  daemonsets: "DaemonSet",
  jobs: "Job",
  cronjobs: "CronJob",
  poddisruptionbudgets: "PodDisruptionBudget",
  configmaps: "ConfigMap",
  pods: "Pod",
};

/** Requests in the namespace of a scenario. */
export function requestsIn(scenario: string) {
  const group = (plural: string) => GROUPS[plural] ?? "/api/v1";
  const path = (plural: string, ...rest: string[]) =>
    [`${group(plural)}/namespaces/t-${scenario}/${plural}`, ...rest].join("/");
  return {
    create: (plural: string, name: string, body: object): RecordedRequest => {
      const { metadata = {}, ...rest } = body as { metadata?: object };
      const apiVersion = group(plural).replace(/^\/apis?\//, "");
      const kind = KINDS[plural];
      return {
        verb: "POST",
        path: path(plural),
        body: { apiVersion, kind, metadata: { name, ...metadata }, ...rest },
      };
    },
    patch: (plural: string, name: string, body: object): RecordedRequest => ({
      verb: "PATCH",
      ct: "application/merge-patch+json",
      path: path(plural, name),
      body,
    }),
    remove: (plural: string, name: string, propagationPolicy?: string): RecordedRequest => ({
      verb: "DELETE",
      path: path(plural, name),
      ...(propagationPolicy === undefined
        ? {}
        : { body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy } }),
    }),
    evict: (pod: string): RecordedRequest => ({
      verb: "POST",
      path: path("pods", pod, "eviction"),
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: pod } },
    }),
  };
}

const container = (image: string, cpu?: string) => ({
  name: "main",
  image,
  ...(cpu === undefined ? {} : { resources: { requests: { cpu } } }),
});

/** A pod template of an application. */
export function template(
  app: string,
  { image = "web:1", cpu, stand = {}, ...spec }: TemplateOptions = {},
) {
  return {
    metadata: { labels: { app }, annotations: stand },
    spec: { terminationGracePeriodSeconds: 5, containers: [container(image, cpu)], ...spec },
  };
}

interface TemplateOptions {
  readonly image?: string;
  readonly cpu?: string;
  /** Annotations that the recording's node stand-in heeds. */
  readonly stand?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Spec of a Deployment, ReplicaSet, StatefulSet or DaemonSet of an application. */
export const workload = (app: string, spec: object = {}, options: TemplateOptions = {}) => ({
  spec: { selector: { matchLabels: { app } }, template: template(app, options), ...spec },
});

export const image = (name: string) => ({
  spec: { template: { spec: { containers: [container(name)] } } },
});

/** Spec of a Job whose pods the stand-in runs. */
export const job = (spec: object, stand: Readonly<Record<string, string>>) => ({
  spec: {
    template: {
      metadata: { annotations: stand },
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 3,
        containers: [container("work:1")],
      },
    },
    ...spec,
  },
});
