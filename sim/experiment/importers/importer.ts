import type { Workload } from "../workload.ts";

/** A file of a trace, as it was read; compressed ones already unpacked. */
export interface TraceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A trace in ksim's terms, and what did not fit into them. */
export interface Imported {
  readonly workload: Workload;
  /** What was left out or assumed, a sentence each. */
  readonly notes: readonly string[];
}

/** Reads one foreign format. One file each; throws `TraceError` with the place of what cannot be read. */
export interface Importer {
  readonly name: string;
  readonly description: string;
  /** What the files of a trace are. */
  readonly files: string;
  readonly read: (files: readonly TraceFile[]) => Imported;
}

/** Name of a file without folder and endings: a name for the workload. */
export function baseName(file: string): string {
  const name = file.slice(file.lastIndexOf("/") + 1).replace(/(\.[a-z0-9]+)+$/i, "");
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9.-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "") || "trace"
  );
}

const decoder = new TextDecoder();

/** The text of a file. */
export function textOf({ bytes }: TraceFile): string {
  return decoder.decode(bytes);
}
