import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ksim = join(root, "bin", "ksim.mjs");
const folder = mkdtempSync(join(tmpdir(), "ksim-live-"));
const recording = join(folder, "live.ksim");

/** Serves until the clients are done, and resolves when the process has ended. */
async function session(
  play: (url: string) => Promise<void>,
  signal: "SIGINT" | "SIGTERM" = "SIGTERM",
): Promise<number | null> {
  const args = [
    "serve",
    "--pace",
    "settle",
    "--record",
    recording,
    "--kubeconfig",
    join(folder, "kubeconfig"),
  ];
  const server = spawn(process.execPath, [ksim, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve) => {
    server.stdout.once("data", (line: Buffer) => resolve(line.toString().trim()));
  });
  await play(url);
  const ended = new Promise<number | null>((resolve) => {
    server.once("exit", resolve);
  });
  server.kill(signal);
  return ended;
}

function ask(url: string, method: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method,
    headers: {
      "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
    },
    body: JSON.stringify(body),
  });
}

describe("a live session", () => {
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("is recorded as outside inputs, replays to its digest, and travels in time like any run", async () => {
    const code = await session(async (url) => {
      const deployments = `${url}/apis/apps/v1/namespaces/default/deployments`;
      const created = await ask(deployments, "POST", {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "main", image: "web:1" }] },
          },
        },
      });
      expect(created.status).toBe(201);
      const scaled = await ask(`${deployments}/web`, "PATCH", { spec: { replicas: 3 } });
      expect(scaled.status).toBe(200);
    });
    expect(code).toBe(0);
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, [ksim, ...args, recording], { cwd: root, encoding: "utf8" });
    expect(run("get", "pods", "-o", "name").trim().split("\n")).toHaveLength(3);
    expect(run("replay", "--frames")).toContain("default/web-");

    const broken = JSON.parse(readFileSync(recording, "utf8")) as { digest: string };
    writeFileSync(recording, JSON.stringify({ ...broken, digest: "0".repeat(64) }));
    expect(() => run("replay", "--frames", "--quiet")).toThrow(
      expect.objectContaining({ status: 4 }),
    );
  });

  test("ends well at Ctrl-C, with a watch open, and is recorded", async () => {
    rmSync(recording, { force: true });
    const left = new AbortController();
    const code = await session(async (url) => {
      const watch = await fetch(`${url}/api/v1/pods?watch=1`, { signal: left.signal });
      expect(watch.status).toBe(200);
      watch.body?.getReader().closed.catch(() => undefined);
    }, "SIGINT");
    left.abort();
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(recording, "utf8"))).toHaveProperty("digest");
  });

  test("ends with 4 and says how to repeat it when the simulation ends in the middle", () => {
    writeFileSync(
      join(folder, "broken.mjs"),
      'export default { name: "broken", for: "ConfigMap", reconcile() { throw new Error("it broke"); } };\n',
    );
    writeFileSync(
      join(folder, "broken.yaml"),
      "apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: broken}\nspec: {title: Broken, duration: 1m, cluster: {controllers: {modules: [./broken.mjs]}}, steps: []}\n",
    );
    const { status, stderr } = spawnSync(
      process.execPath,
      [ksim, "serve", join(folder, "broken.yaml"), "--pace", "1000x"],
      { cwd: root, encoding: "utf8", timeout: 30_000 },
    );
    expect(stderr).toMatch(/it broke.*\nThe run stopped at .* with seed .*Repeat: ksim serve /);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(status).toBe(4);
  });

  test("does not write over a kubeconfig of other clusters", () => {
    const config = join(folder, "config");
    const theirs = "apiVersion: v1\nkind: Config\nclusters: [{name: prod, cluster: {}}]\n";
    writeFileSync(config, theirs);
    const { status, stderr } = spawnSync(
      process.execPath,
      [ksim, "serve", "--kubeconfig", config],
      { cwd: root, encoding: "utf8", timeout: 30_000 },
    );
    expect(stderr).toContain("holds something else than ksim's kubeconfig");
    expect(status).toBe(2);
    expect(readFileSync(config, "utf8")).toBe(theirs);
  });

  test.each([
    ["--record", "cannot write"],
    ["--kubeconfig", "cannot write"],
    ["--port", "expected a whole number"],
    ["--pace", "unknown pace"],
    ["--address", "cannot listen"],
  ])("does not begin with an impossible %s: %s", (option, words) => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [ksim, "serve", option, join(folder, "nowhere", "at-all")],
      { cwd: root, encoding: "utf8", timeout: 30_000 },
    );
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("internal error");
    expect(status).toBe(2);
  });
});
