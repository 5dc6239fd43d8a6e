import type { Informers } from "../api/informer.ts";
import type { EndpointSlice } from "../api/types.gen.ts";
import type { Actor, Engine } from "../engine/engine.ts";
import type { EntryId } from "../engine/event-list.ts";
import { type Micros, SECOND } from "../engine/time.ts";
import { clusterFirst, lookupTime, queriesFor } from "./dns.ts";
import {
  addFlow,
  type Flow,
  flowOf,
  lossOf,
  NO_FLOW,
  NO_TRAFFIC,
  sameFlow,
  type TrafficCounters,
} from "./flow.ts";
import { type LoadSpec, nextRateChange, rateAt } from "./load.ts";
import type { ServingPods } from "./pods.ts";
import { podsFor, serviceOf, type Target, targetsOf } from "./routing.ts";

/** Least time between two updates of kube-proxy's rules (`minSyncPeriod`). */
const PROXY_MIN_SYNC: Micros = SECOND;

type TrafficEvent =
  | { readonly type: "proxy-sync" }
  | { readonly type: "traffic-changes"; readonly id: number };

interface ActiveLoad {
  readonly id: number;
  readonly load: LoadSpec;
  readonly since: Micros;
  readonly queries: number;
  /** What the requests meet since `at`, and what was counted before. */
  flow: Flow;
  at: Micros;
  counted: TrafficCounters;
  /** Pods that the load reached with this flow, to be told when it leaves them. */
  pods: readonly string[];
  wake: EntryId | undefined;
  stopped: boolean;
}

interface TrafficState {
  readonly loads: readonly ActiveLoad[];
  readonly routes: readonly (readonly [service: string, targets: readonly Target[]])[];
  readonly next: number;
  readonly syncedAt: Micros;
  readonly syncing: boolean;
  readonly dirty: readonly string[];
}

/** A load with what its requests meet at the moment, and the pods that they are dealt to. */
export interface RunningLoad {
  readonly id: number;
  readonly load: LoadSpec;
  readonly flow: Flow;
  readonly pods: readonly string[];
}

/**
 * Requests to Services: dealt over the endpoints that kube-proxy knows of, answered or not by what runs there. Flows are
 * rates, so an event is needed only when one changes, however many requests there are.
 */
export class Traffic implements Actor<TrafficEvent> {
  readonly name = "traffic";
  readonly #engine: Engine;
  readonly #informers: Informers;
  readonly #pods: ServingPods;
  readonly #loads = new Map<number, ActiveLoad>();
  readonly #zoneOf: (node: string) => string | undefined;
  /** Endpoints of each Service, as the proxies' rules have them. */
  readonly #routes = new Map<string, readonly Target[]>();
  readonly #dirty = new Set<string>();
  #next = 1;
  #syncedAt: Micros = -PROXY_MIN_SYNC;
  #syncing = false;

