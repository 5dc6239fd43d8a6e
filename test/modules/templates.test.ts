import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ksim, root } from "../cli/run-cli.ts";

const fresh = (): string => mkdtempSync(join(tmpdir(), "ksim-new-"));

describe("ksim new", () => {
  test.each([
    ["scenario", ["mine.yaml"]],
    ["controller", ["mine.ts", "mine.crd.yaml", "mine.yaml", "mine.test.ts"]],
    ["scheduler", ["mine.ts", "mine.yaml"]],
    ["invariant", ["mine.ts", "mine.yaml"]],
  ])("%s writes what lints and passes at once, twice with one digest", async (kind, files) => {
    const cwd = fresh();
    const made = await ksim(["new", kind, "mine"], { cwd });
    expect(made.code).toBe(0);
    expect(made.out.trim().split("\n")).toEqual(files);
    expect(made.err).toContain("ksim run mine.yaml");
    expect((await ksim(["lint", "mine.yaml"], { cwd })).code).toBe(0);
    const { code, out } = await ksim(["test", "mine.yaml"], { cwd });
    expect(out).toContain("1 of 1 scenarios passed");
    expect(code).toBe(0);
  });

  test("writes a scenario when only a name is given, and overwrites nothing unasked", async () => {
    const cwd = fresh();
    expect((await ksim(["new", "mine"], { cwd })).out).toBe("mine.yaml\n");
    const again = await ksim(["new", "mine"], { cwd });
    expect(again.code).toBe(2);
    expect(again.err).toContain("mine.yaml exists");
    expect((await ksim(["new", "mine", "--force"], { cwd })).code).toBe(0);
  });

  test.each([
    [["new", "controler", "mine"], "Did you mean controller?"],
    [["new", "controller"], "ksim new controller NAME"],
    [["new", "scheduler", "No Name"], "expected a name"],
    [["new", "scheduler", "nowhere/mine"], "there is no folder"],
  ])("%j is a mistake of usage", async (args, says) => {
    const { code, err } = await ksim(args, { cwd: fresh() });
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  test("controller comes with a property test that passes, and that a broken controller fails", {
    timeout: 120_000,
  }, async () => {
    const cwd = fresh();
    await ksim(["new", "controller", "my-shop"], { cwd });
    mkdirSync(join(cwd, "node_modules"));
    for (const name of ["vitest", "fast-check"])
      symlinkSync(join(root, "node_modules", name), join(cwd, "node_modules", name));
    writeFileSync(
      join(cwd, "vitest.config.mjs"),
      `export default { resolve: { alias: { ksim: ${JSON.stringify(join(root, "index.ts"))} } }, cacheDir: "cache" };`,
    );
    const run = () =>
      spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run"], {
        cwd,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      });
    const fine = run();
    expect(fine.stdout + fine.stderr).toContain("2 passed");
    expect(fine.status).toBe(0);
    const file = join(cwd, "my-shop.ts");
    const text = readFileSync(file, "utf8");
    const broken = text.replace('owns: ["Deployment"],', 'reads: ["Deployment"],');
    expect(broken).not.toBe(text);
    writeFileSync(file, broken);
    const failed = run();
    expect(failed.status).toBe(1);
    expect(failed.stdout + failed.stderr).toMatch(/seed: -?\d+, path: "/);
  });
});

describe("an invariant of the user's own", () => {
  test("fails a run that breaks it, and names its file when it throws", async () => {
    const cwd = fresh();
    await ksim(["new", "invariant", "law"], { cwd });
    const file = join(cwd, "law.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("restartCount > 3", "restartCount > 0"));
    const broken = await ksim(["run", "law.yaml"], { cwd });
    expect(broken.out).toContain("restarted 1 times");
    expect(broken.code).toBe(1);
    writeFileSync(file, text.replace("restartCount > 3", "restartCount.no.way"));
    const thrown = await ksim(["run", "law.yaml"], { cwd });
    expect(thrown.err).toContain("./law.ts: invariant law: Cannot read properties of undefined");
    expect(thrown.err).not.toMatch(/\n\s+at /);
    expect(thrown.code).toBe(4);
  });
});

describe("a scheduler of the user's own", () => {
  test("runs from the command line, and an unknown name gets a suggestion", async () => {
    const cwd = fresh();
    await ksim(["new", "scheduler", "mine"], { cwd });
    await ksim(["new", "shop"], { cwd });
    const own = await ksim(["run", "shop.yaml", "--scheduler", "./mine.ts", "-o", "json"], { cwd });
    expect(own.code).toBe(0);
    expect(JSON.parse(own.out)).toMatchObject({ scheduler: "mine" });
    const record = ["run", "shop.yaml", "--scheduler", "./mine.ts", "--record", "r.ksim"];
    expect((await ksim(record, { cwd })).code).toBe(0);
    const elsewhere = fresh();
    writeFileSync(join(elsewhere, "r.ksim"), readFileSync(join(cwd, "r.ksim")));
    const replay = await ksim(["run", "r.ksim", "-o", "json"], { cwd: elsewhere });
    expect(JSON.parse(replay.out)).toEqual(JSON.parse(own.out));
    const unknown = await ksim(["run", "shop.yaml", "--scheduler", "bin-paking"], { cwd });
    expect(unknown.err).toContain("Did you mean bin-packing?");
    expect(unknown.code).toBe(2);
  });
});
