import type { JournalEntry } from "../../sim/engine/journal.ts";
import { MINUTE } from "../../sim/engine/time.ts";

export type Loose = Record<string, any>;

let seq = 1_000_000;
export function change(
  collection: string,
  before: Loose | undefined,
  after: Loose | undefined,
  time = 0,
): JournalEntry {
  const { metadata } = (after ?? before) as Loose;
  seq++;
  const key =
    metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return {
    kind: "change",
    collection,
    key,
    revision: seq,
    before,
    after,
    seq,
    time,
    actor: "test",
    cause: 0,
  } as JournalEntry;
}

export function later(time: number): JournalEntry {
  return { kind: "event", event: { type: "later" }, seq: ++seq, time, actor: "test", cause: 0 };
}

export function object(kind: string, name: string, parts: Loose = {}): Loose {
  return {
    kind,
    ...parts,
    metadata: { name, namespace: "default", uid: name, generation: 1, ...parts["metadata"] },
  };
}

export function owned(
  kind: string,
  name: string,
  owner: string,
  ownerName: string,
  parts: Loose = {},
) {
  const ownerReferences = [{ kind: owner, name: ownerName, uid: ownerName, controller: true }];
  return object(kind, name, { ...parts, metadata: { ...parts["metadata"], ownerReferences } });
}

const ported = (name: string, nodeName?: string): Loose =>
  object("Pod", name, { spec: { nodeName, containers: [{ ports: [{ hostPort: 80 }] }] } });
const withPort = (hostIP: string | undefined): Loose => ({
  spec: {
    nodeName: "n",
    containers: [],
    initContainers: [{ restartPolicy: "Always", ports: [{ hostPort: 80, hostIP }] }],
  },
});
export const quota = (used: string): Loose =>
  object("ResourceQuota", "q", { status: { hard: { pods: "2" }, used: { pods: used } } });
const job = (name: string, spec: Loose, status: Loose): Loose =>
  object("Job", name, { spec, status });
const scheduled = (name: string, time: string): Loose =>
  owned("Job", name, "CronJob", "cron", {
    metadata: { annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": time } },
  });
const cron = (policy: string): Loose =>
  object("CronJob", "cron", { spec: { concurrencyPolicy: policy } });
const budget = (allowed: number, ...disrupted: readonly string[]): Loose =>
  object("PodDisruptionBudget", "b", {
    status: {
      disruptionsAllowed: allowed,
      disruptedPods: Object.fromEntries(disrupted.map((name) => [name, "2026-01-01T00:00:00Z"])),
    },
  });
const stateful = object("StatefulSet", "s", {
  spec: { updateStrategy: { rollingUpdate: { partition: 1 } } },
  status: { observedGeneration: 1, currentRevision: "old", updateRevision: "new" },
});

export const rolling = object("Deployment", "web", {
  spec: { replicas: 4, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } },
});
export const sized = (replicas: number): Loose =>
  owned("ReplicaSet", "old", "Deployment", "web", {
    spec: { replicas },
    status: { availableReplicas: 4 },
  });
const probed = (ready: boolean, more: Loose = {}): Loose =>
  object("Pod", "p", {
    spec: { containers: [{ name: "c", readinessProbe: { failureThreshold: 3 }, ...more }] },
    status: {
      containerStatuses: [
        { name: "c", ready, started: true, restartCount: 0, state: { running: {} } },
      ],
    },
  });
export const sizedAndSeen = { spec: { replicas: 2 }, status: { observedGeneration: 1 } };
export const readyPod = { status: { conditions: [{ type: "Ready", status: "True" }] } };
const daemonSeen = {
  spec: { selector: {}, template: { spec: { containers: [] } } },
  status: { observedGeneration: 1 },
};
const evicting: Loose = {
  kind: "Node",
  metadata: { name: "n", uid: "n" },
  spec: { taints: [{ key: "k", effect: "NoExecute" }] },
};
const roomy = object("Node", "n", {
  spec: {},
  status: { allocatable: { cpu: "4", memory: "8Gi", pods: "10" } },
});

const asking = (name: string, nodeName?: string): Loose =>
  object("Pod", name, {
    spec: { nodeName, containers: [{ name: "c", resources: { requests: { cpu: "8" } } }] },
    status: { phase: "Running" },
  });

/** The entries of a fault from 1 s to 60 s. */
export function lasting(type: string): readonly JournalEntry[] {
  return (["begin", "end"] as const).map((phase) => ({
    kind: "fault",
    phase,
    fault: { type },
    seq: ++seq,
    time: phase === "begin" ? MINUTE / 60 : MINUTE,
    actor: "faults",
    cause: 0,
  }));
}
export const staleWatch = lasting("stale-watch");

