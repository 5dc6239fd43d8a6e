import type { Random } from "../../engine/random.ts";
import type { Micros } from "../../engine/time.ts";
import type { Behaviours } from "../behaviour/behaviours.ts";
import type { NodeTiming } from "../behaviour/timing.ts";
import type { ImageStore } from "./image-store.ts";
import type { ContainerRun, PodRun } from "./pod-run.ts";

/** What the rules of pods and containers may use of the kubelet that runs them. */
export interface Host {
  readonly now: Micros;
  readonly timing: NodeTiming;
  readonly behaviours: Behaviours;
  readonly images: ImageStore;
  readonly random: Random;
  /** When the kubelet last started, if that was during the run: fresh kubelets spread their first probes. */
  readonly restartedAt: Micros | undefined;
  /** Why pulls of an image fail now; `undefined` when they do not. */
  pullError(image: string): string | undefined;
  /** Why a container cannot be made of its configuration; `undefined` when it can. */
  configError(run: PodRun, container: ContainerRun): string | undefined;
  /** Writes an EventRecord about the pod, or about one of its containers. */
  record(
    run: PodRun,
    container: ContainerRun | undefined,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
  ): void;
  /** Told when an image has come to the node. */
  imagePulled(): void;
  /** Told when a container's process started or ended: for usage of the node. */
  processChanged(run: PodRun, container: ContainerRun): void;
}
