import { timestamp } from "../../../sim/api/meta/time.ts";
import { horizontalPodAutoscaler } from "../../../sim/controllers/horizontal-pod-autoscaler.ts";
import { SECOND } from "../../../sim/engine/time.ts";
import { ControlPlane, podOn } from "../control-plane.ts";

const LABELS = { app: "web" };

/** A Deployment with running pods whose usage a test sets, and an autoscaler on it. */
export class Scene {
  readonly plane = new ControlPlane(horizontalPodAutoscaler);
  /** CPU per pod, as a quantity; a pod without an entry has no metrics. */
  cpu: string | undefined = "50m";
  readonly without = new Set<string>();

  constructor(replicas: number, spec: object = {}, metrics: readonly object[] = [cpu(50)]) {
    const { plane } = this;
    const template = {
      metadata: { labels: LABELS },
      spec: { containers: [{ name: "main", image: "web:1" }] },
    };
    const metadata = { name: "web", namespace: "default" };
    plane.create("Deployment", {
      metadata,
      spec: { replicas, selector: { matchLabels: LABELS }, template },
    });
    plane.virtual.provide("PodMetrics", {
      get: (key) => this.#metrics(key),
      list: () => [],
    });
    for (let at = 0; at < replicas; at++) this.pod(`web-${at}`);
    plane.create("HorizontalPodAutoscaler", {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 1,
        maxReplicas: 40,
        metrics,
        ...spec,
      },
    });
    plane.edit(
      "Deployment",
      "default/web",
      (object) => ({ ...object, status: { replicas } }),
      "status",
    );
  }

  pod(name: string, status: object = {}, startedAt = -600): void {
    const { plane } = this;
    const pod = podOn(name, "n1", {
      containers: [{ name: "main", image: "web:1", resources: { requests: { cpu: "100m" } } }],
    });
    plane.create("Pod", { ...pod, metadata: { ...pod.metadata, labels: LABELS } });
    const time = timestamp(startedAt * SECOND);
    const ready = { type: "Ready", status: "True", lastTransitionTime: time };
    plane.edit(
      "Pod",
      `default/${name}`,
      (object) => ({
        ...object,
        status: { phase: "Running", startTime: time, conditions: [ready], ...status },
      }),
      "status",
    );
  }

  /** Makes the pods that the Deployment asks for, at once. */
  follow(): void {
    const { replicas } = this.plane.get("Deployment", "default/web").spec;
    for (let at = 0; at < replicas; at++)
      if (this.plane.get("Pod", `default/web-${at}`) === undefined) this.pod(`web-${at}`);
    for (const { metadata } of this.plane.list("Pod"))
      if (Number(metadata.name.slice(4)) >= replicas)
        this.plane.api.delete("Pod", `default/${metadata.name}`, { gracePeriodSeconds: 0 });
  }

  get replicas(): number {
    return this.plane.get("Deployment", "default/web").spec.replicas;
  }

  get status(): any {
    return this.plane.get("HorizontalPodAutoscaler", "default/web").status;
  }

  condition(type: string): string {
    const { status, reason, message } = this.status.conditions.find(
      (one: any) => one.type === type,
    );
    return `${status} ${reason}: ${message}`;
  }

  #metrics(key: string): any {
    if (this.cpu === undefined || this.without.has(key.slice(8))) return undefined;
    const { metadata } = this.plane.get("Pod", key);
    return {
      metadata,
      timestamp: timestamp(this.plane.now),
      window: "15s",
      containers: [{ name: "main", usage: { cpu: this.cpu, memory: "20Mi" } }],
    };
  }
}

export function cpu(averageUtilization: number): object {
  return {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
  };
}
