import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ksim } from "../cli/run-cli.ts";

/** An experiment of four short runs. */
export const SMALL = `apiVersion: ksim.dev/v1
kind: Experiment
metadata: {name: small}
spec:
  cluster:
    nodes: [{count: 2, capacity: {cpu: "2", memory: 8Gi}}]
  workload:
    generate:
      pods: 12
      arrivals: {dist: exponential, mean: 3s}
      classes:
        - {name: job, requests: {cpu: [500m, "1"], memory: 1Gi}, runs: {dist: uniform, min: 10s, max: 60s}}
  duration: 3m
  schedulers: [default, bin-packing]
  seeds: {from: 7, count: 2}
`;

/** A new folder with an experiment in it. */
export function folder(text: string): string {
  const path = mkdtempSync(join(tmpdir(), "ksim-bench-"));
  writeFileSync(join(path, "small.yaml"), text);
  return path;
}

/** Runs that experiment. */
export const bench = (cwd: string, ...words: string[]): ReturnType<typeof ksim> =>
  ksim(["bench", "small.yaml", ...words], { cwd });
