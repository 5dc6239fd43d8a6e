import { MILLISECOND, type Micros, SECOND } from "../../engine/time.ts";
import type { User } from "../admission/plugin.ts";
import { tooManyRequests } from "../api-error.ts";

/** Seats of the whole server: `--max-requests-inflight` 400 and `--max-mutating-requests-inflight` 200. */
const SEATS = 600;
/** How long a request may wait for a seat: a quarter of the request timeout of a minute. */
const LONGEST_WAIT: Micros = 15 * SECOND;
/** How long a seat is taken by a request that touches one object. */
const SERVICE_TIME: Micros = 2 * MILLISECOND;
/** Objects that a list reads while it holds one more seat, and the most seats it takes. */
const [OBJECTS_PER_SEAT, MOST_SEATS] = [100, 10];

/** The priority levels of a fresh cluster with their nominal concurrency shares. */
const shares = {
  "leader-election": 10,
  "node-high": 40,
  system: 30,
  "workload-high": 40,
  "workload-low": 100,
  "global-default": 20,
  "catch-all": 5,
} as const;

/** A priority level that queues; `exempt` does not. */
export type PriorityLevel = keyof typeof shares | "exempt";

/** What classification looks at. */
export interface FlowRequest {
  readonly user: User;
  readonly resource: string;
  readonly namespace: string | undefined;
}

const SERVICE_ACCOUNT = "system:serviceaccount:";

/** The level of a request by the flow schemas of a fresh cluster, in their order of precedence. */
export function levelOf({ user, resource, namespace }: FlowRequest): PriorityLevel {
  const { name, groups = [] } = user;
  if (groups.includes("system:masters")) return "exempt";
  const node = groups.includes("system:nodes");
  if (node) return resource === "leases" || resource === "nodes" ? "node-high" : "system";
  const component = name === "system:kube-controller-manager" || name === "system:kube-scheduler";
  const account = name.startsWith(SERVICE_ACCOUNT);
  if (resource === "leases" && (component || account))
    return component || namespace === "kube-system" ? "leader-election" : "workload-low";
  if (component || name.startsWith(`${SERVICE_ACCOUNT}kube-system:`)) return "workload-high";
  if (account) return "workload-low";
  return groups.includes("system:authenticated") ? "global-default" : "catch-all";
}

/**
 * Priority and fairness as a latency model: each level has its share of the server's seats; a request takes seats for
 * as long as it works, and waits for them when they are taken.
 */
export class Fairness {
  /** When each seat of a level is free again. */
  readonly #seats = new Map<PriorityLevel, Micros[]>();

  constructor(total: number = SEATS) {
    const sum = Object.values(shares).reduce((all, share) => all + share, 0);
    for (const [level, share] of Object.entries(shares)) {
      const seats = Math.ceil((total * share) / sum);
      this.#seats.set(level as PriorityLevel, new Array<Micros>(seats).fill(0));
    }
  }

  /** How long a request that touches `objects` objects takes, waiting included. Throws 429 when it would wait too long. */
  delay(level: PriorityLevel, now: Micros, objects: number): Micros {
    const work = SERVICE_TIME + Math.floor(objects / OBJECTS_PER_SEAT) * MILLISECOND;
    const seats = this.#seats.get(level);
    if (seats === undefined) return work;
    const wanted = Math.min(
      1 + Math.floor(objects / OBJECTS_PER_SEAT),
      MOST_SEATS,
      Math.max(1, seats.length),
    );
    const free = [...seats.keys()].sort((a, b) => (seats[a] ?? 0) - (seats[b] ?? 0));
    const taken = free.slice(0, wanted);
    const start = Math.max(now, ...taken.map((seat) => seats[seat] ?? 0));
    if (start - now > LONGEST_WAIT)
      throw tooManyRequests("too many requests, please try again later");
    for (const seat of taken) seats[seat] = start + work;
    return start + work - now;
  }
}