  /** `informers`: those of kube-proxy, followed for EndpointSlices. `zoneOf`: the zone that a node is in. */
  constructor(
    engine: Engine,
    informers: Informers,
    pods: ServingPods,
    zoneOf: (node: string) => string | undefined,
  ) {
    this.#zoneOf = zoneOf;
    this.#engine = engine;
    this.#informers = informers;
    this.#pods = pods;
    engine.register(this);
    informers.addIndex("EndpointSlice", "service", (object) => {
      const service = serviceOf(object as unknown as EndpointSlice);
      return service === undefined ? [] : [service];
    });
    informers.on("EndpointSlice", ({ after }) => {
      const service = serviceOf(after as unknown as EndpointSlice);
      if (service !== undefined && this.#routes.has(service)) this.#resync(service);
    });
    pods.onProcessChange((pod) => this.#processChanged(pod));
  }

  /** Begins a load; answers its number. */
  start(load: LoadSpec): number {
    const { now } = this.#engine;
    const id = this.#next++;
    const namespace = load.service.slice(0, load.service.indexOf("/"));
    const queries =
      load.lookup === undefined
        ? 0
        : queriesFor(load.lookup.host, clusterFirst(namespace), (name) => this.#exists(name, load));
    const active: ActiveLoad = {
      id,
      load,
      since: now,
      queries,
      flow: NO_FLOW,
      at: now,
      counted: NO_TRAFFIC,
      pods: [],
      wake: undefined,
      stopped: false,
    };
    this.#loads.set(id, active);
    if (!this.#routes.has(load.service)) this.#route(load.service);
    this.#evaluate(active);
    return id;
  }

  /** Ends a load; its counters stay. */
  stop(id: number): void {
    const active = this.#loads.get(id);
    if (active === undefined || active.stopped) return;
    active.stopped = true;
    this.#evaluate(active);
  }

  /** What a load's requests met until now; `undefined` for a number that was never given. */
  counters(id: number): TrafficCounters | undefined {
    const active = this.#loads.get(id);
    if (active === undefined) return undefined;
    return addFlow(active.counted, active.flow, this.#engine.now - active.at, active.queries);
  }

  /** Loads that were ever started, with what they meet at the moment. */
  loads(): readonly RunningLoad[] {
    return [...this.#loads.values()].map(({ id, load, flow }) => {
      return { id, load, flow, pods: this.#podsOf(load) };
    });
  }

  handle(event: TrafficEvent): void {
    if (event.type === "proxy-sync") {
      this.#sync();
      return;
    }
    const active = this.#loads.get(event.id);
    if (active === undefined) return;
    active.wake = undefined;
    this.#evaluate(active);
  }

  save(): TrafficState {
    return {
      loads: [...this.#loads.values()].map((active) => ({ ...active })),
      routes: [...this.#routes],
      next: this.#next,
      syncedAt: this.#syncedAt,
      syncing: this.#syncing,
      dirty: [...this.#dirty],
    };
  }

  load(state: unknown): void {
    const saved = state as TrafficState;
    this.#loads.clear();
    for (const active of saved.loads) this.#loads.set(active.id, { ...active });
    this.#routes.clear();
    for (const [service, targets] of saved.routes) this.#routes.set(service, targets);
    this.#next = saved.next;
    this.#syncedAt = saved.syncedAt;
    this.#syncing = saved.syncing;
    this.#dirty.clear();
    for (const service of saved.dirty) this.#dirty.add(service);
  }

  /** Rules are rewritten at most once a second: the first change goes at once, others wait for their turn. */
  #resync(service: string): void {
    this.#dirty.add(service);
    if (this.#syncing) return;
    this.#syncing = true;
    const at = Math.max(this.#engine.now, this.#syncedAt + PROXY_MIN_SYNC);
    this.#engine.at(at, this.name, { type: "proxy-sync" });
  }

  #sync(): void {
    this.#syncing = false;
    this.#syncedAt = this.#engine.now;
    const services = [...this.#dirty];
    this.#dirty.clear();
    for (const service of services) {
      this.#route(service);
      for (const active of this.#loads.values())
        if (active.load.service === service) this.#evaluate(active);
    }
  }

  #route(service: string): void {
    const slices = this.#informers.cache("EndpointSlice").indexed("service", service);
    this.#routes.set(service, targetsOf(slices as unknown as Iterable<EndpointSlice>));
  }

  /** Pods that a load's requests are dealt to from where it is. */
  #podsOf({ service, client }: LoadSpec): readonly string[] {
    const { node, zone } = client ?? {};
    const place = { node, zone: zone ?? (node === undefined ? undefined : this.#zoneOf(node)) };
    return podsFor(this.#routes.get(service) ?? [], place);
  }

  #processChanged(pod: string): void {
    for (const active of this.#loads.values()) {
      if (active.stopped || !this.#podsOf(active.load).includes(pod)) continue;
      // Later in this instant, when what runs has settled.
      if (active.wake !== undefined) this.#engine.cancel(active.wake);
      active.wake = this.#engine.after(0, this.name, { type: "traffic-changes", id: active.id });
    }
  }

  /** Counts what was, looks at what is, and sets the alarm for what will be different by itself. */
  #evaluate(active: ActiveLoad): void {
    const { now } = this.#engine;
    const { load } = active;
    active.counted = addFlow(active.counted, active.flow, now - active.at, active.queries);
    active.at = now;
    const rate = active.stopped ? 0 : rateAt(load, now - active.since);
    const pods = this.#podsOf(load);
    const answering = pods.map((pod) => this.#pods.answering(pod));
    const lookup = load.lookup === undefined ? 0 : lookupTime(active.queries, 2, load.lookup.each);
    const flow = flowOf(rate, answering, load.timeout, lookup);
    this.#announce(active, flow);
    this.#measure(active, flow);
    active.flow = flow;
    this.#tellPods(active, pods, rate);
    this.#alarm(active, answering);
  }

  #announce({ load, flow: before }: ActiveLoad, flow: Flow): void {
    const failing = lossOf(flow);
    if (before.succeeded === flow.succeeded && lossOf(before) === failing) return;
    this.#engine.journal.append({
      kind: "record",
      subject: `Service/${load.service}`,
      record: {
        type: failing > 0 ? "Warning" : "Normal",
        reason: "Traffic",
        message: `${shown(flow.succeeded)} requests/s answered, ${shown(failing)} requests/s failing`,
      },
    });
  }

  /** Every change of a flow is there to be measured; the run does not know of it. */
  #measure({ id, load, flow: before }: ActiveLoad, flow: Flow): void {
    if (sameFlow(before, flow)) return;
    this.#engine.journal.append({ kind: "flow", subject: `Service/${load.service}`, id, flow });
  }

  /** Pods work for the requests they get, whoever sends them. */
  #tellPods(active: ActiveLoad, pods: readonly string[], rate: number): void {
    const concerned = new Set([...active.pods, ...pods]);
    active.pods = rate === 0 ? [] : pods;
    for (const pod of concerned) this.#pods.setLoad(pod, this.#workOf(pod));
  }

  #workOf(pod: string): number {
    let work = 0;
    const answering = this.#pods.answering(pod);
    if (answering?.accepts !== true) return 0;
    for (const { load, pods, since, stopped } of this.#loads.values()) {
      if (stopped || !pods.includes(pod)) continue;
      const share = rateAt(load, this.#engine.now - since) / pods.length;
      work += Math.min(share, answering.capacity ?? share) * answering.cpuPerRequest;
    }
    return work;
  }

  #alarm(
    active: ActiveLoad,
    answering: readonly ({ changesAt: Micros | undefined } | undefined)[],
  ): void {
    if (active.wake !== undefined) this.#engine.cancel(active.wake);
    active.wake = undefined;
    if (active.stopped) return;
    const { now } = this.#engine;
    const age = nextRateChange(active.load, now - active.since);
    let soonest = age === undefined ? undefined : active.since + age;
    for (const pod of answering) {
      const at = pod?.changesAt;
      if (at !== undefined && at > now && (soonest === undefined || at < soonest)) soonest = at;
    }
    if (soonest !== undefined)
      active.wake = this.#engine.at(soonest, this.name, { type: "traffic-changes", id: active.id });
  }

  #exists(name: string, { service }: LoadSpec): boolean {
    const [namespace, own] = service.split("/");
    return name === `${own}.${namespace}.svc.cluster.local`;
  }
}

function shown(rate: number): string {
  return String(Math.round(rate * 100) / 100);
}
