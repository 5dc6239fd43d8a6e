import { describe, expect, test } from "vitest";
import { cellsCsv, summaryCsv } from "../../report/csv.ts";
import { experimentHtml } from "../../report/experiment-html.ts";
import { shortNumber, signed, withUnit } from "../../report/numbers.ts";
import { extent, linear, ticks, timeTicks } from "../../report/plot/scale.ts";
import { MINUTE } from "../../sim/engine/time.ts";
import { cellsOf, combinations, type ExperimentPlan } from "../../sim/experiment/plan.ts";
import { assemble, type CellResult } from "../../sim/experiment/result.ts";

const plan: ExperimentPlan = {
  name: "small",
  title: "A <small> experiment",
  version: "0.0.0",
  inputs: "0123456789abcdef",
  schedulers: ["default", "packs"],
  seeds: ["1", "2", "3"],
  points: combinations({ nodes: [2, 4] }),
  columns: [
    { name: "pending", metric: "pod_scheduling_seconds", stat: "mean", unit: "seconds" },
    { name: "cpu", metric: "utilization", stat: "mean", unit: "share" },
    { name: "same", metric: "pods_bound", stat: "sum", unit: "count" },
  ],
  compare: { baseline: "default", confidence: 0.95, method: "paired-t" },
  setup: [{ name: "workload", text: "twelve <pods>" }],
};

const cells: readonly CellResult[] = cellsOf(plan).map(({ scheduler, seed, point, index }) => {
  const packs = scheduler === "packs" ? 1 : 0;
  const pending = 10 + Number(seed) * 2 - packs * (3 + (Number(seed) % 2)) - point * 4;
  return {
    scheduler,
    seed,
    point: plan.points[point] ?? {},
    digest: `digest-${index}`,
    simulatedSeconds: 60,
    events: 100,
    values: { pending, cpu: 0.5 + index / 100, same: 12 },
    pending: Array.from({ length: 101 }, (_, at) => (at * pending) / 50),
    failures: index === 5 ? ['cpu: 0.55 is not < "50%"'] : [],
  };
});

const result = assemble(plan, cells);

describe("an experiment", () => {
  test.each([
    ["experiment.html", () => experimentHtml(result, "Notes & more.")],
    ["cells.csv", () => cellsCsv(result)],
    ["summary.csv", () => summaryCsv(result)],
    ["experiment.json", () => `${JSON.stringify(result, null, 2)}\n`],
  ])("as %s is what it was", async (name, write) => {
    await expect(write()).toMatchFileSnapshot(`../golden/report/${name}`);
  });

  test("is told to who has seen neither its file nor the manual", () => {
    const page = experimentHtml(result);
    for (const text of [
      "twelve &lt;pods&gt;",
      "spread by least allocated resources",
      "Time from a pod's creation to its binding to a node.",
      "difference in per cent of the mean of default",
      "mean of pod_scheduling_seconds",
      "share of pods",
    ])
      expect(page).toContain(text);
  });

  test("has no picture of waiting where nobody waited", () => {
    const idle = cells.map((cell) => ({ ...cell, pending: cell.pending.map(() => 0) }));
    const page = experimentHtml(assemble(plan, idle));
    expect(page).toContain("did not wait at all");
    expect(page).not.toContain("Distribution of the pending time");
  });

  test("compares equal seeds", () => {
    const row = result.differences.find(
      ({ metric, point }) => metric === "pending" && point["nodes"] === 2,
    );
    expect(row).toMatchObject({ n: 3, difference: -3.666667, significant: true });
    // sd of (-4, -3, -4) is 0.57735; t(0.95, 2) is 4.3027
    expect(row?.low).toBeCloseTo(-3.666667 - (4.3027 * 0.57735) / Math.sqrt(3), 3);
  });

  test("is the same whatever order its cells came in", () => {
    const shuffled = [...cells].reverse().sort((a, b) => a.digest.length - b.digest.length);
    const again = assemble(plan, shuffled);
    expect(again.summary).toEqual(result.summary);
    expect(again.differences).toEqual(result.differences);
  });
});

describe("numbers", () => {
  test.each([
    [1.23456, "1.235"],
    [12345.6, "12346"],
    [0.000012345, "0.00001234"],
    [42, "42"],
    [null, "–"],
  ])("%s reads %s", (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  test("carry their units and signs", () => {
    expect([
      withUnit(0.123, "share"),
      withUnit(2.5, "seconds"),
      signed(0.02, "share"),
      signed(-3, "count"),
    ]).toEqual(["12.3 %", "2.5 s", "+2 pp", "-3"]);
  });
});

describe("scales", () => {
  test("have round ticks within their domain", () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([13, 97], 4)).toEqual([50]);
    expect(timeTicks(10 * MINUTE, 5).map((time) => time / MINUTE)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  test("have a place for everything, even of an empty domain", () => {
    expect(extent([])).toEqual([0, 1]);
    expect(linear([5, 5], [0, 100])(5)).toBe(0);
  });
});
