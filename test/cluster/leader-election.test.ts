import { describe, expect, test } from "vitest";
import type { Event, Job, Lease, Pod, ReplicaSet } from "../../sim/api/types.gen.ts";
import { type Cluster, type ClusterConfig, createCluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/time.ts";

function running(replicas: number, more: Partial<ClusterConfig> = {}): Cluster {
  const cluster = createCluster({
    seed: "1",
    nodes: [{ count: 3 }],
    controlPlane: { replicas },
    ...more,
  });
  cluster.api.create("ReplicaSet", {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "web:1" }] },
      },
    },
  });
  cluster.runUntil(30 * SECOND);
  return cluster;
}

const lease = (cluster: Cluster, component = "kube-controller-manager") =>
  cluster.virtual.transform(
    "Lease",
    cluster.store.get("Lease", `kube-system/${component}`) as Lease,
  );
const pods = (cluster: Cluster) => [...cluster.store.objects("Pod").values()] as Pod[];
const living = (cluster: Cluster) =>
  pods(cluster).filter(({ metadata }) => metadata.deletionTimestamp === undefined);

function scale(cluster: Cluster, replicas: number): void {
  const { spec, ...rest } = cluster.api.get<ReplicaSet>("ReplicaSet", "default/web");
  cluster.api.replace<ReplicaSet>("ReplicaSet", { ...rest, spec: { ...spec, replicas } });
}

/** Seconds from now until another holds the Lease. */
function gap(cluster: Cluster, component = "kube-controller-manager"): number {
  const began = cluster.now;
  const holder = lease(cluster, component).spec?.holderIdentity;
  while (lease(cluster, component).spec?.holderIdentity === holder) {
    if (cluster.now - began > 60 * SECOND) throw new Error("nobody took over");
    cluster.runUntil(cluster.now + SECOND / 10);
  }
  return (cluster.now - began) / SECOND;
}

