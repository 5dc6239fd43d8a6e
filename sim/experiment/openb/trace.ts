import type { GpuPod } from "../../scheduler/plugins/gpu/gpu-node.ts";

/** A machine of the trace. */
export interface TraceNode {
  readonly name: string;
  readonly milliCpu: number;
  readonly memoryMib: number;
  readonly gpus: number;
  /** GPU model; empty on machines without GPU. */
  readonly model: string;
}

/** A pod of the trace. */
export interface TracePod extends GpuPod {
  readonly name: string;
  readonly memoryMib: number;
}

function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .slice(1)
    .filter((line) => line.trim() !== "")
    .map((line) => line.trimEnd().split(","));
}

function whole(value: string | undefined, row: readonly string[], column: string): number {
  const number = Number(value);
  if (value === undefined || value === "" || !Number.isInteger(number))
    throw new Error(`${row[0]}: ${column}: expected an integer, got ${JSON.stringify(value)}`);
  return number;
}

/** Reads `sn,cpu_milli,memory_mib,gpu,model` (Alibaba openb, Apache-2.0). Throws for a malformed row. */
export function parseTraceNodes(text: string): readonly TraceNode[] {
  return rowsOf(text).map((row) => ({
    name: row[0] ?? "",
    milliCpu: whole(row[1], row, "cpu_milli"),
    memoryMib: whole(row[2], row, "memory_mib"),
    gpus: whole(row[3], row, "gpu"),
    model: row[4] ?? "",
  }));
}

/**
 * Reads `name,cpu_milli,memory_mib,num_gpu,gpu_milli[,gpu_spec,…]`; `gpu_spec` is a list of models with `|`
 * between. Throws for a malformed row.
 */
export function parseTracePods(text: string): readonly TracePod[] {
  return rowsOf(text).map((row) => {
    const models = row[5] === undefined || row[5] === "" ? undefined : row[5].split("|");
    return {
      name: row[0] ?? "",
      milliCpu: whole(row[1], row, "cpu_milli"),
      memoryMib: whole(row[2], row, "memory_mib"),
      gpus: whole(row[3], row, "num_gpu"),
      gpuMilli: whole(row[4], row, "gpu_milli"),
      ...(models === undefined ? {} : { models }),
    };
  });
}
