import { image, inPool, job, pool, requestsIn, type Script, workload } from "./scripts.ts";

const priority = (name: string, value: number) => ({
  verb: "POST",
  path: "/apis/scheduling.k8s.io/v1/priorityclasses",
  body: {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
  },
});

function paused(): Script {
  const { create, patch } = requestsIn("paused");
  return {
    name: "paused",
    until: 30,
    steps: [
      [0, create("deployments", "web", workload("web", { replicas: 1 }))],
      [6, patch("deployments", "web", { spec: { paused: true } })],
      [8, patch("deployments", "web", image("web:2"))],
      [10, patch("deployments", "web", { spec: { replicas: 2 } })],
      [15, patch("deployments", "web", { spec: { paused: false } })],
    ],
  };
}

function pausedRecreate(): Script {
  const { create, patch } = requestsIn("paused-recreate");
  const spec = { replicas: 2, strategy: { type: "Recreate" } };
  return {
    name: "paused-recreate",
    until: 20,
    steps: [
      [0, create("deployments", "web", workload("web", spec))],
      [5, patch("deployments", "web", { spec: { paused: true, ...image("web:2").spec } })],
      [8, patch("deployments", "web", { spec: { paused: false } })],
    ],
  };
}

function orphanedAndFound(): Script {
  const { create, remove } = requestsIn("orphaned");
  return {
    name: "orphaned",
    until: 20,
    steps: [
      [0, create("deployments", "web", workload("web", { replicas: 2 }))],
      [6, remove("deployments", "web", "Orphan")],
      [10, create("deployments", "web", workload("web", { replicas: 3 }))],
    ],
  };
}

function collision(): Script {
  const { create, patch } = requestsIn("collision");
  return {
    name: "collision",
    until: 12,
    steps: [
      [0, create("deployments", "web", workload("web", { replicas: 2 }))],
      [5, patch("replicasets", "web-rs1", { metadata: { labels: { app: "gone" } } })],
    ],
  };
}

function adopted(): Script {
  const { create, patch } = requestsIn("adopted");
  const stray = { metadata: { labels: { app: "web" } }, spec: workload("web").spec.template.spec };
  return {
    name: "adopted",
    until: 20,
    steps: [
      [0, create("replicasets", "web", workload("web", { replicas: 2 }))],
      [5, create("pods", "stray", stray)],
      [8, patch("pods", "web-p1", { metadata: { labels: { app: "other" } } })],
      [12, patch("pods", "web-p1", { metadata: { labels: { app: "web" } } })],
    ],
  };
}

function preempted(): Script {
  const { create } = requestsIn("preempted");
  const low = workload("low", { replicas: 6 }, { cpu: "300m", ...inPool("pr") });
  const high = { cpu: "900m", priorityClassName: "t-high", ...inPool("pr") };
  return {
    name: "preempted",
    until: 20,
    before: [priority("t-high", 1000)],
    nodes: pool("pr", ["pr-0"], "2"),
    steps: [
      [0, create("deployments", "low", low)],
      [6, create("deployments", "high", workload("high", { replicas: 1 }, high))],
    ],
  };
}

function namespaceDeleted(): Script {
  const { create, patch } = requestsIn("ns-deleted");
  return {
    name: "ns-deleted",
    until: 30,
    steps: [
      [
        0,
        create("deployments", "web", workload("web", { replicas: 2 })),
        create("configmaps", "held", { metadata: { finalizers: ["ex.io/hold"] } }),
      ],
      [5, { verb: "DELETE", path: "/api/v1/namespaces/t-ns-deleted" }],
      [20, patch("configmaps", "held", { metadata: { finalizers: null } })],
    ],
  };
}

function nodeDeleted(): Script {
  const { create } = requestsIn("node-deleted");
  const sts = { serviceName: "db", replicas: 2 };
  return {
    name: "node-deleted",
    until: 80,
    nodes: pool("nd", ["nd-0", "nd-1"]),
    steps: [
      [0, create("statefulsets", "db", workload("db", sts, inPool("nd")))],
      [8, "delete node nd-0 (kubelet gone too)", { verb: "DELETE", path: "/api/v1/nodes/nd-0" }],
    ],
  };
}

function suspended(): Script {
  const { create, patch } = requestsIn("suspended");
  const spec = { parallelism: 2, completions: 4, suspend: true };
  return {
    name: "suspended",
    until: 40,
    steps: [
      [0, create("jobs", "work", job(spec, { "fake/run-seconds": "6" }))],
      [3, patch("jobs", "work", { spec: { suspend: false } })],
      [6, patch("jobs", "work", { spec: { suspend: true } })],
      [12, patch("jobs", "work", { spec: { suspend: false } })],
    ],
  };
}

