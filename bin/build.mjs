#!/usr/bin/env node
// Builds dist/ with the native TypeScript compiler, only when a source is newer than the last build.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "dist", ".built");
const sources = [
  "sim",
  "cli",
  "tui",
  "server",
  "report",
  "index.ts",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
];

/** Whether there is something to build from: an installed package has dist/ only. */
function hasSources() {
  return existsSync(join(root, "sim")) && existsSync(join(root, "tsconfig.build.json"));
}

function newest(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  let time = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) time = Math.max(time, newest(below));
    else if (/\.(ts|tsx|json)$/.test(entry.name)) time = Math.max(time, statSync(below).mtimeMs);
  }
  return time;
}

/** Whether dist/ is as new as the sources. */
function isFresh() {
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return built > 0 && sources.every((source) => newest(join(root, source)) <= built);
}

/** Builds when needed. Answers whether dist/ is good; the compiler's complaints go to stderr. */
export function build() {
  if (!hasSources() || isFresh()) return true;
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  if (!existsSync(compiler)) {
    process.stderr.write("ksim: the compiler is missing: run `npm ci` first\n");
    return false;
  }
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, "-p", "tsconfig.build.json"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  if (status !== 0) process.stderr.write(`${stdout}${stderr}`);
  const made = existsSync(join(root, "dist", "cli", "main.js"));
  // The stamp carries the time at which the build began: what changed meanwhile is built next time.
  if (made && status === 0) {
    writeFileSync(stamp, "");
    const seconds = started / 1000;
    utimesSync(stamp, seconds, seconds);
  }
  return made && status === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  // A package holds nothing of sources that are gone.
  if (process.argv.includes("--clean") && hasSources())
    rmSync(join(root, "dist"), { recursive: true, force: true });
  process.exitCode = build() ? 0 : 1;
}
