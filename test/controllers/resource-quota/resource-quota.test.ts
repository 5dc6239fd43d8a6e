import { describe, expect, it } from "vitest";
import { resourceQuotaController } from "../../../sim/controllers/resource-quota.ts";
import { ControlPlane, podOn, postPod } from "../control-plane.ts";

const HARD = {
  pods: "3",
  "requests.cpu": "100m",
  "count/configmaps": "3",
  services: "1",
  "count/deployments.apps": "2",
};

function planeWith(spec: object = {}): ControlPlane {
  const plane = new ControlPlane(resourceQuotaController);
  plane.create("ConfigMap", { metadata: { name: "kube-root-ca.crt", namespace: "default" } });
  plane.create("ResourceQuota", {
    metadata: { name: "q", namespace: "default" },
    spec: { hard: HARD, ...spec },
  });
  return plane.at(1);
}

function used(plane: ControlPlane): any {
  return plane.get("ResourceQuota", "default/q").status.used;
}

function pod(plane: ControlPlane, name: string, more: object = {}): void {
  plane.create(
    "Pod",
    podOn(name, "n1", {
      containers: [{ name: "main", image: "x", resources: { requests: { cpu: "20m" } } }],
      ...more,
    }),
  );
}

describe("the resource quota controller", () => {
  it("counts what is there when a quota comes", () => {
    const plane = planeWith();
    expect(plane.get("ResourceQuota", "default/q").status).toEqual({
      hard: HARD,
      used: {
        "count/configmaps": "1",
        "count/deployments.apps": "0",
        pods: "0",
        "requests.cpu": "0",
        services: "0",
      },
    });
  });

  it("counts what comes and goes, and gives back what ended pods used", () => {
    const plane = planeWith();
    pod(plane, "a");
    pod(plane, "b");
    expect(used(plane.at(2))).toMatchObject({ pods: "2", "requests.cpu": "40m" });
    postPod(plane, "default/a", "Succeeded", "False");
    expect(used(plane.at(3))).toMatchObject({ pods: "1", "requests.cpu": "20m" });
    plane.api.delete("Pod", "default/b", { gracePeriodSeconds: 0 });
    expect(used(plane.at(4))).toMatchObject({ pods: "0", "requests.cpu": "0" });
  });

  it("leaves other namespaces and what its scopes exclude out", () => {
    const plane = planeWith({ scopes: ["Terminating"], hard: { pods: "3" } });
    pod(plane, "a");
    pod(plane, "b", { activeDeadlineSeconds: 10 });
    plane.create("Pod", {
      ...podOn("c", "n1"),
      metadata: { name: "c", namespace: "other" } as never,
    });
    expect(used(plane.at(2))).toEqual({ pods: "1" });
  });

  it("follows a change of its limits", () => {
    const plane = planeWith();
    plane.edit("ResourceQuota", "default/q", (quota) => ({
      ...quota,
      spec: { hard: { pods: "1" } },
    }));
    expect(plane.at(2).get("ResourceQuota", "default/q").status).toEqual({
      hard: { pods: "1" },
      used: { pods: "0" },
    });
  });

  it("counts a pod no more that is stuck in its deletion, from the next resync on", () => {
    const plane = planeWith();
    pod(plane, "a", { terminationGracePeriodSeconds: 20 });
    plane.at(2).api.delete("Pod", "default/a");
    expect(used(plane.at(299))).toMatchObject({ pods: "1", "requests.cpu": "20m" });
    expect(used(plane.at(301))).toMatchObject({ pods: "0", "requests.cpu": "0" });
  });

  it("says nothing of kinds that nothing serves", () => {
    const plane = planeWith({ hard: { pods: "3", "count/nopes.ex.io": "1" } });
    expect(used(plane)).toEqual({ pods: "0" });
  });
});
