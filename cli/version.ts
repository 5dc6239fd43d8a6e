import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the package: where package.json and scenarios/ are, in a checkout (cli/) and when built (dist/cli/). */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder)
    folder = dirname(folder);
  return folder;
}

/** Version of the program, as package.json has it. */
export function version(): string {
  const { version: value } = JSON.parse(
    readFileSync(join(packageFolder(), "package.json"), "utf8"),
  ) as { version: string };
  return value;
}