describe("leader election", () => {
  test("holds a Lease that is renewed every two seconds without a write", () => {
    const cluster = running(3);
    const revision = cluster.store.revision;
    const first = lease(cluster);
    expect(first.spec).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(first.spec?.holderIdentity).toMatch(/^control-plane-1_[0-9a-f-]{36}$/);
    cluster.runUntil(61 * SECOND);
    expect(lease(cluster).spec?.renewTime).toMatch(/T00:01:00/);
    expect(cluster.store.get("Lease", "kube-system/kube-scheduler")).toBeDefined();
    expect(cluster.store.revision).toBe(revision);
  });

  test.each([1, 2, 3])(
    "finds a next leader when the lease expires, with %d replicas",
    (replicas) => {
      for (const at of [30, 31.3, 32.7, 40.1]) {
        const cluster = running(replicas);
        cluster.runUntil(Math.round(at * SECOND));
        cluster.faults.begin({ type: "controller-crash" });
        const took = gap(cluster);
        expect(took).toBeGreaterThanOrEqual(13);
        expect(took).toBeLessThanOrEqual(18.1);
        expect(lease(cluster).spec?.leaseTransitions).toBe(1);
        const events = [...cluster.store.objects("Event").values()] as Event[];
        expect(
          events.filter(({ reason }) => reason === "LeaderElection").map(({ message }) => message),
        ).toContain(`${lease(cluster).spec?.holderIdentity} became leader`);
      }
    },
  );

  test("leaves the work alone until there is a leader, and the next one does it", () => {
    const cluster = running(2);
    cluster.faults.begin({ type: "controller-crash" });
    scale(cluster, 5);
    cluster.runUntil(cluster.now + 12 * SECOND);
    expect(pods(cluster)).toHaveLength(3);
    cluster.runUntil(cluster.now + 10 * SECOND);
    expect(living(cluster)).toHaveLength(5);
  });

  test("takes longer where the only process stays down", () => {
    const cluster = running(1);
    cluster.faults.begin({ type: "controller-crash", for: 40 * SECOND });
    expect(gap(cluster)).toBeGreaterThanOrEqual(40);
  });

  test("leaves pods pending while no scheduler leads", () => {
    const cluster = running(2);
    cluster.faults.begin({ type: "scheduler-crash" });
    scale(cluster, 5);
    cluster.runUntil(cluster.now + 12 * SECOND);
    expect(living(cluster).filter(({ spec }) => spec.nodeName === undefined)).toHaveLength(2);
    cluster.runUntil(cluster.now + 10 * SECOND);
    expect(living(cluster).filter(({ spec }) => spec.nodeName === undefined)).toHaveLength(0);
  });

  test("goes on with the leader that is back in time", () => {
    const cluster = running(2);
    const holder = lease(cluster).spec?.holderIdentity;
    for (const type of ["leader-partition", "leader-pause"]) {
      cluster.faults.begin({ type, for: 6 * SECOND });
      scale(cluster, 4);
      cluster.runUntil(cluster.now + 5 * SECOND);
      expect(living(cluster)).toHaveLength(3);
      cluster.runUntil(cluster.now + 40 * SECOND);
      expect(living(cluster)).toHaveLength(4);
      expect(lease(cluster).spec?.holderIdentity).toBe(holder);
      scale(cluster, 3);
      cluster.runUntil(cluster.now + 40 * SECOND);
    }
  });

  test.each([
    ["many pods wait for their tokens", 80, 0.3],
    ["its caches do not show yet what it made", 5, 0.003],
  ])("loses nothing of a leader that is back in time while %s", (_, replicas, after) => {
    const cluster = running(2);
    scale(cluster, replicas);
    cluster.runUntil(cluster.now + after * SECOND);
    const made = pods(cluster).length;
    expect(made).toBeGreaterThan(3);
    cluster.faults.begin({ type: "leader-pause", for: 5 * SECOND });
    cluster.runUntil(cluster.now + 4 * SECOND);
    expect(pods(cluster)).toHaveLength(made);
    scale(cluster, replicas + 1);
    cluster.runUntil(cluster.now + 20 * SECOND);
    expect(living(cluster)).toHaveLength(replicas + 1);
  });

  test.each(["controller-manager", "scheduler"])(
    "passes from a %s that is cut off to another, which the first follows when it is back",
    (target) => {
      const cluster = running(2);
      const component = `kube-${target}`;
      const first = lease(cluster, component).spec?.holderIdentity;
      cluster.faults.begin({ type: "leader-partition", target, for: 60 * SECOND });
      scale(cluster, 5);
      expect(gap(cluster, component)).toBeLessThanOrEqual(18.1);
      cluster.runUntil(cluster.now + 10 * SECOND);
      expect(living(cluster).filter(({ spec }) => spec.nodeName !== undefined)).toHaveLength(5);
      cluster.runUntil(120 * SECOND);
      expect(lease(cluster, component).spec?.holderIdentity).not.toBe(first);
      expect(lease(cluster, component).spec?.leaseTransitions).toBe(1);
    },
  );

  test("does not fence a leader that stood still: it still makes pods that another made", () => {
    const cluster = running(2);
    const makers: string[] = [];
    cluster.engine.journal.listen((entry) => {
      if (entry.kind === "change" && entry.collection === "Pod" && entry.before === undefined)
        makers.push(entry.actor);
    });
    cluster.faults.begin({ type: "leader-pause", for: 40 * SECOND });
    scale(cluster, 5);
    cluster.runUntil(cluster.now + 39 * SECOND);
    expect(pods(cluster)).toHaveLength(5);
    cluster.runUntil(cluster.now + SECOND + SECOND / 1000);
    expect(pods(cluster).length).toBe(7);
    expect(makers.slice(-2)).toEqual(["replicaset-controller", "replicaset-controller"]);
    cluster.runUntil(cluster.now + 60 * SECOND);
    expect(pods(cluster)).toHaveLength(5);
  });

  test("lets what comes due while a leader stands still be done when it goes on", () => {
    const cluster = running(2);
    cluster.api.create<Job>("Job", {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "count", namespace: "default" },
      spec: {
        completions: 2,
        parallelism: 1,
        template: {
          metadata: { annotations: { "ksim.dev/exits": "{after: 10s}" } },
          spec: { restartPolicy: "Never", containers: [{ name: "count", image: "count:1" }] },
        },
      },
    });
    // The controller looks at a Job a second after its pod ended.
    const ended = () => pods(cluster).some(({ status }) => status?.phase === "Succeeded");
    while (!ended()) cluster.runUntil(cluster.now + SECOND / 10);
    cluster.faults.begin({ type: "leader-pause", for: 5 * SECOND });
    cluster.runUntil(cluster.now + 60 * SECOND);
    expect(cluster.api.get<Job>("Job", "default/count").status?.succeeded).toBe(2);
  });

  test("under way is part of a checkpoint", () => {
    const cluster = running(2);
    cluster.faults.begin({ type: "leader-pause", for: 40 * SECOND });
    cluster.faults.begin({ type: "scheduler-crash" });
    scale(cluster, 5);
    cluster.runUntil(cluster.now + 8 * SECOND);
    const saved = cluster.save();
    cluster.runUntil(150 * SECOND);
    const resumed = createCluster(cluster.config);
    resumed.load(saved);
    resumed.runUntil(150 * SECOND);
    expect(resumed.engine.journal.digest()).toBe(cluster.engine.journal.digest());
  });

  test("refuses a control plane of no machines", () => {
    expect(() => running(0)).toThrow(
      "controlPlane.replicas: expected a whole number from 1, got 0",
    );
  });
});
