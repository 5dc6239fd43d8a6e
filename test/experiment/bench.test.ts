import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ExperimentResult } from "../../sim/experiment/result.ts";
import { ksim, root } from "../cli/run-cli.ts";
import { bench, folder as folderOf, SMALL as WITHOUT_MATRIX } from "./small.ts";

const SMALL = `${WITHOUT_MATRIX}  matrix: {"workload.generate.pods": [6, 12]}\n`;
const folder = (text = SMALL): string => folderOf(text);
const read = (...path: string[]): string => readFileSync(join(...path), "utf8");

describe("an experiment", () => {
  test("answers every cell, in one order, without paths or clocks", async () => {
    const cwd = folder();
    const { code, out } = await bench(cwd, "-o", "json");
    expect(code).toBe(0);
    const result = JSON.parse(out) as ExperimentResult;
    expect(result).toMatchObject({
      apiVersion: "ksim.dev/v1",
      kind: "ExperimentResult",
      experiment: "small",
    });
    expect(
      result.cells.map(({ point, seed, scheduler }) => [...Object.values(point), seed, scheduler]),
    ).toEqual(
      [6, 12].flatMap((pods) =>
        ["7", "8"].flatMap((seed) =>
          ["default", "bin-packing"].map((scheduler) => [pods, seed, scheduler]),
        ),
      ),
    );
    expect(
      result.cells.every(({ values, point }) => values["placements"] === Object.values(point)[0]),
    ).toBe(true);
    expect(out).not.toContain(cwd);
  });

  test("is the same in one go, in shards, in processes, and when it goes on", async () => {
    const cwd = folder();
    await bench(cwd, "--out", "whole", "-q");
    for (const shard of ["1/3", "2/3", "3/3"])
      await bench(cwd, "--shard", shard, "--out", `part-${shard[0]}`, "-q");
    const merged = await ksim(
      ["bench", "merge", "part-1", "part-2", "part-3", "--out", "merged", "-q"],
      { cwd },
    );
    await bench(cwd, "--jobs", "2", "--out", "jobs", "-q");
    expect(merged.code).toBe(0);
    for (const name of [
      "result.json",
      "cells.csv",
      "summary.csv",
      "report.html",
      "experiment.json",
    ]) {
      const whole = read(cwd, "whole", name);
      expect(read(cwd, "merged", name)).toBe(whole);
      expect(read(cwd, "jobs", name)).toBe(whole);
    }
  }, 120_000);

  test("runs only what is not there yet", async () => {
    const cwd = folder();
    await bench(cwd, "--out", "out", "-q", "--seeds", "1");
    const cells = join(cwd, "out", "cells");
    const before = new Map(
      readdirSync(cells).map((name) => [name, statSync(join(cells, name)).mtimeMs]),
    );
    expect(before.size).toBe(4);
    await bench(cwd, "--out", "out", "-q", "--seeds", "2");
    expect(readdirSync(cells)).toHaveLength(8);
    for (const [name, time] of before) expect(statSync(join(cells, name)).mtimeMs).toBe(time);
    writeFileSync(join(cwd, "small.yaml"), SMALL.replace("mean: 3s", "mean: 4s"));
    await bench(cwd, "--out", "out", "-q", "--seeds", "1");
    expect(readdirSync(cells)).toHaveLength(12);
  });

  test("merge names what is missing, and refuses what does not belong together", async () => {
    const cwd = folder();
    await bench(cwd, "--shard", "1/2", "--out", "half", "-q");
    const half = await ksim(["bench", "merge", "half"], { cwd });
    expect([half.code, half.err]).toEqual([1, expect.stringContaining("4 of 8 runs are missing")]);
    await bench(cwd, "--seed", "1", "--out", "other", "-q");
    expect((await ksim(["bench", "merge", "half", "other"], { cwd })).code).toBe(2);
    expect((await ksim(["bench", "merge", "nowhere"], { cwd })).code).toBe(2);
  });

  test("prints a table, and differences from the baseline", async () => {
    const { out } = await bench(folder());
    expect(out).toMatch(/METRIC +default +bin-packing/);
    expect(out).toContain("workload.generate.pods=6");
    expect(out).toMatch(/nodes_used +\d/);
  });

  test("a failed threshold ends with code 1 and the command that repeats it", async () => {
    const cwd = folder(
      `${SMALL}  metrics: [{name: waits, metric: pod_scheduling_seconds, threshold: "< 0s"}]\n`,
    );
    const { code, out, err } = await bench(cwd);
    expect(code).toBe(1);
    expect(out).toMatch(/✗ default, seed 7 .*waits: \S+ is not < 0s/);
    expect(err).toContain("Repeat: ksim bench small.yaml --schedulers default --seed 7");
  });
});

