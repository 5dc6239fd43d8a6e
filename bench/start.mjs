#!/usr/bin/env node
// Compiles the benchmarks together with the simulator, as it is shipped, and runs them: a loader that compiles on the fly
// names every function it meets at run time, which costs a tenth of what is to be measured.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiled = join(root, "node_modules", ".cache", "ksim-bench");
const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "bench")], {
  stdio: ["ignore", process.stderr, process.stderr],
});
if (status === 0) {
  writeFileSync(join(compiled, "package.json"), '{ "type": "module" }\n');
  await import(pathToFileURL(join(compiled, "bench", "run.js")).href);
} else process.exitCode = status ?? 1;