/** For laws about workloads, quotas and nodes: journals in which each is broken, by what a broken part would write. */
export const workloadMutants: Readonly<Record<string, readonly JournalEntry[]>> = {
  "available-bound": [
    change("Deployment", undefined, rolling),
    change("ReplicaSet", undefined, sized(4)),
    { ...change("ReplicaSet", sized(4), sized(2)), actor: "deployment-controller" },
  ],
  "desired-is-reached": [
    change("ReplicaSet", undefined, object("ReplicaSet", "rs", sizedAndSeen)),
    change("Pod", undefined, owned("Pod", "p", "ReplicaSet", "rs")),
    later(10 * MINUTE),
  ],
  "probe-thresholds": [
    change("Pod", undefined, probed(false)),
    change("Pod", probed(false), probed(true), 60e6),
    change("Pod", probed(true), probed(false), 65e6),
  ],
  "pods-are-bound": [
    change("Node", undefined, roomy),
    change("Pod", undefined, object("Pod", "p", { spec: { containers: [{ name: "c" }] } })),
    later(10 * MINUTE),
  ],
  "leader-after-expiry": [
    {
      kind: "fault",
      phase: "begin",
      fault: { type: "controller-crash" },
      seq: ++seq,
      time: 0,
      actor: "test",
      cause: 0,
    } as JournalEntry,
    later(10 * MINUTE),
  ],
  "no-bind-while-gated": [
    change(
      "Pod",
      object("Pod", "p", { spec: { schedulingGates: [{ name: "g" }] } }),
      object("Pod", "p", { spec: { nodeName: "n" } }),
    ),
  ],
  "unique-host-ports": ["a", "b"].flatMap((name) => [
    change("Pod", undefined, ported(name)),
    change("Pod", ported(name), ported(name, "n")),
  ]),
  "quota-held": [change("ResourceQuota", quota("2"), quota("3"))],
  "preemption-by-priority": [
    change("Pod", undefined, object("Pod", "victim", { spec: { priority: 5 } })),
    change("Pod", undefined, object("Pod", "bully", { spec: { priority: 5 } })),
    {
      kind: "record",
      subject: "Pod/default/victim",
      record: { type: "Normal", reason: "Preempted", message: "Preempted by pod bully on node n" },
      seq: ++seq,
      time: 0,
      actor: "scheduler",
      cause: 0,
    },
  ],
  "ordered-ready": [
    change("StatefulSet", undefined, object("StatefulSet", "s", { spec: {} })),
    change("Pod", undefined, owned("Pod", "s-0", "StatefulSet", "s")),
    change("Pod", undefined, owned("Pod", "s-1", "StatefulSet", "s")),
  ],
  "partition-held": [
    change("StatefulSet", undefined, stateful),
    change(
      "Pod",
      undefined,
      owned("Pod", "s-0", "StatefulSet", "s", {
        metadata: { labels: { "controller-revision-hash": "new" } },
      }),
    ),
  ],
  "job-counts": [
    change("Job", undefined, job("j", { completions: 3 }, { succeeded: 2 })),
    change(
      "Job",
      job("j", { completions: 3 }, { succeeded: 2 }),
      job("j", { completions: 3 }, { succeeded: 1 }),
    ),
  ],
  "index-succeeds-once": [
    change(
      "Job",
      undefined,
      job("j", { completionMode: "Indexed" }, { succeeded: 4, completedIndexes: "0,2-3" }),
    ),
  ],
  "one-job-per-time": [
    change("CronJob", undefined, cron("Allow")),
    change("Job", undefined, scheduled("a", "2026-01-01T00:01:00Z")),
    change("Job", undefined, scheduled("b", "2026-01-01T00:01:00Z")),
  ],
  "one-daemon-per-node": [
    change("Pod", undefined, owned("Pod", "a", "DaemonSet", "d", { spec: { nodeName: "n" } })),
    change("Pod", undefined, owned("Pod", "b", "DaemonSet", "d", { spec: { nodeName: "n" } })),
  ],
  "eviction-within-budget": [change("PodDisruptionBudget", budget(0), budget(-1, "p"))],
  "dead-nodes-are-left": [
    change("Node", undefined, {
      kind: "Node",
      metadata: { name: "n", uid: "n" },
      spec: { taints: [{ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }] },
    }),
    change(
      "Pod",
      undefined,
      object("Pod", "p", {
        spec: {
          nodeName: "n",
          tolerations: [{ key: "node.kubernetes.io/unreachable", tolerationSeconds: 300 }],
        },
      }),
    ),
    later(10 * MINUTE),
  ],
  "orphans-are-collected": [
    change("ReplicaSet", undefined, object("ReplicaSet", "r")),
    change("Pod", undefined, owned("Pod", "p", "ReplicaSet", "r")),
    change("ReplicaSet", object("ReplicaSet", "r"), undefined),
    later(10 * MINUTE),
  ],
};

