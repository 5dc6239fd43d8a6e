import { describe, expect, it } from "vitest";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";

/** A pod that is there for the second of two minutes, or none at all. */
function measured(measure: string, pods: boolean): number | null | undefined {
  const pod = `{ apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { containers: [{ name: main, image: "app:1" }] } }`;
  const other = "{ apiVersion: v1, kind: Namespace, metadata: { name: web } }";
  const text = `
apiVersion: ksim.dev/v1
kind: Scenario
metadata: { name: levels }
spec:
  title: Levels
  duration: 2m
  cluster: { nodes: [{ count: 1 }] }
  measure: [{ name: it, ${measure} }]
  steps:
    - at: 60s
      apply: { manifest: ${pods ? pod : other} }
`;
  const run = new ScenarioRun(parseScenario("levels.yaml", text), { detail: "digest" });
  run.finish();
  return run.result().measures[0]?.value;
}

describe("what is counted over time", () => {
  it.each(["pods_pending", "pods_ready", "pods_unschedulable", "nodes_used"])(
    "%s is none, not unknown, before there is a pod",
    (metric) => {
      expect(measured(`metric: ${metric}, stat: max`, false)).toBe(0);
      expect(measured(`metric: ${metric}, stat: min`, true)).toBe(0);
    },
  );

  it("has its mean over the whole run", () => {
    expect(measured("metric: nodes_used, stat: mean", true)).toBeCloseTo(0.5, 1);
  });
});