function failurePolicy(): Script {
  const { create, evict } = requestsIn("failure-policy");
  const ignore = { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] };
  const fail = { action: "FailJob", onExitCodes: { operator: "In", values: [42] } };
  const fails = { parallelism: 2, completions: 2, podFailurePolicy: { rules: [fail, ignore] } };
  const ignores = { backoffLimit: 0, podFailurePolicy: { rules: [ignore] } };
  return {
    name: "failure-policy",
    until: 60,
    steps: [
      [
        0,
        create("jobs", "fails", job(fails, { "fake/run-seconds": "3", "fake/exit-code": "42" })),
        create("jobs", "ignores", job(ignores, { "fake/run-seconds": "8" })),
      ],
      [4, evict("ignores-p1")],
    ],
  };
}

function indexesFail(): Script {
  const { create } = requestsIn("indexes-fail");
  const each = {
    completionMode: "Indexed",
    backoffLimitPerIndex: 1,
    parallelism: 3,
    completions: 3,
  };
  const most = { ...each, backoffLimitPerIndex: 0, maxFailedIndexes: 1 };
  const stand = (codes: string) => ({ "fake/run-seconds": "2", "fake/exit-by-index": codes });
  return {
    name: "indexes-fail",
    until: 30,
    steps: [
      [0, create("jobs", "one", job(each, stand("0,1,0")))],
      [1, create("jobs", "most", job(most, stand("1,1,0")))],
    ],
  };
}

function elastic(): Script {
  const { create, patch } = requestsIn("elastic");
  const size = (count: number) => ({ parallelism: count, completions: count });
  const indexed = { ...size(2), completionMode: "Indexed" };
  return {
    name: "elastic",
    until: 20,
    steps: [
      [0, create("jobs", "work", job(indexed, { "fake/run-seconds": "10" }))],
      [4, patch("jobs", "work", { spec: size(4) })],
      [8, patch("jobs", "work", { spec: size(1) })],
    ],
  };
}

function replaced(): Script {
  const { create } = requestsIn("replaced");
  const jobTemplate = job({}, { "fake/run-seconds": "90" });
  return {
    name: "replaced",
    until: 130,
    steps: [
      [
        0,
        create("cronjobs", "tick", {
          spec: { schedule: "* * * * *", concurrencyPolicy: "Replace", jobTemplate },
        }),
      ],
    ],
  };
}

function parallelSet(): Script {
  const { create, patch } = requestsIn("parallel");
  const spec = { serviceName: "db", replicas: 3, podManagementPolicy: "Parallel" };
  return {
    name: "parallel",
    until: 20,
    steps: [
      [0, create("statefulsets", "db", workload("db", spec))],
      [4, patch("statefulsets", "db", image("web:2"))],
      [14, patch("statefulsets", "db", { spec: { replicas: 1 } })],
    ],
  };
}

function foundAgain(): Script {
  const { create, remove } = requestsIn("sts-orphan");
  const set = (replicas: number) => workload("db", { serviceName: "db", replicas });
  return {
    name: "sts-orphan",
    until: 25,
    steps: [
      [0, create("statefulsets", "db", set(2))],
      [8, remove("statefulsets", "db", "Orphan")],
      [12, create("statefulsets", "db", set(3))],
    ],
  };
}

function deadlineMissed(): Script {
  const { create, patch } = requestsIn("deadline");
  const spec = { replicas: 3, progressDeadlineSeconds: 8 };
  return {
    name: "deadline",
    until: 60,
    steps: [
      [0, create("deployments", "web", workload("web", spec))],
      [6, patch("deployments", "web", image("bad:2"))],
      [30, patch("deployments", "web", { spec: { replicas: 4 } })],
      [45, patch("deployments", "web", image("web:1"))],
    ],
  };
}

/** Neighbours of the recorded scenarios, by what they show. */
export const neighbours = {
  "a paused Deployment scales but does not roll": paused(),
  "a paused Recreate Deployment waits": pausedRecreate(),
  "an orphaned ReplicaSet is found again by its template": orphanedAndFound(),
  "a Deployment steps aside from a name that is taken": collision(),
  "a ReplicaSet adopts, and lets go": adopted(),
  "a preemptor waits for its last victim": preempted(),
  "a namespace goes pods first and says what holds it": namespaceDeleted(),
  "pods of a deleted node are collected": nodeDeleted(),
  "a suspended Job lets its pods go and starts afresh": suspended(),
  "a failure policy fails the Job or ignores the pod": failurePolicy(),
  "indexes fail each by their own limit": indexesFail(),
  "an elastic Job gives up the indexes it no longer has": elastic(),
  "a CronJob replaces what still runs": replaced(),
  "a parallel StatefulSet goes down at once but rolls one by one": parallelSet(),
  "an orphaned StatefulSet's pods and revision are adopted": foundAgain(),
  "a Deployment that missed its deadline is scaled and rolled back": deadlineMissed(),
} satisfies Readonly<Record<string, Script>>;
