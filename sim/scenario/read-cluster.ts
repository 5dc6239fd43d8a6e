import type { ClusterConfig } from "../cluster.ts";
import { parseImages } from "../node/parse-behaviour.ts";
import { parseTiming } from "../node/timing.ts";
import type { ClusterSpec } from "./schema/parts.ts";

/** Reads a part of `cluster` with the floor below; `report` gets what it refuses. */
type Report = (path: readonly (string | number)[], message: string) => void;

/** Nodes of a cluster that names none. */
export const DEFAULT_NODES: ClusterConfig["nodes"] = [
  { count: 3, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi", pods: "110" } },
];

/** The configuration that a scenario's `cluster` stands for. */
export function readCluster(
  spec: ClusterSpec | undefined,
  report: Report,
): Omit<ClusterConfig, "seed" | "detail"> {
  const { nodes, images, timing, pace, scheduler, controllers } = spec ?? {};
  const attempt = <T>(path: readonly string[], read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      report(path, withoutPlace(error.message));
      return undefined;
    }
  };
  const behaviours =
    images === undefined ? undefined : attempt(["images"], () => parseImages(images));
  const times = timing === undefined ? undefined : attempt(["timing"], () => parseTiming(timing));
  return {
    nodes: (nodes as ClusterConfig["nodes"] | undefined) ?? DEFAULT_NODES,
    ...(behaviours === undefined ? {} : { images: behaviours }),
    ...(times === undefined ? {} : { timing: times }),
    ...(pace === undefined ? {} : { pace: pace as NonNullable<ClusterConfig["pace"]> }),
    ...(scheduler === undefined ? {} : { scheduler }),
    ...(controllers === undefined
      ? {}
      : { controllers: controllers as NonNullable<ClusterConfig["controllers"]> }),
  };
}

/** The floor below names the place as well; the path before the message says it already. */
function withoutPlace(message: string): string {
  return message;
}
