import type { RestRequest, RestResponse } from "../sim/api/rest/request.ts";
import type { RestApi, RestOptions } from "../sim/api/rest/rest-api.ts";
import { restOf } from "../sim/cluster/rest.ts";
import type { Cluster } from "../sim/cluster.ts";
import { formatSpan, parseSpan } from "../sim/engine/time.ts";
import { ClockEdge } from "./clock-edge.ts";
import { LogFollowers } from "./log-follower.ts";
import { inputOf, isWrite, type OutsideInput, perform } from "./outside-input.ts";
import { type Driver, makeDriver, type ServePace } from "./pace.ts";
import { WatchHub } from "./watch-hub.ts";

/** What a live session is made of. */
export interface SessionOptions {
  readonly cluster: Cluster;
  readonly pace: ServePace;
  readonly rest?: RestOptions;
  /** Told of every request that may change something, before it is made. */
  readonly record?: (input: OutsideInput) => void;
  /** Milliseconds since 1970. */
  readonly wallNow?: () => number;
}

/** What the simulator itself answers. */
export interface OwnAnswer {
  readonly code: number;
  readonly body: object;
}

/** How often bookmarks and new lines of logs are looked for, in milliseconds. */
const POLL_MS = 1000;

/** A cluster that outsiders talk to while its time runs. */
export class LiveSession {
  readonly cluster: Cluster;
  readonly rest: RestApi;
  readonly edge: ClockEdge;
  readonly hub: WatchHub;
  readonly followers = new LogFollowers();
  readonly driver: Driver;
  readonly #record: (input: OutsideInput) => void;
  readonly #poll: NodeJS.Timeout;

  constructor({ cluster, pace, rest, record, wallNow = Date.now }: SessionOptions) {
    this.cluster = cluster;
    this.rest = restOf(cluster, { fairness: true, ...rest });
    this.edge = new ClockEdge(cluster.now, wallNow);
    this.hub = new WatchHub(cluster.store, () => cluster.now, this.edge);
    this.driver = makeDriver(pace, cluster);
    this.#record = record ?? (() => {});
    this.#poll = setInterval(() => this.#look(), POLL_MS);
    this.#poll.unref();
  }

  /** Answers a request at the instant the pace has reached. */
  answer(request: RestRequest): RestResponse {
    // Whoever is not let in leaves no trace, in the journal or in a recording.
    if (request.user === null) return this.rest.handle(request);
    const write = isWrite(request);
    // What is due at this instant comes before the request, here as in a replay.
    if (write) this.cluster.runUntil(this.cluster.now);
    if (write) this.#record(inputOf(this.cluster.now, request));
    const response = perform(this.cluster.engine, this.rest, request);
    if (write) this.driver.after();
    return response;
  }

  /** Brings the clocks up to date. What a client sends and is answered is shifted by the same span. */
  begin(): void {
    this.driver.before();
    this.edge.follow(this.cluster.now);
  }

  /** The simulator's own doors: reads and moves the clock. Undefined when it is none of them. */
  own(method: string, path: string, body: string): OwnAnswer | undefined {
    if (!/^\/ksim\/v1\/clock(\?|$)/.test(path)) return undefined;
    if (method !== "GET" && method !== "POST")
      return { code: 405, body: { error: "expected GET or POST" } };
    if (method === "POST") {
      const by = parseSpan(readBy(body));
      if (by === undefined) return { code: 400, body: { error: 'expected {"by": "10s"}' } };
      this.driver.advance(by);
      this.edge.follow(this.cluster.now);
      this.#look();
    }
    const { now } = this.cluster;
    return { code: 200, body: { virtualTime: formatSpan(now), micros: now } };
  }

  /** Sends what has become due without a request. */
  #look(): void {
    this.hub.poll();
    this.followers.poll();
  }

  close(): void {
    this.followers.close();
    clearInterval(this.#poll);
    this.driver.close();
    this.hub.close();
    // A turn may have ended in the middle of an instant, where no replay ends.
    this.cluster.runUntil(this.cluster.now);
  }
}

function readBy(body: string): string {
  try {
    const { by } = JSON.parse(body) as { by?: unknown };
    return typeof by === "string" ? by : "";
  } catch {
    return "";
  }
}
