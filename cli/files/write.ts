import { renameSync, writeFileSync } from "node:fs";

/** Writes a file beside its place and renames it: it is there as a whole, or not at all. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const beside = `${path}.part`;
  writeFileSync(beside, content);
  renameSync(beside, path);
}
