import { describe, expect, it } from "vitest";
import type { Pod, TopologySpreadConstraint } from "../../../sim/api/types.gen.ts";
import { scores, verdicts } from "../ask.ts";
import { node, pod } from "../builders.ts";

const NAME = "PodTopologySpread";
const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const web = { app: "web" };
const nodes = ["a1", "a2", "b1"].map((name) =>
  node(name, { labels: { [HOST]: name, [ZONE]: name.slice(0, 1) } }),
);
const on = (...names: string[]): Pod[] =>
  names.map((name, at) => pod(`${name}-${at}`, { labels: web, node: name }));
const constraint = (more: Partial<TopologySpreadConstraint> = {}): TopologySpreadConstraint => ({
  maxSkew: 1,
  topologyKey: ZONE,
  whenUnsatisfiable: "DoNotSchedule",
  labelSelector: { matchLabels: web },
  ...more,
});
const spread = (...topologySpreadConstraints: TopologySpreadConstraint[]) =>
  pod("p", { labels: web, spec: { topologySpreadConstraints } });
const refused = "node(s) didn't match pod topology spread constraints";

describe("PodTopologySpread as a filter", () => {
  it.each<[string, string[], Partial<TopologySpreadConstraint>, string]>([
    ["nobody there", [], {}, "a1 a2 b1"],
    ["one in zone a", ["a1"], {}, "b1"],
    ["one in each zone", ["a1", "b1"], {}, "a1 a2 b1"],
    ["one in zone a, skew 2 allowed", ["a1"], { maxSkew: 2 }, "a1 a2 b1"],
    ["one on host a1, spread over hosts", ["a1"], { topologyKey: HOST }, "a2 b1"],
    ["one in each of two zones where three are demanded", ["a1", "b1"], { minDomains: 3 }, ""],
  ])("with %s", (_, there, more, fits) => {
    const verdict = verdicts(NAME, spread(constraint(more)), { nodes, pods: on(...there) });
    expect(
      Object.keys(verdict)
        .filter((name) => verdict[name] === "fits")
        .join(" "),
    ).toBe(fits);
    for (const text of Object.values(verdict)) expect(["fits", refused]).toContain(text);
  });

  it("refuses nodes without the label for good", () => {
    const lonely = [...nodes, node("x", { labels: { [HOST]: "x" } })];
    expect(verdicts(NAME, spread(constraint()), { nodes: lonely })["x"]).toBe(
      `${refused} (missing required label)`,
    );
  });

  it("does not count terminating pods, other namespaces or other labels", () => {
    const leaving = on("a1").map((each) => ({
      ...each,
      metadata: { ...each.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    }));
    const pods = [
      ...leaving,
      pod("far", { labels: web, namespace: "far", node: "a1" }),
      pod("db", { labels: { app: "db" }, node: "a1" }),
    ];
    expect(verdicts(NAME, spread(constraint()), { nodes, pods })["a1"]).toBe("fits");
  });

  it("counts nobody for an empty selector, but a pod that was promised the node", () => {
    const anybody = constraint({ topologyKey: HOST, labelSelector: {} });
    const ask = (...pods: Pod[]) => verdicts(NAME, spread(anybody), { nodes, pods })["a1"];
    expect(ask(...on("a1", "a1"))).toBe("fits");
    const promised = pod("promised", { priority: 10 });
    expect(ask({ ...promised, status: { nominatedNodeName: "a1" } })).toBe(refused);
  });

  it("counts only pods with the same values of matchLabelKeys", () => {
    const old = pod("old", { labels: { ...web, hash: "1" }, node: "a1" });
    const next = pod("p", {
      labels: { ...web, hash: "2" },
      spec: { topologySpreadConstraints: [constraint({ matchLabelKeys: ["hash"] })] },
    });
    expect(verdicts(NAME, next, { nodes, pods: [old] })["a1"]).toBe("fits");
  });

  it("leaves tainted nodes out of the count when nodeTaintsPolicy is Honor", () => {
    const tainted = [
      ...nodes.slice(0, 2),
      node("b1", {
        labels: { [HOST]: "b1", [ZONE]: "b" },
        taints: [{ key: "x", effect: "NoSchedule" }],
      }),
    ];
    const ask = (nodeTaintsPolicy: string) =>
      verdicts(NAME, spread(constraint({ nodeTaintsPolicy })), { nodes: tainted, pods: on("a1") })[
        "a2"
      ];
    expect(ask("Ignore")).toBe(refused);
    expect(ask("Honor")).toBe("fits");
  });
});

describe("PodTopologySpread as a score", () => {
  const soft = constraint({ whenUnsatisfiable: "ScheduleAnyway" });

  it("prefers the emptier zone: matches · ln(domains + 2), the fewest best", () => {
    expect(scores(NAME, spread(soft), { nodes, pods: on("a1", "a2", "b1") })).toEqual({
      a1: [3, 33],
      a2: [3, 33],
      b1: [1, 100],
    });
  });

  it("spreads by host and zone unasked when a Service selects the pod", () => {
    const services = [{ metadata: { name: "s", namespace: "default" }, spec: { selector: web } }];
    const ask = (objects: Record<string, unknown[]>) =>
      scores(NAME, pod("p", { labels: web }), { nodes, pods: on("a1", "a1"), objects });
    expect(ask({ services })).toEqual({ a1: [12, 50], a2: [9, 75], b1: [6, 100] });
    expect(ask({})).toEqual({});
  });
});
