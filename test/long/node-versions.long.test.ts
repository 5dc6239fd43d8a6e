import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ksim-nodes-"));

/** Runs every scenario of the catalogue on a Node binary; `ksim test` compares each digest with the recorded one. */
function scenariosOn(node: string, env: Readonly<Record<string, string>> = {}): string {
  return execFileSync(node, ["bin/ksim.mjs", "test", "scenarios"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

describe("digests of the catalogue", () => {
  beforeAll(() => {
    execFileSync(process.execPath, ["bin/build.mjs"], { cwd: root });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  // A registry that cannot be reached fails this test: a release must have been seen on every version.
  test.each(["20", "22", "24"])("are the same on Node %s", (version) => {
    const prefix = join(folder, version);
    execFileSync("npm", [
      "install",
      "--silent",
      "--no-save",
      "--prefix",
      prefix,
      `node@${version}`,
    ]);
    const node = join(prefix, "node_modules", "node", "bin", "node");
    expect(execFileSync(node, ["--version"], { encoding: "utf8" })).toMatch(`v${version}.`);
    expect(scenariosOn(node)).toMatch(/(\d+) of \1 scenarios passed/);
  });

  test.each(["UTC", "Asia/Kathmandu", "America/St_Johns"])(
    "are the same in time zone %s",
    (zone) => {
      expect(scenariosOn(process.execPath, { TZ: zone, LANG: "de_DE.UTF-8" })).toMatch(
        /(\d+) of \1 scenarios passed/,
      );
    },
  );
});
