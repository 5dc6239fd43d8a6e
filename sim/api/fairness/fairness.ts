import { MILLISECOND, type Micros } from "../../engine/time.ts";
import { tooManyRequests } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import type { StandingObjects } from "../standing/standing-objects.ts";
import { unhidden } from "../standing/standing-objects.ts";
import type { Store } from "../store.ts";
import type { FlowSchema, PriorityLevelConfiguration } from "../types.gen.ts";
import { classify, type Flow, type FlowRequest, schemasInOrder } from "./flow-schemas.ts";
import { type LevelLimits, LevelQueues } from "./level-queues.ts";

/** Seats of the whole server: `--max-requests-inflight` 400 and `--max-mutating-requests-inflight` 200. */
const SEATS = 600;
/** How long a seat is taken by a request that touches one object. */
const SERVICE_TIME: Micros = 2 * MILLISECOND;
/** Objects that a list reads while it holds one more seat, and the most seats it takes. */
const [OBJECTS_PER_SEAT, MOST_SEATS] = [100, 10];

interface Configuration {
  readonly schemas: readonly (readonly [FlowSchema, PriorityLevelConfiguration])[];
  readonly limits: ReadonlyMap<string, LevelLimits>;
}

/**
 * Priority and fairness as a latency model, by the cluster's FlowSchemas and PriorityLevelConfigurations: each level has its
 * share of the server's seats; a request takes seats for as long as it works, and waits in its flow's queues when they are
 * taken. Where nobody asks, nothing is kept.
 */
export class Fairness {
  readonly #store: Store;
  readonly #standing: StandingObjects;
  readonly #seats: number;
  readonly #levels = new Map<string, LevelQueues>();
  #configuration: Configuration | undefined;

  /** `standing`: the objects of flow control that are there without a write. */
  constructor(store: Store, standing: StandingObjects, seats: number = SEATS) {
    this.#store = store;
    this.#standing = standing;
    this.#seats = seats;
    store.onCommit(({ kind }) => {
      if (kind === "FlowSchema" || kind === "PriorityLevelConfiguration")
        this.#configuration = undefined;
    });
    store.onLoad(() => {
      this.#configuration = undefined;
    });
  }

  /** The class of a request; undefined where no schema covers it. */
  classify(request: FlowRequest): Flow | undefined {
    return classify(this.#current().schemas, request);
  }

  /** How long a request that touches `objects` objects takes, waiting included. Throws 429 when it may not wait, or not so long. */
  delay({ schema, level, distinguisher }: Flow, now: Micros, objects: number): Micros {
    const work = SERVICE_TIME + Math.floor(objects / OBJECTS_PER_SEAT) * MILLISECOND;
    const limits = this.#current().limits.get(level.metadata.name);
    if (limits === undefined) return work;
    const wanted = Math.min(1 + Math.floor(objects / OBJECTS_PER_SEAT), MOST_SEATS);
    const flow = `${schema.metadata.name}/${distinguisher}`;
    const start = this.#level(level.metadata.name, limits).admit(flow, now, wanted, work);
    if (typeof start === "string")
      throw tooManyRequests("Too many requests, please try again later.");
    return start + work - now;
  }

  #level(name: string, limits: LevelLimits): LevelQueues {
    let level = this.#levels.get(name);
    if (level === undefined) {
      level = new LevelQueues(limits);
      this.#levels.set(name, level);
    }
    return level;
  }

  /** The configuration of now; levels begin anew when it changes. */
  #current(): Configuration {
    if (this.#configuration === undefined) {
      this.#levels.clear();
      const levels = new Map(
        this.#all("PriorityLevelConfiguration").map((object) => [
          object.metadata.name,
          object as PriorityLevelConfiguration,
        ]),
      );
      this.#configuration = {
        schemas: schemasInOrder(this.#all("FlowSchema"), levels),
        limits: limitsOf([...levels.values()], this.#seats),
      };
    }
    return this.#configuration;
  }

  #all(kind: string): readonly KubeObject[] {
    const stored = [...this.#store.objects(kind).values()];
    return [...stored, ...unhidden(this.#standing, this.#store, kind)];
  }
}

/** Seats by the levels' shares of all; exempt levels have no limit. */
function limitsOf(
  levels: readonly PriorityLevelConfiguration[],
  seats: number,
): ReadonlyMap<string, LevelLimits> {
  const limited = levels.filter(({ spec }) => spec?.type === "Limited");
  const sharesOf = ({ spec }: PriorityLevelConfiguration): number =>
    spec?.limited?.nominalConcurrencyShares ?? 30;
  const sum = limited.reduce((all, level) => all + sharesOf(level), 0);
  return new Map(
    limited.map((level) => {
      const response = level.spec?.limited?.limitResponse;
      const { queues = 64, handSize = 8, queueLengthLimit = 50 } = response?.queuing ?? {};
      const limits: LevelLimits = {
        seats: Math.max(1, Math.ceil((seats * sharesOf(level)) / Math.max(1, sum))),
        queues: response?.type === "Queue" ? queues : 0,
        handSize,
        queueLength: queueLengthLimit,
      };
      return [level.metadata.name, limits];
    }),
  );
}
