import { describe, expect, it } from "vitest";
import { Scene } from "./scene.ts";

describe("the horizontal pod autoscaler", () => {
  it("looks 15 s after it was created and every 15 s from then on", () => {
    const scene = new Scene(2);
    scene.plane.at(14.9);
    expect(scene.status?.conditions).toBeUndefined();
    scene.plane.at(15.1);
    expect(scene.condition("AbleToScale")).toBe(
      "True ReadyForNewScale: recommended size matches current size",
    );
    expect(scene.condition("ScalingActive")).toBe(
      "True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)",
    );
    expect(scene.condition("ScalingLimited")).toBe(
      "False DesiredWithinRange: the desired count is within the acceptable range",
    );
    expect(scene.status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 2,
      currentMetrics: [
        {
          type: "Resource",
          resource: { name: "cpu", current: { averageValue: "50m", averageUtilization: 50 } },
        },
      ],
    });
  });

  it("doubles under lasting overload, or goes to four at once", () => {
    const scene = new Scene(1);
    scene.cpu = "1000m";
    const seen = [scene.replicas];
    for (let at = 1; at <= 5; at++) {
      scene.plane.at(15 * at + 1);
      scene.follow();
      seen.push(scene.replicas);
    }
    expect(seen).toEqual([1, 4, 8, 16, 32, 40]);
    expect(scene.plane.events()[0]).toBe(
      "SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of request) above target",
    );
    expect(scene.condition("ScalingLimited")).toBe(
      "True TooManyReplicas: the desired replica count is more than the maximum replica count",
    );
  });

  it("allows the larger of double and four more with the default policies written out", () => {
    const policies = [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ];
    const scene = new Scene(1, {
      behavior: { scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies } },
    });
    scene.cpu = "1000m";
    const seen = [scene.replicas];
    for (let at = 1; at <= 4; at++) {
      scene.plane.at(15 * at + 1);
      scene.follow();
      seen.push(scene.replicas);
    }
    expect(seen).toEqual([1, 5, 10, 20, 40]);
  });

  it.each([
    ["within the tolerance", "54m", 4],
    ["above it", "56m", 5],
    ["within it below", "46m", 4],
    ["below it", "40m", 4],
  ])("stays or moves %s", (_, usage, replicas) => {
    const scene = new Scene(4);
    scene.cpu = usage;
    scene.plane.at(16);
    expect(scene.replicas).toBe(replicas);
  });

  it("waits for the down window and then goes to the highest of its recommendations", () => {
    const scene = new Scene(10);
    scene.cpu = "5m";
    scene.plane.at(300);
    expect(scene.replicas).toBe(10);
    expect(scene.condition("AbleToScale")).toBe(
      "True ScaleDownStabilized: recent recommendations were higher than current one, applying the highest recent recommendation",
    );
    scene.plane.at(331);
    expect(scene.replicas).toBe(1);
    expect(scene.plane.events()).toContain(
      "SuccessfulRescale New size: 1; reason: All metrics below target",
    );
  });

  it("obeys a policy of pods per period on the way down", () => {
    const behavior = {
      scaleDown: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
      },
    };
    const scene = new Scene(10, { behavior });
    scene.cpu = "5m";
    const seen: number[] = [];
    for (let at = 1; at <= 9; at++) {
      scene.plane.at(15 * at + 1);
      scene.follow();
      seen.push(scene.replicas);
    }
    expect(seen).toEqual([8, 8, 8, 8, 6, 6, 6, 6, 4]);
    expect(scene.condition("ScalingLimited")).toBe(
      "True ScaleDownLimit: the desired replica count is decreasing faster than the maximum scale rate",
    );
  });

  it("remembers changes for the longer periods of the other direction", () => {
    const policy = (value: number, periodSeconds: number) => ({
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [{ type: "Pods", value, periodSeconds }],
    });
    const behavior = { scaleUp: policy(2, 15), scaleDown: policy(1, 600) };
    const scene = new Scene(10, { behavior });
    const steps = ["500m", "500m", "50m", "50m", "50m", "500m"];
    steps.forEach((usage, at) => {
      scene.cpu = usage;
      scene.plane.at(15 * (at + 1) + 1);
      scene.follow();
    });
    expect(scene.replicas).toBe(16);
    scene.cpu = "5m";
    scene.plane.at(107);
    // The last step took the place of one of the two outdated ones; the other still counts: 16 − 4 − 1.
    expect(scene.replicas).toBe(11);
  });

  it("never scales a direction that is disabled", () => {
    const behavior = {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Disabled",
        policies: [{ type: "Pods", value: 4, periodSeconds: 15 }],
      },
    };
    const scene = new Scene(2, { behavior });
    scene.cpu = "1000m";
    scene.plane.at(100);
    expect(scene.replicas).toBe(2);
  });

  it("takes pods without metrics to use nothing on the way up and all of it on the way down", () => {
    const up = new Scene(4);
    up.cpu = "100m";
    up.without.add("web-0").add("web-1");
    up.plane.at(16);
    // 200 of 400 requested is the target itself.
    expect(up.replicas).toBe(4);
    const down = new Scene(4, {
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
        },
      },
    });
    down.cpu = "10m";
    down.without.add("web-0");
    down.plane.at(16);
    // (3 × 10 + 100) of 400 is 32 %: 0.64 × 4 pods.
    expect(down.replicas).toBe(3);
  });

  it.each([
    // Ended pods that failed are left out; those that succeeded tell nothing and count as idle.
    ["Failed", 4],
    ["Succeeded", 2],
  ])("counts a pod that is %s to propose %d", (phase, replicas) => {
    const scene = new Scene(2);
    scene.pod("web-2", { phase });
    scene.pod("web-3", { phase });
    scene.without.add("web-2").add("web-3");
    scene.cpu = "100m";
    scene.plane.at(16);
    expect(scene.replicas).toBe(replicas);
  });

  it("does not count the CPU of pods that start", () => {
    const scene = new Scene(2);
    scene.plane.at(10);
    scene.pod("web-2", {}, 10);
    scene.pod("web-3", {}, 10);
    scene.cpu = "100m";
    scene.plane.at(16);
    // Ratio 2 by the two old pods; with two that count as idle it is 1.
    expect(scene.replicas).toBe(2);
  });

  it("says what is missing when no pod has metrics", () => {
    const scene = new Scene(2);
    scene.cpu = undefined;
    scene.plane.at(16);
    const detail =
      "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API";
    expect(scene.condition("ScalingActive")).toBe(
      `False FailedGetResourceMetric: the HPA was unable to compute the replica count: ${detail}`,
    );
    expect(scene.plane.events()).toEqual([
      `FailedGetResourceMetric ${detail}`,
      `FailedComputeMetricsReplicas invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${detail}`,
    ]);
    expect(scene.status.currentMetrics).toEqual([{ type: "" }]);
  });

  it("says that pods may be unready when only their start has been measured", () => {
    const scene = new Scene(0);
    scene.plane.edit("Deployment", "default/web", (object) => ({
      ...object,
      spec: { ...object.spec, replicas: 1 },
    }));
    scene.plane.at(14);
    scene.pod("web-0", {}, 14);
    scene.plane.at(16);
    expect(scene.condition("ScalingActive")).toContain(
      "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)",
    );
  });

  it("is off while its target has no replicas", () => {
    const scene = new Scene(0);
    scene.plane.at(16);
    expect(scene.condition("ScalingActive")).toBe(
      "False ScalingDisabled: scaling is disabled since the replica count of the target is zero",
    );
    expect(scene.status).not.toHaveProperty("currentReplicas");
  });

  it.each([
    [8, 10, 20, "Current number of replicas below Spec.MinReplicas", 10],
    [8, 1, 5, "Current number of replicas above Spec.MaxReplicas", 5],
  ])(
    "brings %d replicas into the range %d to %d",
    (replicas, minReplicas, maxReplicas, reason, size) => {
      const scene = new Scene(replicas, { minReplicas, maxReplicas });
      scene.plane.at(16);
      expect(scene.replicas).toBe(size);
      expect(scene.plane.events()).toEqual([
        `SuccessfulRescale New size: ${size}; reason: ${reason}`,
      ]);
    },
  );

  it.each([
    ["apps/v1", "Deployment", `deployments.apps "nope" not found`],
    ["apps/v1beta2", "Deployment", `deployments.apps "nope" not found`],
    ["apps/v1", "Deploy", `no matches for kind "Deploy" in group "apps"`],
    [
      "apps/v1",
      "DaemonSet",
      "the server could not find the requested resource (get daemonsets nope)",
    ],
  ])("cannot scale %s %s that is not there", (apiVersion, kind, error) => {
    const scene = new Scene(1, { scaleTargetRef: { apiVersion, kind, name: "nope" } });
    scene.plane.at(16);
    expect(scene.condition("AbleToScale")).toBe(
      `False FailedGetScale: the HPA controller was unable to get the target's current scale: ${error}`,
    );
    expect(scene.plane.events()).toEqual([`FailedGetScale ${error}`]);
  });

  it("refuses pods that another autoscaler scales, too", () => {
    const scene = new Scene(2);
    scene.plane.at(16);
    const { spec } = scene.plane.get("HorizontalPodAutoscaler", "default/web");
    scene.plane.create("HorizontalPodAutoscaler", {
      metadata: { name: "second", namespace: "default" },
      spec,
    });
    scene.plane.at(32);
    const { conditions, currentReplicas, desiredReplicas } = scene.plane.get(
      "HorizontalPodAutoscaler",
      "default/second",
    ).status;
    expect([currentReplicas, desiredReplicas]).toEqual([2, 0]);
    expect(conditions[1]).toMatchObject({
      type: "ScalingActive",
      status: "False",
      reason: "AmbiguousSelector",
    });
    expect(conditions[1].message).toBe(
      "pods by selector app=web are controlled by multiple HPAs: [{second default} {web default}]",
    );
  });
});
