import {
  accessSync,
  constants,
  existsSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import type { Arguments } from "../command.ts";
import { type Io, UsageError } from "../io.ts";

/** What the file system says of a place that cannot be written, in words. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "its folder is a file",
  EEXIST: "it is a file",
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
export function writeWhole(given: string, content: string | Uint8Array): void {
  if (isDevice(given)) {
    told(given, () => writeFileSync(given, content));
    return;
  }
  const path = placeBehind(given);
  const beside = `${path}.part`;
  told(given, () => {
    writeFileSync(beside, content);
    renameSync(beside, path);
  });
}

/**
 * The file that an option names. Throws `UsageError` now where writing it later would fail: nobody is to wait for a run
 * whose outcome cannot be kept.
 */
export function placeOf(args: Arguments, option: string, io: Io): string | undefined {
  const given = args.text(option);
  if (given === undefined) return undefined;
  const path = resolve(io.cwd, given);
  checkPlace(path);
  return path;
}

/** Whether a path is neither a file nor a folder, like /dev/null or a pipe: nothing may take its place. */
export function isDevice(path: string): boolean {
  const info = existsSync(path) ? statSync(path) : undefined;
  return info !== undefined && !info.isFile() && !info.isDirectory();
}

/** The file that a link leads to: it is written, and the link stays. */
export function placeBehind(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** Throws `UsageError` now where writing later would fail. */
function checkPlace(path: string): void {
  if (isDevice(path)) return;
  const folder = dirname(path);
  told(path, () => accessSync(folder, constants.W_OK));
  if (!isFolder(folder)) throw refusal(path, "ENOTDIR");
  if (isFolder(path)) throw refusal(path, "EISDIR");
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Tells of what the file system refuses as of a place that cannot be written. */
export function told<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw refusal(path, (error as { code?: string }).code ?? "") ?? error;
  }
}

function refusal(path: string, code: string): UsageError | undefined {
  const reason = reasons[code];
  return reason === undefined ? undefined : new UsageError(`cannot write ${path}: ${reason}`);
}
