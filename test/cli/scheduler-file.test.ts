import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ksim } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "ksim-scheduler-"));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const packing =
  "pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: MostAllocated}}}]\nplugins: {score: {disabled: [{name: NodeResourcesBalancedAllocation}, {name: PodTopologySpread}]}}\n";
const scenario = (scheduler: string) =>
  file(
    "scenario.yaml",
    `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: pack}
spec:
  duration: 30s
  cluster:
    scheduler: ${scheduler}
    nodes: [{count: 2, name: "node-{i}", capacity: {cpu: "4", memory: 8Gi, pods: "110"}}]
  steps:
    - id: deploy
      at: 0s
      apply:
        manifest:
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec:
            replicas: 4
            selector: {matchLabels: {app: web}}
            template:
              metadata: {labels: {app: web}}
              spec: {containers: [{name: web, image: "web:1", resources: {requests: {cpu: 500m, memory: 512Mi}}}]}
  expect:
    - {name: on one node, eventually: {within: 30s, that: "pods('app=web').filter(p, has(p.spec.nodeName)).size() == 4 && pods('app=web').all(p, p.spec.nodeName == pods('app=web')[0].spec.nodeName)"}}
`,
  );

describe("a scheduler configuration in a file", () => {
  it("is a scheduler by its name, on the command line and in a scenario", async () => {
    const config = file("packing.yaml", packing);
    expect((await ksim(["run", scenario("default")])).code).toBe(1);
    expect((await ksim(["run", scenario("default"), "--scheduler", config])).code).toBe(0);
    expect((await ksim(["run", scenario("./packing.yaml")])).code).toBe(0);
  });

  it("is refused at the place where it is wrong", async () => {
    const config = file(
      "wrong.yaml",
      "plugins:\n  filter:\n    enabled:\n      - name: NodePort\n",
    );
    const { code, err } = await ksim(["run", scenario("default"), "--scheduler", config]);
    expect(code).toBe(3);
    expect(err).toContain("wrong.yaml:4:15: plugins.filter.enabled[0].name");
    expect(err).toContain("Did you mean NodePorts?");
  });

  it("is refused in a scenario, too, before anything runs", async () => {
    const wrong = "{plugins: {filter: {enabled: [{name: NodePort}]}}}";
    const { code, err, out } = await ksim(["run", scenario(wrong)]);
    expect(code).toBe(3);
    expect(err).toContain("scenario.yaml:7:16: spec.cluster.scheduler");
    expect(err).toContain('unknown plugin: "NodePort"');
    expect(out).toBe("");
  });
});

describe("events that a plugin of one's own wakes on", () => {
  const own = (wakesOn: string) =>
    file(
      "own.ts",
      `export default { name: "own", preFilter: () => ({ reject: { code: "Unschedulable", reasons: ["no"] } }), wakesOn: ${wakesOn} };\n`,
    );

  it.each([
    ["no list", "{}", "wakesOn: expected a list of events"],
    ["no actions", '[{ resource: "Node" }]', "wakesOn[0]: expected {resource, actions: [...]}"],
    [
      "a hint that is none",
      '[{ resource: "Node", actions: ["add"], hint: 1 }]',
      "wakesOn[0].hint: expected a function",
    ],
  ])("are refused with %s", async (_, wakesOn, problem) => {
    const { code, err } = await ksim(["run", scenario("default"), "--scheduler", own(wakesOn)]);
    expect(code).toBe(3);
    expect(err).toContain("own.ts, plugin own]");
    expect(err).toContain(problem);
  });
});
