import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

/** Depth that keeps names like `../lib.ts` inside of the folder. */
const DEPTH = "a/b/c/d/e/f";

/** Does some work with recorded files lying in a folder, and removes it. Modules among them can be loaded there. */
export function withRecordedFiles<T>(
  files: ReadonlyMap<string, string>,
  work: (folder: string) => T,
): T {
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