describe("a scheduler of one's own", () => {
  const last = `export default {
  name: "last",
  schedule: (_pod, cluster) => cluster.nodes.filter(({ name }) => cluster.feasible?.(name) ?? true).at(-1)?.name,
};
`;

  test("is a module beside the experiment, and its text is part of what a result depends on", async () => {
    const cwd = folder(SMALL.replace("bin-packing]", "./last.mjs]").replace(/ {2}matrix.*\n/, ""));
    writeFileSync(join(cwd, "last.mjs"), last);
    const first = await bench(cwd, "--out", "out", "-o", "json");
    expect([first.code, (JSON.parse(first.out) as ExperimentResult).schedulers]).toEqual([
      0,
      ["default", "./last.mjs"],
    ]);
    const jobs = await bench(cwd, "--jobs", "2", "-o", "json");
    expect(jobs.out).toBe(first.out);
    writeFileSync(join(cwd, "last.mjs"), last.replace("at(-1)", "at(0)"));
    const second = await bench(cwd, "-o", "json");
    expect((JSON.parse(second.out) as ExperimentResult).inputs).not.toBe(
      (JSON.parse(first.out) as ExperimentResult).inputs,
    );
  }, 60_000);

  test("that cannot be read is refused with the place that names it", async () => {
    const { code, err } = await bench(folder(SMALL.replace("bin-packing]", "./none.mjs]")));
    expect([code, err]).toEqual([3, expect.stringMatching(/small\.yaml:14:25: .*none\.mjs/)]);
  });
});

describe("a scenario", () => {
  test("is compared under several schedulers and seeds with the digests that run gives it", async () => {
    const { code, out } = await ksim([
      "bench",
      "self-healing",
      "--scheduler",
      "default,bin-packing",
      "--seeds",
      "2",
      "-o",
      "json",
    ]);
    const { cells } = JSON.parse(out) as ExperimentResult;
    const run = await ksim([
      "run",
      "self-healing",
      "--seed",
      "2",
      "--scheduler",
      "bin-packing",
      "-o",
      "json",
    ]);
    expect([code, cells.length]).toEqual([0, 4]);
    expect(cells[3]).toMatchObject({
      seed: "2",
      scheduler: "bin-packing",
      digest: (JSON.parse(run.out) as { digest: string }).digest,
    });
  });
});

describe("a trace", () => {
  test("that was imported plays on its own nodes", async () => {
    const cwd = folder(`apiVersion: ksim.dev/v1
kind: Experiment
metadata: {name: log}
spec: {workload: {trace: log.jsonl, speed: 2}, seeds: {count: 1}, metrics: [pods_bound, {metric: pod_completion_seconds, stat: max, name: longest}]}
`);
    const head = "; MaxNodes: 2\n; MaxProcs: 8\n";
    const job = (id: number, at: number, run: number, cpus: number) =>
      `${id} ${at} 0 ${run} ${cpus} -1 -1 ${cpus} -1 -1 1 1 1 1 1 1 -1 -1\n`;
    writeFileSync(join(cwd, "log.swf"), head + job(1, 0, 60, 2) + job(2, 10, 100, 6));
    expect((await ksim(["import", "swf", "log.swf", "--out", "log.jsonl"], { cwd })).code).toBe(0);
    const { out, code } = await bench(cwd, "-o", "json");
    const values = (JSON.parse(out) as ExperimentResult).cells[0]?.values ?? {};
    expect([code, values["pods_bound_sum"]]).toEqual([0, 3]);
    expect(values["longest"]).toBeGreaterThan(50);
    expect(values["longest"]).toBeLessThan(75);
  });
});

