import type { Heartbeats } from "../api/heartbeats.ts";
import type { LogOptions } from "../api/rest/doors/pod-doors.ts";
import type { ExecOutcome } from "../api/rest/streams.ts";
import type { Pod } from "../api/types.gen.ts";
import type { Actor } from "../engine/engine.ts";
import type { PressureType } from "./machine/node-status.ts";
import type { NodeSpecimen, NodeTemplate } from "./machine/node-template.ts";
import type { ProbeKind } from "./pod/pod-run.ts";
import type { PodAnswering } from "./serving.ts";

/** The public face of a cluster's nodes, whichever model runs them. Names of nodes and keys of pods that are unknown do nothing. */
export interface NodeRuntime extends Actor {
  readonly heartbeats: Heartbeats;
  /** Adds the node, or the nodes, of a template; answers their names. */
  addNode(template: NodeTemplate, first?: number): readonly string[];
  register(specimen: NodeSpecimen): void;
  /** Takes a machine away for good, with its Node object. */
  removeNode(node: string): void;
  /** Names of the machines there are. */
  nodeNames(): readonly string[];
  /** The machine goes down, and comes up again with everything on it restarted. */
  crash(node: string): void;
  recover(node: string): void;
  /** The kubelet stops and goes on; containers are not touched. */
  pause(node: string): void;
  resume(node: string): void;
  /** The node loses and finds its way to the API server. */
  partition(node: string): void;
  heal(node: string): void;
  /** Ends a container's process at once (its first running one without a name). */
  killContainer(podKey: string, container?: string, exitCode?: number, reason?: string): boolean;
  /** Pulls of images whose name contains the text fail, on one node or all, until mended. */
  breakPulls(image: string, node?: string): void;
  mendPulls(image: string, node?: string): void;
  /** Probes of a kind fail, of one container or all, until mended: whatever the image declares. */
  failProbes(podKey: string, kind: ProbeKind, container?: string): void;
  mendProbes(podKey: string, kind: ProbeKind, container?: string): void;
  /** Declares pressure on a node, and takes one such back; for memory: how many bytes something else took. */
  press(node: string, type: PressureType, takenBytes?: number): void;
  relieve(node: string, type: PressureType, takenBytes?: number): void;
  /** What a container printed, as declared; empty when it never ran. */
  readLog(pod: Pod, container: string, options: LogOptions): string;
  /** What a command answers inside a container, as declared; missing where containers are not modelled. */
  execute?(pod: Pod, container: string, argv: readonly string[]): ExecOutcome;
  /** How a pod answers requests now; `undefined` when nothing of that key runs. */
  answering(podKey: string): PodAnswering | undefined;
  /** CPU that requests cost a pod from now on, in millicores. */
  setLoad(podKey: string, milliCpu: number): void;
  /** Tells of every process that starts, ends or begins to stop. To be set up before the run. */
  onProcessChange(listener: (podKey: string) => void): void;
}
