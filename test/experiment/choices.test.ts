import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExperimentResult } from "../../sim/experiment/result.ts";
import { ksim } from "../cli/run-cli.ts";
import { bench, folder, SMALL } from "./small.ts";

describe("the schedulers that a command line chooses", () => {
  test("are the experiment's where it has them under that name, and the first is compared with", async () => {
    const cwd = folder(
      `${SMALL.replace("bin-packing]", "{name: mine, config: bin-packing}]")}  compare: {baseline: default}\n`,
    );
    const whole = JSON.parse((await bench(cwd, "-o", "json")).out) as ExperimentResult;
    const { code, out } = await bench(cwd, "--schedulers", "mine", "--seed", "7", "-o", "json");
    expect(code).toBe(0);
    const result = JSON.parse(out) as ExperimentResult;
    expect([result.schedulers, result.compare.baseline]).toEqual([["mine"], "mine"]);
    expect(result.cells).toEqual(
      whole.cells.filter(({ scheduler, seed }) => scheduler === "mine" && seed === "7"),
    );
  });
});

describe("a module of one's own", () => {
  const controller = (text: string): string =>
    `export default { name: "mine", for: "ConfigMap", reconcile() { ${text} } };\n`;
  const withModule = (text: string): string => {
    const cwd = folder(
      SMALL.replace("  cluster:\n", "  cluster:\n    controllers: {modules: [./mine.mjs]}\n"),
    );
    writeFileSync(join(cwd, "mine.mjs"), controller(text));
    return cwd;
  };

  test("in the cluster is part of what a result depends on", async () => {
    const cwd = withModule("");
    const inputs = async (): Promise<string> =>
      (JSON.parse((await bench(cwd, "-o", "json")).out) as ExperimentResult).inputs;
    const first = await inputs();
    expect(await inputs()).toBe(first);
    writeFileSync(join(cwd, "mine.mjs"), controller("void 0;"));
    expect(await inputs()).not.toBe(first);
  }, 60_000);

  test.each(["1", "2"])(
    "that breaks is told of without a stack trace, in %s processes",
    async (jobs) => {
      const { code, err } = await bench(withModule('throw new Error("it broke");'), "--jobs", jobs);
      expect(code).toBe(4);
      expect(err).toContain("it broke");
      expect(err).not.toContain("mistake in ksim");
      expect(err).not.toMatch(/\n\s+at /);
    },
    60_000,
  );
});

describe("a scenario with a scheduler and measures of its own", () => {
  test("is run with them", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "ksim-bench-"));
    writeFileSync(
      join(cwd, "own.yaml"),
      `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: own}
spec:
  title: Own
  duration: 1m
  cluster: {scheduler: bin-packing, nodes: [{count: 2, name: "node-{i}"}]}
  steps: [{id: a, at: 0s, apply: {manifest: {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: "a:1"}]}}}}]
  measure: [{name: nodes_used, metric: nodes_used, stat: max, threshold: "< 1"}]
`,
    );
    const { out, err } = await ksim(["bench", "own.yaml", "--seeds", "1", "-o", "json"], { cwd });
    const { cells, schedulers, metrics } = JSON.parse(out) as ExperimentResult;
    const run = await ksim(["run", "own.yaml", "--seed", "1", "-o", "json"], { cwd });
    const result = JSON.parse(run.out) as { scheduler: string; digest: string };
    expect([schedulers, cells[0]?.digest]).toEqual([[result.scheduler], result.digest]);
    expect(metrics.filter(({ name }) => name === "nodes_used")).toMatchObject([{ stat: "max" }]);
    expect(err).toContain("Repeat: ksim run own.yaml --seed 1");
  });
});

describe("a folder that holds something else", () => {
  test.each(["{}", "null", "{"])("is not merged: %s", async (text) => {
    const cwd = folder(SMALL);
    mkdirSync(join(cwd, "part"));
    writeFileSync(join(cwd, "part/experiment.json"), text);
    const { code, err } = await ksim(["bench", "merge", "part"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("part holds no results of an experiment");
  });
});

test("a confidence is told as it was given", async () => {
  const cwd = folder(`${SMALL}  compare: {confidence: 0.55}\n`);
  const { out } = await bench(cwd, "--out", "out", "-q");
  expect(out).toContain("55 % intervals");
  expect(readFileSync(join(cwd, "out/report.html"), "utf8")).toContain("lines are 55 % intervals");
});