describe("GPUs", () => {
  test("are measured where there are any: what is used, and what nobody can use", async () => {
    const cwd = folder(`apiVersion: ksim.dev/v1
kind: Experiment
metadata: {name: gpus}
spec:
  cluster: {nodes: [{name: gpu, capacity: {cpu: "8", memory: 8Gi, alibabacloud.com/gpu-milli: 2000}}]}
  workload:
    generate:
      pods: 1
      classes: [{name: half, requests: {cpu: "1", alibabacloud.com/gpu-milli: 600}}]
  duration: 1h
  schedulers: [fgd]
  seeds: {count: 1}
`);
    const { out } = await bench(cwd, "-o", "json");
    const values = (JSON.parse(out) as ExperimentResult).cells[0]?.values ?? {};
    // 600 of 2000 are used; of the rest 400 on the same device are too small for another pod of 600.
    expect(values["utilization_gpu"]).toBeCloseTo(0.3, 3);
    expect(values["fragmentation_gpu"]).toBeCloseTo(0.2, 3);
  });
});

describe("a malformed experiment is refused with code 3, its place and a suggestion", () => {
  const change = (from: string, to: string) => SMALL.replace(from, to);
  test.each([
    [
      change("seeds:", "sedes:"),
      /small\.yaml:15:3: .*unknown key "sedes"\n.*\n.*\n +Did you mean "seeds"\?/,
    ],
    [
      change("bin-packing]", "bin-paking]"),
      /small\.yaml:14:25: .*unknown scheduler "bin-paking"\n.*\n.*\n +Did you mean "bin-packing"\?/,
    ],
    [change("bin-packing]", "default]"), /small\.yaml:14:25: .*there twice/],
    [
      change("workload.generate.pods", "workload.generate.pots"),
      /small\.yaml:16:\d+: .*generate\.pots: unknown key "pots"\n.*\n.*\n +Did you mean "pods"\?/,
    ],
    [
      change("[6, 12]", "[6, many]"),
      /small\.yaml:16:.*workload\.generate\.pods: expected an integer, got "many"/,
    ],
    [change("[500m,", "[500x,"), /small\.yaml:12:\d+: .*quantity/],
    [
      change("min: 10s, max: 60s", "min: 90s, max: 60s"),
      /small\.yaml:12:\d+: .*runs\.max: expected at least 1m30s/,
    ],
    [
      change("      pods: 12\n", "").replace(/ {2}matrix.*\n/, ""),
      /small\.yaml:\d+:\d+: .*expected pods or until/,
    ],
    [
      change("generate:", "scenario: x.yaml\n    generate:"),
      /small\.yaml:8:\d+: .*expected one of scenario, trace, generate, got scenario and generate/,
    ],
    [
      change('"workload.generate.pods"', "replicas"),
      /small\.yaml:16:\d+: .*no parameter and no path of the spec is called "replicas"/,
    ],
    [
      change("generate:", "generated:"),
      /small\.yaml:8:5: .*unknown key "generated"\n.*\n.*\n +Did you mean "generate"\?/,
    ],
    [
      `${SMALL}  metrics: [pods_bond]\n`,
      /small\.yaml:17:13: .*unknown metric "pods_bond"\n.*\n.*\n +Did you mean "pods_bound"\?/,
    ],
    [
      `${SMALL}  compare: {baseline: defalt}\n`,
      /small\.yaml:17:\d+: .*"defalt" is none of the schedulers\n.*\n.*\n +Did you mean "default"\?/,
    ],
    [
      `${SMALL}  compare: {confidence: 2}\n`,
      /small\.yaml:17:\d+: .*expected a number <= 0\.9999, got 2/,
    ],
    [
      change('capacity: {cpu: "2"', 'capacity: {cpu: "2z"'),
      /small\.yaml:6:\d+: .*expected a quantity/,
    ],
    [change("from: 7", "from: seven"), /small\.yaml:15:\d+: .*expected a whole number/],
  ])("%#", async (text, message) => {
    const { code, err, out } = await bench(folder(text));
    expect(err).toMatch(message);
    expect([code, out]).toEqual([3, ""]);
    expect(err).not.toMatch(/\n +at /);
  });

  test("a parameter that the scenario has not is shown in the matrix", async () => {
    const cwd = folder(
      `apiVersion: ksim.dev/v1\nkind: Experiment\nmetadata: {name: x}\nspec:\n  workload: {scenario: ${join(root, "scenarios/tour.yaml")}}\n  matrix: {replica: [1, 2]}\n`,
    );
    const { code, err } = await bench(cwd);
    expect(err).toMatch(/small\.yaml:6:\d+: .*"replica"\n.*\n.*\n +Did you mean "replicas"\?/);
    expect(code).toBe(3);
  });

  test("a missing scenario or trace is named", async () => {
    const text = (workload: string) =>
      `apiVersion: ksim.dev/v1\nkind: Experiment\nmetadata: {name: x}\nspec:\n  workload: {${workload}}\n`;
    for (const workload of ["scenario: none.yaml", "trace: none.jsonl"]) {
      const { code, err } = await bench(folder(text(workload)));
      expect([code, err]).toEqual([3, expect.stringContaining("cannot read the file")]);
    }
  });

  test("a mistake in the trace is shown in the trace", async () => {
    const cwd = folder(
      `apiVersion: ksim.dev/v1\nkind: Experiment\nmetadata: {name: x}\nspec:\n  workload: {trace: t.jsonl}\n`,
    );
    writeFileSync(
      join(cwd, "t.jsonl"),
      '{"apiVersion":"ksim.dev/v1","kind":"Workload"}\n{"at":1,"pot":{}}\n',
    );
    const { code, err } = await bench(cwd);
    expect([code, err]).toEqual([3, expect.stringMatching(/t\.jsonl:2:9: unknown key "pot"/)]);
  });

  test.each([
    [["--jobs", "0"], "--jobs: expected a whole number from 1"],
    [["--shard", "3/2"], "--shard: expected i/n"],
    [["extra"], 'unexpected argument "extra"'],
  ])("a wrong option is a usage error: %j", async (words, message) => {
    const { code, err } = await bench(folder(), ...words);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("the experiments that come with ksim", () => {
  const files = readdirSync(join(root, "scenarios/experiments"));
  test.each(files)(
    "%s is fine",
    async (file) => {
      const { code, out, err } = await ksim([
        "bench",
        `scenarios/experiments/${file}`,
        "--seeds",
        "2",
        "-o",
        "json",
        "-q",
      ]);
      expect([code, err]).toEqual([0, ""]);
      expect((JSON.parse(out) as ExperimentResult).summary.length).toBeGreaterThan(0);
    },
    120_000,
  );

  test("packing uses fewer nodes than spreading", async () => {
    const { out } = await ksim([
      "bench",
      "scenarios/experiments/spread-vs-pack.yaml",
      "--seeds",
      "3",
      "-o",
      "json",
    ]);
    const { differences } = JSON.parse(out) as ExperimentResult;
    expect(differences.find(({ metric }) => metric === "nodes_used")?.difference).toBeLessThan(0);
  }, 120_000);
});