/** Further ways to break a law: each must be found, too. */
export const furtherMutants: readonly (readonly [
  law: string,
  how: string,
  journal: readonly JournalEntry[],
])[] = [
  [
    "unique-host-ports",
    "a sidecar's port on every address",
    [
      change("Pod", undefined, object("Pod", "a", withPort("10.0.0.1"))),
      change("Pod", object("Pod", "b"), object("Pod", "b", withPort(undefined))),
    ],
  ],
  [
    "desired-is-reached",
    "a generation that nobody observes",
    [change("DaemonSet", undefined, object("DaemonSet", "d")), later(10 * MINUTE)],
  ],
  [
    "desired-is-reached",
    "a pod that is replaced after a quarter of an hour",
    [
      change("ReplicaSet", undefined, object("ReplicaSet", "rs", sizedAndSeen)),
      change("Pod", undefined, owned("Pod", "p", "ReplicaSet", "rs")),
      change("Pod", undefined, owned("Pod", "q", "ReplicaSet", "rs"), 15 * MINUTE),
    ],
  ],
  [
    "desired-is-reached",
    "a StatefulSet with a pod too few, all of them ready",
    [
      change("StatefulSet", undefined, object("StatefulSet", "db", sizedAndSeen)),
      change("Pod", undefined, owned("Pod", "db-0", "StatefulSet", "db", readyPod)),
      later(10 * MINUTE),
    ],
  ],
  [
    "desired-is-reached",
    "a DaemonSet's pod on a node that evicts it",
    [
      change("DaemonSet", undefined, object("DaemonSet", "agent", daemonSeen)),
      change("Node", undefined, evicting),
      change(
        "Pod",
        undefined,
        owned("Pod", "p", "DaemonSet", "agent", { spec: { nodeName: "n" } }),
      ),
      later(10 * MINUTE),
    ],
  ],
  [
    "desired-is-reached",
    "a Deployment whose only ReplicaSet is not scaled",
    [
      change("Deployment", undefined, object("Deployment", "web", sizedAndSeen)),
      change(
        "ReplicaSet",
        undefined,
        owned("ReplicaSet", "rs", "Deployment", "web", {
          spec: { replicas: 0 },
          status: { observedGeneration: 1 },
        }),
      ),
      later(10 * MINUTE),
    ],
  ],
  [
    "one-job-per-time",
    "a second Job although the policy forbids it",
    [
      change("CronJob", undefined, cron("Forbid")),
      change("Job", undefined, scheduled("a", "2026-01-01T00:01:00Z")),
      change("Job", undefined, scheduled("b", "2026-01-01T00:02:00Z")),
    ],
  ],
  [
    "job-counts",
    "more successes than completions",
    [
      change(
        "Job",
        job("j", { completions: 1 }, { succeeded: 1 }),
        job("j", { completions: 1 }, { succeeded: 2 }),
      ),
    ],
  ],
  [
    "job-counts",
    "a Job that was Complete becomes Failed",
    [
      change(
        "Job",
        job("j", {}, { conditions: [{ type: "Complete", status: "True" }] }),
        job("j", {}, { conditions: [{ type: "Failed", status: "True" }] }),
      ),
    ],
  ],
  [
    "eviction-within-budget",
    "an eviction that takes nothing off",
    [change("PodDisruptionBudget", budget(1), budget(1, "p"))],
  ],
  [
    "no-overcommit",
    "a node that is too small beside one that a pod named itself",
    [
      change("Node", undefined, { ...roomy, metadata: { name: "n", uid: "n" } }),
      change("Pod", undefined, asking("pinned", "elsewhere")),
      change("Pod", undefined, asking("p")),
      change("Pod", asking("p"), asking("p", "n")),
    ],
  ],
  [
    "available-bound",
    "a roll-out after a stale watch is over",
    [
      ...staleWatch,
      change("Deployment", undefined, rolling, 5 * MINUTE),
      change("ReplicaSet", undefined, sized(4), 5 * MINUTE),
      {
        ...change("ReplicaSet", sized(4), sized(2), 6 * MINUTE),
        actor: "deployment-controller",
      },
    ],
  ],
  [
    "one-job-per-time",
    "a second Job after a stale watch is over",
    [
      ...staleWatch,
      change("CronJob", undefined, cron("Forbid")),
      change("Job", undefined, scheduled("a", "2026-01-01T00:05:00Z"), 5 * MINUTE),
      change("Job", undefined, scheduled("b", "2026-01-01T00:06:00Z"), 6 * MINUTE),
    ],
  ],
];
