#!/usr/bin/env node
// `npm start`: installs what is missing, builds, and runs the tour (or `ksim run` with the given arguments).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(command, args, options) {
  const { status, signal } = spawnSync(command, args, { stdio: "inherit", ...options });
  return signal === "SIGINT" ? 130 : (status ?? 1);
}

function install() {
  if (
    existsSync(join(root, "node_modules", "yargs")) &&
    existsSync(join(root, "node_modules", "typescript"))
  )
    return 0;
  process.stderr.write("ksim: installing what is missing (npm ci)\n");
  return run("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", process.stderr, "inherit"],
    shell: process.platform === "win32",
  });
}

const installed = install();
if (installed !== 0) process.exitCode = installed;
else {
  const given = process.argv.slice(2);
  const tour = join(root, "scenarios", "tour.yaml");
  const onTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const args = given.length > 0 ? ["run", ...given] : onTerminal ? ["replay", tour] : ["run", tour];
  process.exitCode = run(process.execPath, [join(root, "bin", "ksim.mjs"), ...args], {});
}
