import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { isModuleFile } from "../../sim/scenario/read-cluster.ts";

/** Depth that keeps names like `../lib.ts` inside of the folder. */
const DEPTH = "a/b/c/d/e/f";

/** Does some work with recorded files lying in a folder, so that modules among them can be loaded, and removes it. */
export function withRecordedModules<T>(
  files: ReadonlyMap<string, string>,
  work: (folder: string) => T,
): T {
  if (![...files.keys()].some(isModuleFile)) return work(".");
  const root = mkdtempSync(join(tmpdir(), "ksim-"));
  try {
    const folder = join(root, DEPTH);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of files) {
      const path = join(folder, name);
      if (relative(root, path).startsWith("..")) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return work(folder);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
