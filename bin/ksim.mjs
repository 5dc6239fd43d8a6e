#!/usr/bin/env node
// The command `ksim`: builds when the sources are newer (a checkout only), then hands over to dist/.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (existsSync(join(root, "sim"))) {
  const { build } = await import("./build.mjs");
  if (!build()) process.stderr.write("ksim: the build has errors; going on with what was built\n");
}
const { start } = await import(pathToFileURL(join(root, "dist", "cli", "main.js")).href);
await start(process.argv.slice(2));
