import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { node, pod } from "../scheduler/builders.ts";
import { ksim } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "ksim-decide-"));
const file = (name: string, content: string | object): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 4));
  return path;
};

const names = ["large", "middle", "small", "full", "closed"];
const nodes = [
  node("large", { cpu: "16", memory: "64Gi" }),
  node("middle", { cpu: "8", memory: "32Gi" }),
  node("small", { cpu: "4", memory: "16Gi" }),
  node("full", { cpu: "1" }),
  node("closed", { unschedulable: true }),
];
const dump = file("dump.json", {
  apiVersion: "v1",
  kind: "List",
  items: [...nodes, pod("there", { cpu: "1", node: "large" })],
});
const manifest = file(
  "pod.yaml",
  "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: web, resources: {requests: {cpu: 2}}}]}\n",
);
const decide = (...more: string[]) =>
  ksim(["decide", "--cluster", dump, "--pod", manifest, ...more]);

describe("decide, asked about a dump", () => {
  it("tells the node, the scores that tell nodes apart, and why the others were turned down", async () => {
    const { out, code } = await decide();
    expect(code).toBe(0);
    expect(out).toContain("Pod/default/web: large with");
    expect(out).toContain("(3 of 5 nodes are feasible)");
    expect(out).toMatch(/NODE +TOTAL +Fit/);
    expect(out).toMatch(/^→ large +\d+/m);
    expect(out).toContain("Equal for all of them: TaintToleration 300");
    expect(out).toContain("  1  NodeResourcesFit: Insufficient cpu\n     full\n");
    expect(out).toContain("  1  NodeUnschedulable: node(s) were unschedulable\n     closed\n");
  });

  it("fits 100 columns, and shows every score when asked for wide", async () => {
    const { out } = await decide();
    for (const line of out.split("\n").slice(1)) expect(line.length).toBeLessThanOrEqual(100);
    const { out: wide } = await decide("-o", "wide");
    expect(wide).toContain("0/100/300");
    expect(wide).toContain("× 3");
  });

  it("answers JSON with every node", async () => {
    const { out } = await decide("-o", "json");
    const { name, decision } = JSON.parse(out) as {
      name: string;
      decision: { host: string; nodes: Record<string, object> };
    };
    expect([name, decision.host]).toEqual(["Pod/default/web", "large"]);
    expect(Object.keys(decision.nodes).sort()).toEqual([...names].sort());
  });

  it("reads dumps larger than anything written by hand, and says where one is broken", async () => {
    const items = Array.from({ length: 8_000 }, (_, at) => pod(`p${at}`, { node: "large" }));
    const large = file("large.json", {
      apiVersion: "v1",
      kind: "List",
      items: [...nodes, ...items],
    });
    const { code } = await ksim(["decide", "--cluster", large, "--pod", manifest]);
    expect(code).toBe(0);
    const broken = file("broken.json", '{"kind": "List",\n "items": [}\n');
    const bad = await ksim(["decide", "--cluster", broken, "--pod", manifest]);
    expect(bad.code).toBe(3);
    expect(bad.err).toContain("broken.json:2:");
    const odd = file("odd.json", '{"kind": "List", "items": [{"kind": "Node"}]}');
    const missing = await ksim(["decide", "--cluster", odd, "--pod", manifest]);
    expect(missing.code).toBe(3);
    expect(missing.err).toContain("items[0]: expected an object with apiVersion and kind");
  });

  it.each([
    [
      "an unknown plugin",
      "plugins: {filter: {enabled: [{name: NodePort}]}}",
      ["1:37: plugins.filter.enabled[0].name", "unknown plugin", "Did you mean NodePorts?"],
    ],
    [
      "a bad argument",
      "profiles:\n  - pluginConfig:\n      - name: InterPodAffinity\n        args: {hardPodAffinityWeight: 101}\n",
      ["4:39: profiles[0].pluginConfig[0].args.hardPodAffinityWeight", "0..100", "got 101"],
    ],
    [
      "an unknown argument",
      "pluginConfig:\n  - {name: NodeResourcesFit, args: {ignored: []}}\n",
      ["2:36:", "expected one of ignoredResources", "got ignored"],
    ],
    [
      "a shape that goes back",
      "pluginConfig: [{name: NodeResourcesFit, args: {scoringStrategy: {type: RequestedToCapacityRatio, requestedToCapacityRatio: {shape: [{utilization: 50, score: 1}, {utilization: 20, score: 2}]}}}}]",
      ["shape[1].utilization", "more than 50", "got 20"],
    ],
    [
      "defaults that select",
      "pluginConfig: [{name: PodTopologySpread, args: {defaultingType: List, defaultConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {}}]}}]",
      ["defaultConstraints[0].labelSelector", "expected none"],
    ],
    ["no order", "plugins: {queueSort: {disabled: [{name: '*'}]}}", ["queueSort", "got none"]],
    [
      "a plugin twice",
      "plugins: {filter: {enabled: [{name: NodeName}, {name: NodeName}]}}",
      ["plugin NodeName", "named twice"],
    ],
    ["no YAML", "plugins: {filter: [\n", ["2:1: not valid YAML"]],
    ["nothing", "", ["1:1: expected a profile or a KubeSchedulerConfiguration"]],
  ])("refuses a configuration with %s, and says where", async (_, text, said) => {
    const { code, err } = await decide("--config", file("config.yaml", text));
    expect(code).toBe(3);
    expect(err).toContain("config.yaml:");
    for (const part of said) expect(err).toContain(part);
  });
});
