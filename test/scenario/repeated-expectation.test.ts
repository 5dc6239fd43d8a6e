import { describe, expect, test } from "vitest";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { ScenarioRun } from "../../sim/scenario/run/scenario-run.ts";

/** A pod with a readiness delay is killed every minute; each time it has to come back. */
function outcomes(expectation: string): readonly { passed: boolean; message: string }[] {
  const text = `
apiVersion: ksim.dev/v1
kind: Scenario
metadata: { name: again }
spec:
  title: Again
  seed: "1"
  duration: 5m
  cluster: { nodes: [{ count: 1 }], timing: { imagePull: 1s, podStart: 500ms } }
  steps:
    - id: deploy
      at: 0s
      apply:
        manifest:
          apiVersion: apps/v1
          kind: Deployment
          metadata: { name: web }
          spec:
            replicas: 1
            selector: { matchLabels: { app: web } }
            template:
              metadata: { labels: { app: web } }
              spec: { containers: [{ name: main, image: "app:1" }] }
    - id: kill
      at: 1m
      every: 1m
      until: 3m
      fault: { type: pod-kill, target: { selector: app=web } }
      expect: ${expectation}
    - { id: crash, at: 3m500ms, fault: { type: node-crash, target: { node: node-1 }, for: 60s } }
`;
  const run = new ScenarioRun(parseScenario("again.yaml", text), { detail: "digest" });
  return run.finish().expectations;
}

describe("an expectation of a step that repeats", () => {
  test("passes when it comes true after each time, and tells the slowest", () => {
    const [outcome] = outcomes(
      `{ eventually: { within: 80s, that: "readyPods('app=web').size() == 1" } }`,
    );
    expect(outcome?.passed, outcome?.message).toBe(true);
    expect(outcome?.message).toMatch(/^after at most 1m.*s \(3 times\)$/);
  });

  test("fails at the time after which it does not come true", () => {
    const [outcome] = outcomes(
      `{ eventually: { within: 30s, that: "readyPods('app=web').size() == 1" } }`,
    );
    expect(outcome).toMatchObject({ passed: false, at: 210 });
    expect(outcome?.message).toMatch(/^not within 30s/);
  });

  test("is asked only in its windows", () => {
    const [held] = outcomes(
      `{ never: { within: 500ms, that: "readyPods('app=web').size() == 1" } }`,
    );
    expect(held).toMatchObject({ passed: true, message: "held (3 times)" });
  });
});
