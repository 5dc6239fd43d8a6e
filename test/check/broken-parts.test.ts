import { describe, expect, it } from "vitest";
import type { Manifest } from "../../sim/api/object.ts";
import { Monitors } from "../../sim/check/monitors.ts";
import { type Cluster, type ClusterConfig, createCluster } from "../../sim/cluster.ts";
import type { ControllerEntry } from "../../sim/controllers/registry.ts";
import type { JournalEntry } from "../../sim/engine/journal.ts";
import { MINUTE, SECOND } from "../../sim/engine/time.ts";
import { broken, idle, seeing, twice, writing } from "./tampering.ts";

type Loose = any;

const pods = (app: string, spec: object = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "main", image: `${app}:1` }], ...spec },
});

function make(kind: string, name: string, spec: object, apiVersion = "apps/v1"): Manifest {
  return { apiVersion, kind, metadata: { name, namespace: "default" }, spec };
}

const workload = (app: string, spec: object = {}, template: object = {}) => ({
  selector: { matchLabels: { app } },
  template: pods(app, template),
  ...spec,
});

const web = make("Deployment", "web", workload("web", { replicas: 4 }));
const job = (spec: object) =>
  make(
    "Job",
    "work",
    { template: { spec: { ...pods("work").spec, restartPolicy: "Never" } }, ...spec },
    "batch/v1",
  );
const images = { work: { exitAfter: { code: 0, after: 5 * SECOND } } } as Loose;

/** A new version of a workload's image. */
const roll =
  (kind: string, name: string) =>
  ({ api }: Cluster) => {
    const { spec, ...rest } = api.get<Loose>(kind, `default/${name}`);
    const [main] = spec.template.spec.containers;
    const containers = [{ ...main, image: `${name}:2` }];
    const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
    api.replace<Loose>(kind, { ...rest, spec: { ...spec, template } });
  };

interface Case {
  readonly law: string;
  readonly part: string;
  readonly config?: Partial<ClusterConfig>;
  readonly objects: readonly Manifest[];
  /** Done after half a minute. */
  readonly later?: (cluster: Cluster) => void;
}

const own = (...entries: readonly ControllerEntry[]) => ({ ownControllers: entries });

