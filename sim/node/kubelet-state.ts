import type { ApiServer } from "../api/api-server.ts";
import type { EventRecorder } from "../api/event-recorder.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomState } from "../engine/random.ts";
import type { Micros } from "../engine/time.ts";
import type { Behaviours } from "./behaviour/behaviours.ts";
import type { NodeTiming } from "./behaviour/timing.ts";
import type { Refusal } from "./pod/admission.ts";
import type { PodRun } from "./pod/pod-run.ts";
import type { PodPlaces } from "./pod-places.ts";
import type { References } from "./references.ts";

/** What all kubelets of a cluster share. */
export interface KubeletServices {
  readonly engine: Engine;
  readonly api: ApiServer;
  readonly recorder: EventRecorder;
  readonly behaviours: Behaviours;
  readonly timing: NodeTiming;
  readonly references: References;
  /** Where the pods of all of them run. */
  readonly places: PodPlaces;
  /** Why pulls of an image fail on a node now. */
  readonly pullError: (node: string, image: string) => string | undefined;
  /** Told when a process of a pod starts, ends or begins to stop. */
  readonly processChanged: (podKey: string) => void;
}

/** An event of one pod: its type says what is due; the kubelet then does all that is. */
export interface KubeletEvent {
  readonly type: string;
  readonly key: string;
  readonly uid: string;
  /** Of a pod that is about to be refused: why. */
  readonly refused?: Refusal;
}

/** A kubelet as plain data. */
export interface KubeletState {
  readonly mode: KubeletMode;
  readonly reachable: boolean;
  readonly restartedAt: Micros | undefined;
  readonly downSince: Micros | undefined;
  readonly pods: readonly PodRun[];
  readonly images: unknown;
  readonly addresses: unknown;
  readonly random: RandomState;
  readonly pressure: unknown;
  readonly imagesReported: number;
}

/** `paused`: the kubelet is frozen, its containers run on; `crashed`: the machine is down. */
export type KubeletMode = "up" | "paused" | "crashed";
