import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../version.ts";

/** A scenario that comes with the program. */
export interface CatalogueEntry {
  readonly name: string;
  readonly path: string;
}

/** The scenarios that come with the program, by name. */
export function catalogue(): readonly CatalogueEntry[] {
  const folder = join(packageFolder(), "scenarios");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => ({ name: file.slice(0, -".yaml".length), path: join(folder, file) }));
}
