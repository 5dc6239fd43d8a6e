import type { Manifest } from "../api/object.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import type { NodeTemplate } from "../node/machine/node-template.ts";

/** A pod of a workload, in short. */
export interface WorkloadPod {
  readonly name: string;
  /** `default` when absent. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What its one container requests. */
  readonly requests?: Readonly<Record<string, string | number>>;
  /** How long it runs, in seconds; until it is deleted when absent. */
  readonly runs?: number;
  readonly priority?: number;
  /** Labels that its node must have. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** Further fields of the pod's spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** An object to delete. */
export interface Gone {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** What happens at a time. */
export type WorkloadEvent =
  | { readonly at: Micros; readonly pod: WorkloadPod }
  | { readonly at: Micros; readonly apply: Manifest }
  | { readonly at: Micros; readonly delete: Gone };

/** Arrivals and departures over time, to be played to a cluster. Events are in the order of their times. */
export interface Workload {
  readonly name: string;
  /** Where it comes from: `openb`, `generator`. */
  readonly source: string;
  /** The machines that it was recorded on, if it says. */
  readonly nodes: readonly NodeTemplate[] | undefined;
  readonly events: readonly WorkloadEvent[];
}

/** Image of the pods that a workload describes in short. */
const WORKLOAD_IMAGE = "workload";

/** The Pod that a short description stands for. One that ends is never restarted. */
export function podManifest(pod: WorkloadPod): Manifest {
  const { name, namespace, labels, annotations, requests, runs, priority, nodeSelector } = pod;
  const behaviour =
    runs === undefined ? {} : { "ksim.dev/exits": `{after: ${secondsText(runs)}, code: 0}` };
  const told = { ...annotations, ...behaviour };
  const resources = Object.fromEntries(
    Object.entries(requests ?? {}).map(([resource, amount]) => [resource, String(amount)]),
  );
  // Extended resources must be limited as they are requested.
  const limits = Object.fromEntries(
    Object.entries(resources).filter(([resource]) => resource.includes("/")),
  );
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: namespace ?? "default",
      ...(labels === undefined ? {} : { labels }),
      ...(Object.keys(told).length === 0 ? {} : { annotations: told }),
    },
    spec: {
      containers: [
        {
          name: "main",
          image: WORKLOAD_IMAGE,
          resources: {
            requests: resources,
            ...(Object.keys(limits).length === 0 ? {} : { limits }),
          },
        },
      ],
      ...(runs === undefined ? {} : { restartPolicy: "Never" }),
      ...(priority === undefined ? {} : { priorityClassName: priorityClass(priority) }),
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...pod.spec,
    },
  };
  return manifest as unknown as Manifest;
}

/** Name of the PriorityClass that gives a priority: the API takes numbers from classes alone. */
function priorityClass(priority: number): string {
  return priority < 0 ? `priority-minus-${-priority}` : `priority-${priority}`;
}

/** The PriorityClasses that the pods of a workload need. */
export function priorityClasses({ events }: Workload): readonly Manifest[] {
  const values = new Set<number>();
  for (const event of events)
    if ("pod" in event && event.pod.priority !== undefined) values.add(event.pod.priority);
  return [...values]
    .sort((a, b) => a - b)
    .map(
      (value) =>
        ({
          apiVersion: "scheduling.k8s.io/v1",
          kind: "PriorityClass",
          metadata: { name: priorityClass(value) },
          value,
        }) as unknown as Manifest,
    );
}

function secondsText(seconds: number): string {
  return `${Math.round(seconds * SECOND)}us`;
}

/** Namespace that an event needs; `undefined` for objects without one and for deletions. */
export function namespaceOf(event: WorkloadEvent): string | undefined {
  if ("pod" in event) return event.pod.namespace;
  return "apply" in event ? event.apply.metadata.namespace : undefined;
}

/** When the last pod of a workload can be expected to have ended: its arrival and its running time. */
export function lastEnd({ events }: Workload): Micros {
  let end = 0;
  for (const event of events) {
    const runs = "pod" in event ? (event.pod.runs ?? 0) * SECOND : 0;
    end = Math.max(end, event.at + Math.round(runs));
  }
  return end;
}

/** A workload that goes faster: times and running times divided by a factor, and cut after so many events. */
export function adjusted(
  workload: Workload,
  { speed = 1, limit }: { readonly speed?: number; readonly limit?: number },
): Workload {
  const events = limit === undefined ? workload.events : workload.events.slice(0, limit);
  if (speed === 1) return { ...workload, events };
  return {
    ...workload,
    events: events.map((event) => {
      const at = Math.round(event.at / speed);
      if (!("pod" in event)) return { ...event, at };
      const { runs } = event.pod;
      return { at, pod: { ...event.pod, ...(runs === undefined ? {} : { runs: runs / speed }) } };
    }),
  };
}