const cases: readonly Case[] = [
  {
    law: "surge-bound",
    part: "a Deployment controller that makes every ReplicaSet larger than it should",
    config: own(
      broken(
        "deployment-controller",
        writing("create", "ReplicaSet", (set) => ({
          ...set,
          spec: { ...set.spec, replicas: set.spec.replicas + 2 },
        })),
      ),
    ),
    objects: [web],
    later: roll("Deployment", "web"),
  },
  {
    law: "available-bound",
    part: "a Deployment controller that takes old ReplicaSets down at once",
    config: own(
      broken("deployment-controller", (client) => ({
        update: (kind: string, set: Loose) => {
          const before: Loose = client.get(kind as never, `default/${set.metadata.name}`);
          const falls = kind === "ReplicaSet" && set.spec.replicas < before.spec.replicas;
          const spec = falls ? { ...set.spec, replicas: 0 } : set.spec;
          return client.update(kind as never, { ...set, spec } as never);
        },
      })),
    ),
    objects: [web],
    later: roll("Deployment", "web"),
  },
  {
    law: "one-set-per-template",
    part: "a Deployment controller that creates each ReplicaSet twice",
    config: own(broken("deployment-controller", twice("ReplicaSet"))),
    objects: [web],
  },
  {
    law: "ordered-ready",
    part: "a StatefulSet controller that takes every set for a parallel one",
    config: own(
      broken(
        "statefulset-controller",
        seeing("StatefulSet", (set) => ({
          ...set,
          spec: { ...set.spec, podManagementPolicy: "Parallel" },
        })),
      ),
    ),
    objects: [make("StatefulSet", "db", workload("db", { replicas: 3, serviceName: "db" }))],
  },
  {
    law: "partition-held",
    part: "a StatefulSet controller that knows no partition",
    config: own(
      broken(
        "statefulset-controller",
        seeing("StatefulSet", (set) => ({
          ...set,
          spec: { ...set.spec, updateStrategy: { type: "RollingUpdate" } },
        })),
      ),
    ),
    objects: [
      make(
        "StatefulSet",
        "db",
        workload("db", {
          replicas: 2,
          serviceName: "db",
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } },
        }),
      ),
    ],
    later: roll("StatefulSet", "db"),
  },
  {
    law: "one-daemon-per-node",
    part: "a DaemonSet controller that creates each pod twice",
    config: own(broken("daemonset-controller", twice("Pod"))),
    objects: [make("DaemonSet", "agent", workload("agent"))],
  },
  {
    law: "job-counts",
    part: "a Job controller that counts one success too many",
    config: {
      images,
      ...own(
        broken(
          "job-controller",
          writing("updateStatus", "Job", (one) => ({
            ...one,
            status: { ...one.status, succeeded: (one.status.succeeded ?? 0) + 2 },
          })),
        ),
      ),
    },
    objects: [job({ completions: 1 })],
  },
  {
    law: "index-succeeds-once",
    part: "a Job controller that counts an index more than it lists",
    config: {
      images,
      ...own(
        broken(
          "job-controller",
          writing("updateStatus", "Job", (one) => ({
            ...one,
            status: { ...one.status, succeeded: (one.status.succeeded ?? 0) + 1 },
          })),
        ),
      ),
    },
    objects: [job({ completions: 3, parallelism: 3, completionMode: "Indexed" })],
  },
  {
    law: "one-job-per-time",
    part: "a CronJob controller that takes Forbid for Allow",
    config: own(
      broken(
        "cronjob-controller",
        seeing("CronJob", (one) => ({
          ...one,
          spec: { ...one.spec, concurrencyPolicy: "Allow" },
        })),
      ),
    ),
    objects: [
      make(
        "CronJob",
        "tick",
        {
          schedule: "* * * * *",
          concurrencyPolicy: "Forbid",
          jobTemplate: { spec: job({}).spec },
        },
        "batch/v1",
      ),
    ],
  },
  {
    law: "endpoints-follow-readiness",
    part: "an EndpointSlice controller that hears of no pods",
    config: own(
      broken("endpointslice-controller", (client) => ({
        indexed: (kind: string, ...rest: [string, string]) =>
          kind === "Pod" ? [] : client.indexed(kind as never, ...rest),
        list: (kind: string, namespace?: string) =>
          kind === "Pod" ? [] : client.list(kind as never, namespace),
      })),
    ),
    objects: [
      web,
      make("Service", "web", { selector: { app: "web" }, ports: [{ port: 80 }] }, "v1"),
    ],
  },
  {
    law: "orphans-are-collected",
    part: "a garbage collector that does nothing",
    config: own(idle("garbage-collector-controller")),
    objects: [web],
    later: ({ api }) => void api.delete("Deployment", "default/web"),
  },
  {
    law: "desired-is-reached",
    part: "a ReplicaSet controller that does nothing",
    config: own(idle("replicaset-controller")),
    objects: [web],
  },
  {
    law: "desired-is-reached",
    part: "a StatefulSet controller that loses its last pod",
    config: own(
      broken("statefulset-controller", (client) => ({
        create: (kind: string, object: Loose) =>
          object.metadata.name === "db-2" ? object : client.create(kind as never, object),
      })),
    ),
    objects: [make("StatefulSet", "db", workload("db", { replicas: 3, serviceName: "db" }))],
  },
  {
    law: "desired-is-reached",
    part: "a StatefulSet controller that removes no pod",
    config: own(broken("statefulset-controller", () => ({ delete: () => undefined }))),
    objects: [make("StatefulSet", "db", workload("db", { replicas: 3, serviceName: "db" }))],
    later: ({ api }) => {
      const { spec, ...rest } = api.get<Loose>("StatefulSet", "default/db");
      api.replace<Loose>("StatefulSet", { ...rest, spec: { ...spec, replicas: 1 } });
    },
  },
  {
    law: "desired-is-reached",
    part: "a DaemonSet controller that overlooks a node",
    config: own(
      broken("daemonset-controller", (client) => ({
        list: (kind: string, namespace?: string) =>
          [...client.list(kind as never, namespace)].filter(
            ({ metadata }: Loose) => metadata.name !== "node-1",
          ),
      })),
    ),
    objects: [make("DaemonSet", "agent", workload("agent"))],
  },
  {
    law: "dead-nodes-are-left",
    part: "a taint eviction that does nothing",
    config: own(idle("taint-eviction-controller")),
    objects: [web],
    later: ({ faults }) => void faults.begin({ type: "node-crash", target: "node-1" }),
  },
  {
    law: "no-overcommit",
    part: "a scheduler without NodeResourcesFit",
    config: { scheduler: profileWithout("NodeResourcesFit") },
    objects: [
      make(
        "Deployment",
        "web",
        workload(
          "web",
          { replicas: 9 },
          { containers: [{ name: "c", image: "web:1", resources: { requests: { cpu: "3" } } }] },
        ),
      ),
    ],
  },
  {
    law: "unique-host-ports",
    part: "a scheduler without NodePorts",
    config: { scheduler: profileWithout("NodePorts") },
    objects: [
      make(
        "Deployment",
        "web",
        workload(
          "web",
          { replicas: 9 },
          {
            containers: [
              { name: "c", image: "web:1", ports: [{ containerPort: 80, hostPort: 80 }] },
            ],
          },
        ),
      ),
    ],
  },
  {
    law: "pods-are-bound",
    part: "a scheduler whose NodeAffinity wants a label that no node has",
    config: {
      scheduler: {
        apiVersion: "kubescheduler.config.k8s.io/v1",
        kind: "KubeSchedulerConfiguration",
        profiles: [
          {
            schedulerName: "default-scheduler",
            pluginConfig: [
              {
                name: "NodeAffinity",
                args: {
                  addedAffinity: {
                    requiredDuringSchedulingIgnoredDuringExecution: {
                      nodeSelectorTerms: [
                        { matchExpressions: [{ key: "nowhere", operator: "Exists" }] },
                      ],
                    },
                  },
                },
              },
            ],
          },
        ],
      },
    },
    objects: [web],
  },
];

