import { parquetWriteBuffer } from "hyparquet-writer";
import { type Micros, SECOND } from "../sim/engine/time.ts";
import { podLives } from "./pod-lives.ts";
import type { FinishedRun } from "./run-facts.ts";

/** A row a pod, as Apache Parquet; times in seconds since the start. */
export function runParquet({ entries, end }: FinishedRun): Uint8Array {
  const lives = podLives(entries, end);
  const seconds = (time: Micros | undefined): number | null =>
    time === undefined ? null : time / SECOND;
  const text = (name: "key" | "node" | "phase", title: string = name) => ({
    name: title,
    data: lives.map((life) => life[name] ?? ""),
    type: "STRING" as const,
    nullable: false,
  });
  const time = (name: "created" | "bound" | "ready" | "ended") => ({
    name,
    data: lives.map((life) => seconds(life[name])),
    type: "DOUBLE" as const,
    nullable: true,
  });
  const restarts = {
    name: "restarts",
    data: lives.map((life) => life.restarts),
    type: "INT32" as const,
    nullable: false,
  };
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        text("key", "pod"),
        text("node"),
        ...(["created", "bound", "ready", "ended"] as const).map(time),
        text("phase"),
        restarts,
      ],
    }),
  );
}
