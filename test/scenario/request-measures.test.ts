import { describe, expect, it } from "vitest";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";

/** A pod that answers 100 requests a second in 10 ms, asked for 50 a second for 30 s, then for 125 a second for 20 s. */
const text = (measures: string): string => `
apiVersion: ksim.dev/v1
kind: Scenario
metadata: { name: requests }
spec:
  title: Requests
  duration: 2m
  cluster:
    nodes: [{ count: 1 }]
    images: { app: { serves: { capacity: 100, latency: 10ms } } }
  ${measures}
  steps:
    - at: 0s
      apply:
        manifest:
          - apiVersion: v1
            kind: Pod
            metadata: { name: web, labels: { app: web } }
            spec: { containers: [{ name: main, image: "app:1" }] }
          - apiVersion: v1
            kind: Service
            metadata: { name: web }
            spec: { selector: { app: web }, ports: [{ port: 80 }] }
    - id: load
      at: 60s
      load: { service: web, rates: [{ from: 0s, rate: 50 }, { from: 30s, rate: 125 }], for: 50s }
`;

function finished(measures: string): ScenarioRun {
  const run = new ScenarioRun(parseScenario("requests.yaml", text(measures)), { detail: "digest" });
  run.finish();
  return run;
}

const measured = (measure: string) =>
  finished(`measure: [{ name: it, ${measure} }]`).result().measures[0]?.value;

describe("what simulated requests meet", () => {
  it.each([
    // 30 s × 50 + 20 s × 125.
    ["metric: requests_total", 4000],
    ["metric: requests_total, from: 80s, to: 95s", 10 * 50 + 5 * 125],
    ["metric: request_rate, stat: max", 125],
    // 25 of 125 a second are too many: 500 of 4,000.
    ["metric: request_errors", 0.125],
    ["metric: request_errors, stat: max", 0.2],
    ["metric: request_errors, to: 90s", 0],
    // 1,500 answers at half of what the pod can do, then 2,000 at its limit: those take the client's patience.
    ["metric: request_seconds, stat: mean", 2.865714],
    ["metric: request_seconds, stat: p50", 5],
    ["metric: request_seconds, stat: p99, to: 90s", 0.02],
    ["metric: request_seconds, to: 59s", null],
  ])("%s is %s", (measure, value) => {
    expect(measured(measure)).toBe(value);
  });

  it("is measured without altering the run", () => {
    const digest = (measures: string) => finished(measures).cluster.engine.journal.digest();
    expect(digest("measure: [{ metric: request_seconds }]")).toBe(digest(""));
  });
});
