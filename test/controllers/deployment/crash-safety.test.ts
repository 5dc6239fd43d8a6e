import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cronJobController } from "../../../sim/controllers/cron-job.ts";
import { daemonSetController } from "../../../sim/controllers/daemon-set.ts";
import { deploymentController } from "../../../sim/controllers/deployment.ts";
import { endpointSliceController } from "../../../sim/controllers/endpoint-slice.ts";
import { endpointsController } from "../../../sim/controllers/endpoints.ts";
import { jobController } from "../../../sim/controllers/job.ts";
import { replicaSetController } from "../../../sim/controllers/replica-set.ts";
import { replicationController } from "../../../sim/controllers/replication-controller.ts";
import type { Controller } from "../../../sim/controllers/runtime/controller.ts";
import { statefulSetController } from "../../../sim/controllers/stateful-set.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { SmallCluster } from "../small-cluster.ts";

const pod = (image: string, labels: object, more: object = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: "main", image }], ...more },
});

const named = (kind: string, apiVersion: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: "it", namespace: "default" },
  spec,
});

const sized = (image: string, replicas: number) => ({
  replicas,
  selector: { matchLabels: { app: "it" } },
  template: pod(image, { app: "it" }),
});

/** What a user does to one object: made at first, changed after some seconds. */
interface Story {
  readonly controllers: readonly Controller[];
  readonly objects: readonly object[];
  readonly kind: string;
  readonly change: object;
}

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "it", namespace: "default" },
  spec: { selector: { app: "it" }, ports: [{ name: "http", port: 80 }] },
};
const never = { restartPolicy: "Never" };
const job = { completions: 4, parallelism: 2, template: pod("work", { app: "it" }, never) };

const stories: Readonly<Record<string, Story>> = {
  "deployment-controller and replicaset-controller": {
    controllers: [deploymentController, replicaSetController],
    objects: [named("Deployment", "apps/v1", sized("a", 4))],
    kind: "Deployment",
    change: { ...sized("b", 6) },
  },
  "replicationcontroller-controller": {
    controllers: [replicationController],
    objects: [named("ReplicationController", "v1", { ...sized("a", 5), selector: { app: "it" } })],
    kind: "ReplicationController",
    change: { replicas: 2 },
  },
  "statefulset-controller": {
    controllers: [statefulSetController],
    objects: [named("StatefulSet", "apps/v1", { ...sized("a", 3), serviceName: "it" })],
    kind: "StatefulSet",
    change: { template: pod("b", { app: "it" }), replicas: 2 },
  },
  "daemonset-controller": {
    controllers: [daemonSetController],
    objects: [
      named("DaemonSet", "apps/v1", {
        selector: { matchLabels: { app: "it" } },
        template: pod("a", { app: "it" }),
      }),
    ],
    kind: "DaemonSet",
    change: { template: pod("b", { app: "it" }) },
  },
  "job-controller": {
    controllers: [jobController],
    objects: [named("Job", "batch/v1", job)],
    kind: "Job",
    change: { parallelism: 3 },
  },
  "cronjob-controller": {
    controllers: [cronJobController, jobController],
    objects: [
      named("CronJob", "batch/v1", {
        schedule: "* * * * *",
        concurrencyPolicy: "Forbid",
        jobTemplate: { spec: { ...job, completions: 2 } },
      }),
    ],
    kind: "CronJob",
    change: { suspend: false },
  },
  "endpointslice-controller and endpoints-controller": {
    controllers: [endpointSliceController, endpointsController, replicaSetController],
    objects: [service, named("ReplicaSet", "apps/v1", sized("a", 4))],
    kind: "ReplicaSet",
    change: { replicas: 7 },
  },
};

interface Fault {
  /** Tenths of a second after the start. */
  readonly at: number;
  readonly controller: number;
  readonly kind: "crash" | "crash after writes" | "stale cache";
  readonly size: number;
}

const LENGTH = 170;

