import { describe, expect, it } from "vitest";
import { cpu, Scene } from "./scene.ts";

describe("metrics that are no resources", () => {
  function provide(scene: Scene, kind: string, values: readonly object[]): void {
    scene.plane.virtual.provide(kind, { get: () => undefined, list: () => values as never });
  }

  it("averages a metric of pods", () => {
    const pods = {
      metric: { name: "requests" },
      target: { type: "AverageValue", averageValue: "10" },
    };
    const scene = new Scene(2, {}, [{ type: "Pods", pods }]);
    const values = ["web-0", "web-1"].map((name) => ({
      describedObject: { kind: "Pod", name },
      metric: { name: "requests" },
      value: "15",
    }));
    provide(scene, "MetricValue", values);
    scene.plane.at(16);
    expect(scene.replicas).toBe(3);
    expect(scene.status.currentMetrics[0].pods.current).toEqual({ averageValue: "15" });
    expect(scene.plane.events()).toEqual([
      "SuccessfulRescale New size: 3; reason: pods metric requests above target",
    ]);
  });

  it("takes pods that tell nothing to use nothing, when the others use just what they should", () => {
    const pods = {
      metric: { name: "requests" },
      target: { type: "AverageValue", averageValue: "10" },
    };
    const scene = new Scene(4, {}, [{ type: "Pods", pods }]);
    const values = ["web-0", "web-1", "web-2"].map((name) => ({
      describedObject: { kind: "Pod", name },
      metric: { name: "requests" },
      value: "10",
    }));
    provide(scene, "MetricValue", values);
    scene.plane.at(16);
    // 30 of 4 × 10: three would do, which the window puts off.
    expect(scene.condition("AbleToScale")).toContain("ScaleDownStabilized");
  });

  it("tells memory in binary units", () => {
    const target = { type: "AverageValue", averageValue: "100Mi" };
    const scene = new Scene(2, {}, [{ type: "Resource", resource: { name: "memory", target } }]);
    scene.plane.at(16);
    expect(scene.status.currentMetrics).toEqual([
      { type: "Resource", resource: { name: "memory", current: { averageValue: "20Mi" } } },
    ]);
  });

  it.each([
    [
      "a value of one object",
      { type: "Value", value: "100" },
      "250",
      5,
      { value: "250" },
      "Ingress metric hits above target",
    ],
    [
      "a share of an object's value per pod",
      { type: "AverageValue", averageValue: "50" },
      "250",
      5,
      { averageValue: "125" },
      "external metric hits(nil) above target",
    ],
  ])("scales by %s", (_, target, value, replicas, current, reason) => {
    const describedObject = { kind: "Ingress", name: "main", apiVersion: "networking.k8s.io/v1" };
    const scene = new Scene(2, {}, [
      { type: "Object", object: { metric: { name: "hits" }, describedObject, target } },
    ]);
    provide(scene, "MetricValue", [{ describedObject, metric: { name: "hits" }, value }]);
    scene.plane.at(16);
    expect(scene.replicas).toBe(Math.min(replicas, 4));
    expect(scene.status.currentMetrics[0].object.current).toEqual(current);
    expect(scene.plane.events()).toEqual([`SuccessfulRescale New size: 4; reason: ${reason}`]);
  });

  it.each([
    [{ type: "Value", value: "30" }, 4, { value: "60" }],
    [{ type: "AverageValue", averageValue: "20" }, 3, { averageValue: "30" }],
  ])("sums the series of an external metric", (target, replicas, current) => {
    const external = { metric: { name: "queue", selector: { matchLabels: { q: "a" } } }, target };
    const scene = new Scene(2, {}, [{ type: "External", external }]);
    provide(scene, "ExternalMetricValue", [
      { metricName: "queue", metricLabels: { q: "a" }, value: "40" },
      { metricName: "queue", metricLabels: { q: "a" }, value: "20" },
      { metricName: "queue", metricLabels: { q: "b" }, value: "1000" },
    ]);
    scene.plane.at(16);
    expect(scene.replicas).toBe(replicas);
    expect(scene.status.currentMetrics[0].external.current).toEqual(current);
  });

  it("follows the largest of several metrics, and does not scale down while one is silent", () => {
    const external = {
      metric: { name: "queue" },
      target: { type: "AverageValue", averageValue: "20" },
    };
    const scene = new Scene(2, {}, [cpu(50), { type: "External", external }]);
    scene.cpu = "5m";
    scene.plane.at(16);
    expect(scene.condition("ScalingActive")).toContain("False FailedGetExternalMetric");
    scene.cpu = "100m";
    scene.plane.at(31);
    expect(scene.replicas).toBe(4);
  });
});
