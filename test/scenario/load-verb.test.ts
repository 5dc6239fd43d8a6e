import { describe, expect, it } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";

const TEXT = `
apiVersion: ksim.dev/v1
kind: Scenario
metadata: { name: load }
spec:
  title: Load
  duration: 2m
  cluster: { nodes: [{ count: 1 }] }
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
    - at: 60s
      load: { service: web, rate: 10, for: 30s }
`;

describe("the load verb", () => {
  it("sends requests for as long as it says", () => {
    const run = new ScenarioRun(parseScenario("load.yaml", TEXT), { detail: "digest" });
    run.finish();
    const [id = -1] = run.cluster.traffic.loads().map((one) => one.id);
    const counters = run.cluster.traffic.counters(id);
    expect(counters?.sent).toBeGreaterThan(290);
    expect(counters?.sent).toBeLessThan(310);
    expect(run.cluster.now).toBeGreaterThanOrEqual(90 * SECOND);
  });
});
