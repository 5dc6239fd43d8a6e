import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./run-cli.ts";

const cwd = mkdtempSync(join(tmpdir(), "ksim-process-"));

/** The built program as a process of its own. */
function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(root, "bin/ksim.mjs"), ...args], { cwd });
  let [out, err] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => {
    out += bytes.toString();
  });
  child.stderr.on("data", (bytes: Buffer) => {
    err += bytes.toString();
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  return { child, ended, out: () => out, err: () => err };
}

/** Hours of thousands of pods: minutes of real time. */
const LONG = `apiVersion: ksim.dev/v1
kind: Scenario
metadata: {name: long}
spec:
  title: Long
  duration: 100h
  cluster: {nodes: [{count: 40, name: "node-{i}", capacity: {cpu: "64", memory: 256Gi}}]}
  steps:
    - {id: a, at: 0s, apply: {manifest: {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2000, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}}}}}
    - {id: noise, at: 1m, every: 1s, until: 100h, fault: {type: pod-kill, target: {selector: app=web}, mode: one}}
`;

describe("an interrupt in the middle of a simulation", () => {
  test.each([
    ["run", "long.yaml", "--journal", "long.jsonl"],
    ["bench", "long.yaml"],
    ["bench", "long.yaml", "--jobs", "2"],
    ["check", "long.yaml"],
    ["replay", "long.yaml", "--frames"],
  ])(
    "ends ksim %s at once with 130",
    async (...words) => {
      writeFileSync(join(cwd, "long.yaml"), LONG);
      const journal = words.includes("--journal");
      const { child, ended, err } = start(...words);
      const begun = (): boolean => !journal || existsSync(join(cwd, "long.jsonl.part"));
      await expect.poll(begun, { timeout: 40_000 }).toBe(true);
      // The others show no sign of life: by then they are in their first run.
      await new Promise((done) => setTimeout(done, 4000));
      const sent = performance.now();
      child.kill("SIGINT");
      const last = setTimeout(() => child.kill("SIGKILL"), 15_000);
      expect(await ended).toEqual({ code: 130, signal: null });
      clearTimeout(last);
      expect(performance.now() - sent).toBeLessThan(10_000);
      expect(err()).toBe("");
      expect(readdirSync(cwd)).toEqual(["long.yaml"]);
    },
    60_000,
  );
});

describe("standard input", () => {
  test("is waited for", async () => {
    const { child, ended, out, err } = start("run", "-", "-o", "name");
    await new Promise((done) => setTimeout(done, 2000));
    child.stdin.end(
      "apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: late}\nspec: {title: Late, duration: 1s, steps: []}\n",
    );
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(err()).toBe("");
    expect(out()).toBe("scenario/late\n");
  }, 30_000);
});
