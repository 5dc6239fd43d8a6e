import type { MicroTime, ObjectMeta, Quantity, Time } from "./types.gen.ts";

/** Usage of a container in a metrics window. */
export interface ContainerMetrics {
  readonly name: string;
  readonly usage: Readonly<Record<string, Quantity>>;
}

/** metrics.k8s.io/v1beta1 PodMetrics: computed when it is read, never stored. */
export interface PodMetrics {
  readonly apiVersion: string;
  readonly kind: "PodMetrics";
  readonly metadata: ObjectMeta;
  readonly timestamp: Time | MicroTime;
  /** Length of the window, as Go writes spans: `15s`. */
  readonly window: string;
  readonly containers: readonly ContainerMetrics[];
}

/** metrics.k8s.io/v1beta1 NodeMetrics: computed when it is read, never stored. */
export interface NodeMetrics {
  readonly apiVersion: string;
  readonly kind: "NodeMetrics";
  readonly metadata: ObjectMeta;
  readonly timestamp: Time | MicroTime;
  readonly window: string;
  readonly usage: Readonly<Record<string, Quantity>>;
}
