import { ApiServer } from "../../sim/api/api-server.ts";
import { ComponentRecorder } from "../../sim/api/event-recorder.ts";
import { Informers } from "../../sim/api/informer.ts";
import { KindRegistry } from "../../sim/api/kinds/kind-registry.ts";
import { kindDescriptors } from "../../sim/api/kinds/registry.ts";
import type { KubeObject } from "../../sim/api/object.ts";
import { type Pace, paces } from "../../sim/api/pace.ts";
import { Store } from "../../sim/api/store.ts";
import type { Container, Event, Pod } from "../../sim/api/types.gen.ts";
import { Engine } from "../../sim/engine/engine.ts";
import type { JournalDetail } from "../../sim/engine/journal.ts";
import { type Micros, SECOND } from "../../sim/engine/time.ts";
import type { ImageBehaviour } from "../../sim/node/behaviour/image-behaviour.ts";
import { parseImages } from "../../sim/node/behaviour/parse-behaviour.ts";
import { instantTiming, type NodeTiming } from "../../sim/node/behaviour/timing.ts";
import type { NodeTemplate } from "../../sim/node/machine/node-template.ts";
import { NodeAgents } from "../../sim/node/node-agents.ts";

export interface BedOptions {
  readonly seed?: string;
  readonly detail?: JournalDetail;
  readonly timing?: Partial<NodeTiming>;
  readonly images?: Readonly<Record<string, unknown>>;
  readonly nodes?: readonly NodeTemplate[];
  readonly pace?: Pace;
}

/** Engine, store, API and kubelets: a cluster without controllers and scheduler. Pods name their node. */
export function bed(options: BedOptions = {}) {
  const engine = new Engine(options.seed ?? "1", options.detail ?? "full");
  const pace = options.pace ?? { ...paces.fast, eventObjects: true };
  const store = new Store(engine, pace.watchHistory);
  const api = new ApiServer(engine, store, new KindRegistry(kindDescriptors), []);
  const informers = new Informers("kubelets", engine, store, pace.watchLag);
  const agents = new NodeAgents({
    engine,
    api,
    informers,
    recorderFor: (component) => new ComponentRecorder(component, engine, api, pace.eventObjects),
    timing: { ...instantTiming, ...options.timing },
    images: parseImages(options.images ?? {}) as Readonly<Record<string, ImageBehaviour>>,
    pace,
  });
  const addAll = (): void => {
    for (const template of options.nodes ?? [{ name: "node-1" }]) agents.addNode(template);
  };
  return { engine, store, api, informers, agents, addAll, ...reads(engine, store, api) };
}

function reads(engine: Engine, store: Store, api: ApiServer) {
  return {
    /** Creates a pod on a node; containers need an image at least. */
    run(
      name: string,
      containers: readonly (Partial<Container> | string)[],
      spec: Record<string, unknown> = {},
      annotations: Record<string, string> = {},
    ): Pod {
      const complete = (container: Partial<Container> | string, at: number): Container =>
        typeof container === "string"
          ? { name: at === 0 ? "main" : `main-${at}`, image: container }
          : { name: at === 0 ? "main" : `main-${at}`, image: "web:1", ...container };
      return api.create<Pod>("Pod", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "default", annotations },
        spec: {
          restartPolicy: "Always",
          terminationGracePeriodSeconds: 30,
          nodeName: "node-1",
          ...spec,
          containers: containers.map(complete),
        },
      } as never);
    },
    pod: (name: string): Pod | undefined => store.get("Pod", `default/${name}`) as Pod | undefined,
    until: (seconds: number): void => engine.runUntil(Math.round(seconds * SECOND) as Micros),
    remove: (name: string, gracePeriodSeconds?: number): void => {
      api.delete(
        "Pod",
        `default/${name}`,
        gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
      );
    },
    /** Texts of the events written about a pod: `Reason: message`, oldest first. */
    events: (name: string): string[] =>
      [...(store.objects("Event").values() as Iterable<KubeObject>)]
        .map((event) => event as unknown as Event)
        .filter((event) => event.involvedObject.name === name)
        .map((event) => `${event.reason}: ${event.message}`),
    /** Times (s) and values of a property of a pod whenever it changed. */
    history<T>(name: string, read: (pod: Pod) => T): [number, T][] {
      const seen: [number, T][] = [];
      for (const entry of engine.journal.entries) {
        if (
          entry.kind !== "change" ||
          entry.collection !== "Pod" ||
          entry.key !== `default/${name}`
        )
          continue;
        if (entry.after === undefined) continue;
        const value = read(entry.after as Pod);
        const last = seen.at(-1);
        if (last === undefined || JSON.stringify(last[1]) !== JSON.stringify(value))
          seen.push([entry.time / SECOND, value]);
      }
      return seen;
    },
  };
}

export type Bed = ReturnType<typeof bed>;

/** Whether a pod's Ready condition is True. */
export function isReady(pod: Pod | undefined): boolean {
  return (
    pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ??
    false
  );
}

/** Restarts of a pod's first container. */
export function restartsOf(pod: Pod | undefined): number {
  return pod?.status?.containerStatuses?.[0]?.restartCount ?? 0;
}
