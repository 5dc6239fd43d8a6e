import { describe, expect, it } from "vitest";
import { evict } from "../../../sim/api/eviction.ts";
import { disruption } from "../../../sim/controllers/disruption.ts";
import { ControlPlane, podOn, postPod } from "../control-plane.ts";

const LABELS = { app: "web" };

function budget(plane: ControlPlane, spec: object): void {
  plane.create("PodDisruptionBudget", {
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { matchLabels: LABELS }, ...spec },
  });
}

/** A Deployment with its ReplicaSet and running pods, of which some are ready. */
function workload(plane: ControlPlane, replicas: number, ready: number): void {
  const template = {
    metadata: { labels: LABELS },
    spec: { containers: [{ name: "main", image: "web:1" }] },
  };
  const spec = { replicas, selector: { matchLabels: LABELS }, template };
  const metadata = { name: "web", namespace: "default" };
  const deployment = plane.create("Deployment", { metadata, spec });
  const set = plane.create("ReplicaSet", {
    metadata: { ...metadata, ownerReferences: [owner(deployment)] },
    spec,
  });
  for (let at = 0; at < replicas; at++) {
    const pod = podOn(`web-${at}`, "n1");
    plane.create("Pod", {
      ...pod,
      metadata: { ...pod.metadata, labels: LABELS, ownerReferences: [owner(set)] },
    });
    postPod(plane, `default/web-${at}`, "Running", at < ready ? "True" : "False");
  }
}

function owner({ apiVersion, kind, metadata }: any): object {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
}

function status(plane: ControlPlane): any {
  return plane.get("PodDisruptionBudget", "default/web").status;
}

describe("the disruption controller", () => {
  it.each([
    [
      "minAvailable: 2",
      { minAvailable: 2 },
      3,
      3,
      { expectedPods: 3, desiredHealthy: 2, currentHealthy: 3, disruptionsAllowed: 1 },
    ],
    [
      "minAvailable: 3",
      { minAvailable: 3 },
      3,
      3,
      { expectedPods: 3, desiredHealthy: 3, disruptionsAllowed: 0 },
    ],
    [
      "minAvailable: 50%",
      { minAvailable: "50%" },
      5,
      5,
      { expectedPods: 5, desiredHealthy: 3, disruptionsAllowed: 2 },
    ],
    [
      "maxUnavailable: 30%",
      { maxUnavailable: "30%" },
      5,
      5,
      { expectedPods: 5, desiredHealthy: 3, disruptionsAllowed: 2 },
    ],
    [
      "maxUnavailable: 1",
      { maxUnavailable: 1 },
      3,
      2,
      { expectedPods: 3, desiredHealthy: 2, currentHealthy: 2, disruptionsAllowed: 0 },
    ],
    [
      "maxUnavailable: 5",
      { maxUnavailable: 5 },
      3,
      3,
      { desiredHealthy: 0, disruptionsAllowed: 3 },
    ],
  ])("%s of %s", (_, spec, replicas, ready, expected) => {
    const plane = new ControlPlane(disruption);
    workload(plane, replicas, ready);
    budget(plane, spec);
    expect(status(plane.at(1))).toMatchObject(expected);
  });

  it("says whether disruptions are allowed in a condition", () => {
    const plane = new ControlPlane(disruption);
    workload(plane, 3, 3);
    budget(plane, { maxUnavailable: 1 });
    plane.at(1);
    expect(status(plane).conditions).toEqual([
      {
        type: "DisruptionAllowed",
        status: "True",
        observedGeneration: 1,
        lastTransitionTime: "2026-01-01T00:00:00Z",
        reason: "SufficientPods",
        message: "",
      },
    ]);
    postPod(plane, "default/web-0", "Running", "False");
    expect(status(plane.at(2)).conditions[0]).toMatchObject({
      status: "False",
      reason: "InsufficientPods",
    });
  });

  it("says that no pods match, and allows none to go", () => {
    const plane = new ControlPlane(disruption);
    budget(plane, { maxUnavailable: 1 });
    expect(status(plane.at(1))).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
    expect(plane.events()).toEqual(["NoPods No matching pods found"]);
  });

  it("takes an evicted pod off the list when it is being deleted, and counts it as gone before", () => {
    const plane = new ControlPlane(disruption);
    workload(plane, 3, 3);
    budget(plane, { maxUnavailable: 1 });
    plane.at(1);
    evict(plane.api, "default/web-0");
    expect(status(plane).disruptionsAllowed).toBe(0);
    expect(Object.keys(status(plane).disruptedPods)).toEqual(["web-0"]);
    expect(status(plane.at(2))).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
    expect(status(plane).disruptedPods).toBeUndefined();
  });

  it("stops believing in an eviction after two minutes", () => {
    const plane = new ControlPlane(disruption);
    workload(plane, 3, 3);
    budget(plane, { maxUnavailable: 1 });
    plane.at(1);
    plane.edit(
      "PodDisruptionBudget",
      "default/web",
      (object) => ({
        ...object,
        status: {
          ...object.status,
          disruptionsAllowed: 0,
          disruptedPods: { "web-0": "2026-01-01T00:00:01Z" },
        },
      }),
      "status",
    );
    expect(status(plane.at(100))).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
    expect(status(plane.at(122))).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1 });
    expect(plane.events()).toContain(
      "NotDeleted Pod was expected by PDB default/web to be deleted but it wasn't",
    );
  });

  it("prints a selector's expressions as Go does", () => {
    const plane = new ControlPlane(disruption);
    const pod = podOn("web", "n1");
    plane.create("Pod", { ...pod, metadata: { ...pod.metadata, labels: LABELS } });
    const selector = { matchExpressions: [{ key: "app", operator: "In", values: ["web", "x"] }] };
    budget(plane, { maxUnavailable: 1, selector });
    plane.at(1);
    expect(plane.events()[0]).toContain(
      "MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:app,Operator:In,Values:[web x],},},}",
    );
  });

  it("cannot count pods of nobody, and allows nothing for pods of what cannot be scaled", () => {
    const plane = new ControlPlane(disruption);
    const pod = podOn("web", "n1");
    plane.create("Pod", { ...pod, metadata: { ...pod.metadata, labels: LABELS } });
    budget(plane, { maxUnavailable: 1 });
    plane.at(1);
    expect(plane.events()[0]).toContain(
      "Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,}",
    );
    const job = plane.create("Job", {
      metadata: { name: "j", namespace: "default" },
      spec: {
        template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "x" }] } },
      },
    });
    plane.create("Pod", {
      ...pod,
      metadata: {
        name: "j-1",
        namespace: "default",
        labels: LABELS,
        ownerReferences: [owner(job)],
      } as never,
    });
    plane.at(2);
    expect(status(plane).conditions[0]).toMatchObject({
      status: "False",
      reason: "SyncFailed",
      message: "jobs.batch does not implement the scale subresource",
    });
  });

  it("takes a mark of disruption back that no deletion followed", () => {
    const plane = new ControlPlane(disruption);
    plane.create("Pod", podOn("web", "n1"));
    plane.edit(
      "Pod",
      "default/web",
      (pod) => ({
        ...pod,
        status: {
          phase: "Running",
          conditions: [
            {
              type: "DisruptionTarget",
              status: "True",
              reason: "PreemptionByScheduler",
              lastTransitionTime: "2026-01-01T00:00:00Z",
            },
          ],
        },
      }),
      "status",
    );
    expect(plane.at(119).get("Pod", "default/web").status.conditions[0].status).toBe("True");
    expect(plane.at(121).get("Pod", "default/web").status.conditions[0].status).toBe("False");
  });
});