function play(story: Story, faults: readonly Fault[]): unknown {
  const run = new SmallCluster(story.controllers);
  run.pods.behave = ({ spec }) =>
    spec.containers[0]?.image === "work" ? { works: { for: 2 * SECOND, exitCode: 0 } } : {};
  for (const object of story.objects) run.create(object);
  const steps = [...faults.map((fault) => ({ at: fault.at, do: () => inject(run, fault) }))];
  steps.push({
    at: 60,
    do: () =>
      run.change<any>(story.kind, "it", (object) => ({
        ...object,
        spec: { ...object.spec, ...story.change },
      })),
  });
  steps.sort((a, b) => a.at - b.at);
  for (const step of steps) {
    run.engine.runUntil(Math.max(run.engine.now, step.at * 100_000));
    run.engine.as("fault", 0, step.do);
  }
  run.engine.runUntil(LENGTH * SECOND);
  return canonical(run);
}

function inject(run: SmallCluster, { controller, kind, size }: Fault): void {
  const runners = [...run.runners.values()];
  const runner = runners[controller % runners.length];
  if (kind === "crash") runner?.crash(size * 100_000);
  else if (kind === "crash after writes") runner?.crashAfterWrites(size + 1);
  else run.informers.freeze(run.engine.now + size * 200_000);
}

/** What is there in the end, whatever it is called: names and times are not the same in two runs. */
function canonical(run: SmallCluster): unknown {
  const alive = run.objects<any>("Pod").filter(({ metadata }) => !metadata.deletionTimestamp);
  const count = (items: readonly string[]) => {
    const counts: Record<string, number> = {};
    for (const item of [...items].sort()) counts[item] = (counts[item] ?? 0) + 1;
    return counts;
  };
  const statusOf = ({ metadata, status = {} }: any) => {
    const {
      conditions = [],
      currentRevision,
      updateRevision,
      active,
      lastSuccessfulTime,
      startTime,
      completionTime,
      // How often it was written on the way does not matter, only that the last was seen.
      observedGeneration = metadata.generation,
      ...rest
    } = status;
    return {
      ...rest,
      observed: observedGeneration === metadata.generation,
      active: active?.length ?? active,
      conditions: conditions.map(({ type, status: is }: any) => `${type}=${is}`).sort(),
    };
  };
  return {
    pods: count(alive.map(({ spec, status }) => `${spec.containers[0].image} ${status.phase}`)),
    places: count(alive.map(({ spec }) => (spec.affinity === undefined ? "" : spec.nodeName))),
    finalizers: alive.flatMap(({ metadata }) => metadata.finalizers ?? []),
    sizes: run
      .objects<any>("ReplicaSet")
      .map(({ spec }) => spec.replicas)
      .sort(),
    statuses: [
      "Deployment",
      "ReplicationController",
      "StatefulSet",
      "DaemonSet",
      "Job",
      "CronJob",
      "ReplicaSet",
    ].map((kind) =>
      run
        .objects<any>(kind)
        .map((object) => JSON.stringify(statusOf(object)))
        .sort(),
    ),
    jobs: run
      .objects<any>("Job")
      .map(({ metadata }) => metadata.name)
      .sort(),
    endpoints: run
      .objects<any>("EndpointSlice")
      .flatMap(({ endpoints = [] }) => endpoints)
      .filter(({ conditions }) => conditions.ready).length,
    addresses: run
      .objects<any>("Endpoints")
      .flatMap(({ subsets = [] }) => subsets)
      .flatMap(({ addresses = [] }) => addresses).length,
  };
}

const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.integer({ min: 0, max: 300 }),
  controller: fc.nat({ max: 2 }),
  kind: fc.constantFrom("crash", "crash after writes", "stale cache"),
  size: fc.integer({ min: 0, max: 12 }),
});

describe("crashes at any write and stale caches lead to the same end", () => {
  it.each(Object.entries(stories))("for %s", (_name, story) => {
    const undisturbed = play(story, []);
    fc.assert(
      fc.property(fc.array(fault, { minLength: 1, maxLength: 4 }), (faults) => {
        expect(play(story, faults)).toEqual(undisturbed);
      }),
      { numRuns: 25, seed: 7 },
    );
  });
});
