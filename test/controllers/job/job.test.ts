import { describe, expect, it } from "vitest";
import { forbidden } from "../../../sim/api/api-error.ts";
import { timestamp } from "../../../sim/api/meta/time.ts";
import type { Job, Pod } from "../../../sim/api/types.gen.ts";
import { jobController } from "../../../sim/controllers/job.ts";
import { SmallCluster } from "../small-cluster.ts";

function cluster(spec: object = {}): SmallCluster {
  const run = new SmallCluster([jobController]);
  run.create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "work", namespace: "default" },
    spec: {
      template: {
        spec: { restartPolicy: "Never", containers: [{ name: "main", image: "work:1" }] },
      },
      ...spec,
    },
  });
  return run;
}

const job = (run: SmallCluster) => run.get<Job>("Job", "work");
const running = (run: SmallCluster) =>
  run
    .objects<Pod>("Pod")
    .filter(({ status, metadata }) => status?.phase === "Running" && !metadata.deletionTimestamp);
const conditions = (run: SmallCluster) =>
  job(run).status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`) ??
  [];

/** Ends pods with an exit code. */
function end(run: SmallCluster, pods: readonly Pod[], exitCode: number): void {
  const finishedAt = timestamp(run.engine.now);
  for (const pod of pods)
    run.engine.as("test", 0, () => {
      const terminated = { exitCode, finishedAt };
      run.api.replace<Pod>("Pod", {
        ...pod,
        status: {
          ...pod.status,
          phase: exitCode === 0 ? "Succeeded" : "Failed",
          conditions: [],
          containerStatuses: [{ name: "main", restartCount: 0, state: { terminated } }],
        } as never,
      });
    });
}

describe("a Job", () => {
  it("runs its completions with its parallelism and counts each once", () => {
    const run = cluster({ completions: 5, parallelism: 2 });
    for (let round = 0; round < 3; round++) {
      run.run(3);
      expect(running(run).length).toBeLessThanOrEqual(2);
      end(run, running(run), 0);
    }
    run.run(3);
    expect(job(run).status).toMatchObject({ succeeded: 5, uncountedTerminatedPods: {} });
    expect(conditions(run)).toEqual([
      "SuccessCriteriaMet=True CompletionsReached",
      "Complete=True CompletionsReached",
    ]);
    expect(run.objects<Pod>("Pod").flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual(
      [],
    );
  });

  it("waits 10, 20, 40 s between failures and fails when there are more than the limit", () => {
    const run = cluster({ backoffLimit: 3 });
    const created: number[] = [];
    for (let step = 0; step < 900; step++) {
      run.run(0.1);
      if (run.objects("Pod").length > created.length) created.push(run.engine.now / 1e6);
      end(run, running(run), 1);
    }
    const waits = created.slice(1).map((time, at) => Math.round(time - (created[at] ?? 0)));
    expect(waits).toEqual([11, 21, 41]);
    expect(job(run).status?.failed).toBe(4);
    expect(conditions(run)).toEqual([
      "FailureTarget=True BackoffLimitExceeded",
      "Failed=True BackoffLimitExceeded",
    ]);
    expect(run.events("Job", "work").at(-1)).toBe(
      "BackoffLimitExceeded: Job has reached the specified backoff limit",
    );
  });

  it("ends at its deadline and deletes its pods, which then count as failed", () => {
    const run = cluster({ activeDeadlineSeconds: 5, parallelism: 2 });
    run.run(9);
    expect(conditions(run)).toEqual([
      "FailureTarget=True DeadlineExceeded",
      "Failed=True DeadlineExceeded",
    ]);
    expect(run.objects("Pod")).toEqual([]);
  });

  it("deletes its pods while it is suspended, counts them not, and starts its clock anew", () => {
    const run = cluster({ parallelism: 2, completions: 2, activeDeadlineSeconds: 20 });
    run.run(3);
    const suspend = (value: boolean) =>
      run.change<Job>("Job", "work", (before) => ({
        ...before,
        spec: { ...before.spec, suspend: value },
      }));
    suspend(true);
    run.run(30);
    expect(conditions(run)).toEqual(["Suspended=True JobSuspended"]);
    expect(job(run).status?.failed ?? 0).toBe(0);
    expect(run.objects("Pod")).toEqual([]);
    expect(job(run).status?.startTime).toBeUndefined();
    suspend(false);
    run.run(3);
    expect(job(run).status?.startTime).toBe("2026-01-01T00:00:33Z");
    expect(running(run)).toHaveLength(2);
    expect(conditions(run)).toEqual(["Suspended=False JobResumed"]);
  });

  it("gives each index its own pod, name and number", () => {
    const run = cluster({ completions: 3, parallelism: 3, completionMode: "Indexed" });
    run.run(3);
    const pods = running(run);
    expect(pods.map(({ spec }) => spec.hostname).sort()).toEqual(["work-0", "work-1", "work-2"]);
    expect(pods[0]?.spec.containers[0]?.env?.[0]?.name).toBe("JOB_COMPLETION_INDEX");
    end(
      run,
      pods.filter(({ spec }) => spec.hostname !== "work-1"),
      0,
    );
    run.run(3);
    expect(job(run).status).toMatchObject({ completedIndexes: "0,2", succeeded: 2, active: 1 });
  });

  it("gives up the indexes that it no longer has when it shrinks", () => {
    const run = cluster({ completions: 4, parallelism: 4, completionMode: "Indexed" });
    run.run(3);
    run.engine.as("test", 0, () => {
      const { spec, ...rest } = job(run);
      run.api.replace<Job>("Job", { ...rest, spec: { ...spec, completions: 1, parallelism: 1 } });
    });
    run.run(3);
    expect(running(run).map(({ spec }) => spec.hostname)).toEqual(["work-0"]);
  });

  it("tries each index as often as its own limit allows, and fails when one is lost", () => {
    const run = cluster({
      completions: 2,
      parallelism: 2,
      completionMode: "Indexed",
      backoffLimitPerIndex: 1,
    });
    run.run(3);
    const of = (name: string) => running(run).filter(({ spec }) => spec.hostname === name);
    end(run, of("work-0"), 0);
    end(run, of("work-1"), 1);
    run.run(14);
    expect(of("work-1")[0]?.metadata.annotations).toMatchObject({
      "batch.kubernetes.io/job-index-failure-count": "1",
    });
    end(run, of("work-1"), 1);
    run.run(3);
    expect(job(run).status).toMatchObject({ completedIndexes: "0", failedIndexes: "1", failed: 2 });
    expect(conditions(run).at(-1)).toBe("Failed=True FailedIndexes");
  });

  it("replaces a terminating pod only when it really failed, if asked to", () => {
    const run = cluster({ podReplacementPolicy: "Failed" });
    run.run(3);
    run.pods.behave = () => ({ stopDelay: 20e6 });
    const [pod] = running(run);
    run.engine.as("test", 0, () => run.api.delete("Pod", `default/${pod?.metadata.name}`));
    run.run(10);
    expect(run.objects("Pod")).toHaveLength(1);
    expect(job(run).status).toMatchObject({ terminating: 1 });
  });

  it("leaves a Job to the controller that it names", () => {
    const run = cluster({ managedBy: "example.com/queue" });
    run.run(3);
    expect(run.objects("Pod")).toEqual([]);
    expect(job(run).status ?? {}).toEqual({});
  });

  it("lets the pods of a deleted Job go", () => {
    const run = cluster();
    run.run(3);
    run.engine.as("test", 0, () => run.api.delete("Job", "default/work"));
    run.run(3);
    expect(run.objects<Pod>("Pod")[0]?.metadata.finalizers ?? []).toEqual([]);
  });

  it("lets pods go that the garbage collector orphaned, and keeps those that it adopts", () => {
    const run = cluster({ suspend: false });
    run.run(3);
    const [pod] = run.objects<Pod>("Pod");
    const name = pod?.metadata.name ?? "";
    run.change<Pod>("Pod", name, ({ metadata: { ownerReferences: _, ...metadata }, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, labels: { app: "other" } },
    }));
    run.run(3);
    expect(run.get<Pod>("Pod", name).metadata.finalizers ?? []).toEqual([]);
    const labels = job(run).spec.selector?.matchLabels ?? {};
    run.change<Pod>("Pod", name, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, labels },
    }));
    run.run(3);
    expect(run.get<Pod>("Pod", name).metadata).toMatchObject({
      ownerReferences: [{ name: "work" }],
      finalizers: ["batch.kubernetes.io/job-tracking"],
    });
  });

  it("takes the finalizer off a pod that it releases", () => {
    const run = cluster();
    run.run(3);
    const name = running(run)[0]?.metadata.name ?? "";
    run.change<Pod>("Pod", name, (pod) => ({
      ...pod,
      metadata: { ...pod.metadata, labels: { app: "other" } },
    }));
    run.run(3);
    expect(run.get<Pod>("Pod", name).metadata.finalizers ?? []).toEqual([]);
    expect(running(run)).toHaveLength(2);
  });

  it("tells no active pods while it waits to replace one, and counts nothing while one is ready", () => {
    const run = cluster({ completions: 3, parallelism: 2 });
    run.run(3);
    const [first, second] = running(run);
    end(run, [first as Pod], 1);
    run.run(5);
    // The status would say one ready pod and none active: refused, again and again.
    expect(job(run).status).toMatchObject({ active: 2, ready: 2, uncountedTerminatedPods: {} });
    expect(run.get<Pod>("Pod", first?.metadata.name ?? "").metadata.finalizers).toHaveLength(1);
    run.run(9);
    expect(job(run).status).toMatchObject({ active: 2, ready: 2, failed: 1 });
    run.engine.as("test", 0, () => {
      for (const pod of running(run))
        run.api.replace<Pod>("Pod", { ...pod, status: { ...pod.status, conditions: [] } as never });
    });
    run.run(2);
    expect(job(run).status).toMatchObject({ active: 2, ready: 0 });
    end(run, [run.get<Pod>("Pod", second?.metadata.name ?? "")], 1);
    run.run(3);
    expect(job(run).status).toMatchObject({ ready: 0, failed: 2 });
    expect(job(run).status?.active).toBeUndefined();
    expect(running(run)).toHaveLength(1);
  });

  it("tries again after 1, 2, 4 s when its pods are refused", () => {
    const run = new SmallCluster([jobController]);
    const create = run.api.create.bind(run.api);
    const tried: number[] = [];
    run.api.create = ((kind: string, ...rest: never[]) => {
      if (kind !== "Pod") return (create as any)(kind, ...rest);
      tried.push(Math.round(run.engine.now / 1e6));
      throw forbidden({ group: "", plural: "pods" } as never, "x", "no");
    }) as never;
    run.create({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "work", namespace: "default" },
      spec: {
        template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "x" }] } },
      },
    });
    run.run(20);
    expect([...new Set(tried)]).toEqual([0, 1, 3, 7, 15]);
  });

  it.each([
    ["a suspended one", { suspend: true }],
    ["one past its deadline", { activeDeadlineSeconds: 1 }],
  ])("tells of pods that it may not delete: %s", (_what, spec) => {
    const run = cluster({ parallelism: 1 });
    run.run(3);
    run.api.delete = (() => {
      throw forbidden({ group: "", plural: "pods" } as never, "x", "no");
    }) as never;
    run.change<Job>("Job", "work", (before) => ({ ...before, spec: { ...before.spec, ...spec } }));
    run.run(2);
    expect(run.events("Job", "work")).toContain(
      'FailedDelete: Error deleting: pods "x" is forbidden: no',
    );
    expect(run.objects("Pod")).toHaveLength(1);
  });
});