function profileWithout(plugin: string): object {
  return {
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    profiles: [
      {
        schedulerName: "default-scheduler",
        plugins: { filter: { disabled: [{ name: plugin }] } },
      },
    ],
  };
}

/** What the monitor of a law finds within twelve minutes, at once or at their end. */
function breach(law: string, { config, objects, later }: Omit<Case, "law" | "part">): unknown {
  const cluster = createCluster({ seed: "1", nodes: [{ count: 3 }], ...config });
  const monitors = new Monitors([law]);
  let heard = 0;
  const runUntil = (time: number) => {
    cluster.runUntil(time);
    const { entries } = cluster.engine.journal;
    for (; heard < entries.length; heard++) monitors.take(entries[heard] as JournalEntry);
  };
  for (const manifest of objects) cluster.api.create(manifest.kind, manifest);
  runUntil(30 * SECOND);
  cluster.engine.as("test", 0, () => later?.(cluster));
  while (monitors.breach === undefined && cluster.now < 12 * MINUTE)
    runUntil(cluster.now + SECOND * (cluster.now < MINUTE ? 1 : 15));
  return monitors.finish(cluster.now)?.invariant;
}

describe("a broken part", () => {
  it.each(cases.map((one) => [one.law, one.part, one] as const))(
    "breaks %s: %s",
    (law, _part, one) => {
      expect(breach(law, one)).toBe(law);
      const { ownControllers: _controllers, scheduler: _scheduler, ...sound } = one.config ?? {};
      expect(breach(law, { ...one, config: sound })).toBeUndefined();
    },
  );
});
