import type { Micros } from "../engine/time.ts";

/** How a pod answers requests at the moment. */
export interface Answering {
  /** Whether a process is there that takes connections: started, and not told to stop. */
  readonly accepts: boolean;
  /** Requests a second it can answer; without limit when absent. */
  readonly capacity: number | undefined;
  /** Time for one request on an idle pod. */
  readonly latency: Micros;
  /** Share of requests answered with an error, 0..1. */
  readonly errors: number;
  /** CPU that one request takes, in millicore-seconds. */
  readonly cpuPerRequest: number;
  /** When `accepts` will change by itself, without anybody writing anything. */
  readonly changesAt: Micros | undefined;
}

/** The pods that traffic reaches: what the network needs to know of the nodes. */
export interface ServingPods {
  /** `undefined` when nothing of that name runs anywhere. */
  answering(podKey: string): Answering | undefined;
  /** CPU that requests cost a pod from now on, in millicores. */
  setLoad(podKey: string, milliCpu: number): void;
  /** Tells of every process that starts, ends or begins to stop. */
  onProcessChange(listener: (podKey: string) => void): void;
}
