import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { root } from "../cli/run-cli.ts";

const work = mkdtempSync(join(tmpdir(), "ksim-pack-"));
const source = join(work, "source");
const app = join(work, "app");
const installed = join(app, "node_modules", "ksim");
const tsc = join(root, "node_modules/typescript/bin/tsc");

function run(command: string, args: readonly string[], cwd: string) {
  const done = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, CI: "1" },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}
const ksim = (...args: string[]) =>
  run(process.execPath, [join(installed, manifest.bin.ksim), ...args], app);

/** Builds and packs apart from the checkout's own dist/, and unpacks into an empty folder as an install does. */
beforeAll(() => {
  mkdirSync(source);
  mkdirSync(installed, { recursive: true });
  for (const part of [
    "package.json",
    "bin",
    "scenarios",
    "docs",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
  ])
    cpSync(join(root, part), join(source, part), { recursive: true });
  run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", join(source, "dist")], root);
  const packed = run("npm", ["pack", "--ignore-scripts", "--json"], source);
  const [{ filename }] = JSON.parse(packed.out) as [{ filename: string }];
  run("tar", ["xzf", join(source, filename), "--strip-components=1", "-C", installed], source);
  // Without a network: what an install would fetch is linked from here.
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "ksim" && !name.startsWith("."))
      symlinkSync(join(root, "node_modules", name), join(app, "node_modules", name));
}, 120_000);

describe("the package", () => {
  test("holds the program, the scenarios and the manual, and no sources", () => {
    expect(readdirSync(installed).sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "bin",
      "dist",
      "docs",
      "package.json",
      "scenarios",
    ]);
    expect(readdirSync(join(installed, "bin"))).toEqual(["ksim.mjs"]);
    for (const path of [manifest.bin.ksim, ...Object.values(manifest.exports["."])])
      expect(existsSync(join(installed, path)), path).toBe(true);
  });

  test("runs a scenario of its catalogue and says its version", () => {
    expect(ksim("--version").out).toBe(`${manifest.version}\n`);
    const { code, out, err } = ksim("run", "tour", "-q");
    expect(err).toBe("");
    expect(out).toContain("seed ");
    expect(code).toBe(0);
  });

  test("begins, runs and type-checks a controller, a scheduler and an invariant", {
    timeout: 120_000,
  }, () => {
    for (const kind of ["controller", "scheduler", "invariant"]) {
      expect(ksim("new", kind, `my-${kind}`).code).toBe(0);
      const { code, err } = ksim("test", `my-${kind}.yaml`);
      expect(err).toBe("");
      expect(code, kind).toBe(0);
    }
    const options = ["--strict", "--noEmit", "--target", "es2023", "--module", "esnext"];
    const files = ["my-controller.ts", "my-controller.test.ts", "my-invariant.ts"];
    const more = [
      "--moduleResolution",
      "bundler",
      "--allowImportingTsExtensions",
      "--skipLibCheck",
      "--types",
      "node",
    ];
    const checked = run(process.execPath, [tsc, ...options, ...more, ...files], app);
    expect(checked.out).toBe("");
    expect(checked.code).toBe(0);
  });

  test("is a library: a program runs a scenario and a cluster with what it exports", () => {
    const program = `
      import { readFileSync } from "node:fs";
      import { createCluster, parseScenario, runScenario, SECOND, watchInvariant, invariantNames } from "ksim";
      const text = readFileSync(new URL("scenarios/job.yaml", import.meta.resolve("ksim/package.json")), "utf8");
      const scenario = parseScenario("job.yaml", text, { invariants: invariantNames });
      const { digest } = runScenario(scenario, { invariants: watchInvariant });
      const cluster = createCluster({ seed: "1", nodes: [{ name: "node-1" }] });
      cluster.runUntil(30 * SECOND);
      console.log(digest.length, cluster.store.objects("Node").size);`;
    const { out, err } = run(process.execPath, ["--input-type=module", "-e", program], app);
    expect(err).toBe("");
    expect(out).toBe("64 1\n");
  });
});
