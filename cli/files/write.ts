import { accessSync, constants, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../io.ts";

/** What the file system says of a place that cannot be written, in words. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "its folder is a file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
};

/**
 * Writes a file beside its place and renames it: it is there as a whole, or not at all. Throws `UsageError` where it
 * cannot be written.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const beside = `${path}.part`;
  told(path, () => {
    writeFileSync(beside, content);
    renameSync(beside, path);
  });
}

/** Throws `UsageError` now where writing later would fail for want of a folder. */
export function checkPlace(path: string): void {
  told(path, () => accessSync(dirname(path), constants.W_OK));
}

function told(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code = "" } = error as { code?: string };
    const reason = reasons[code];
    if (reason === undefined) throw error;
    throw new UsageError(`cannot write ${path}: ${reason}`);
  }
}
