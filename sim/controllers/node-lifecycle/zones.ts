import type { Node } from "../../api/types.gen.ts";
import { type Micros, SECOND } from "../../engine/time.ts";

/** How much of a zone is down. */
export type ZoneState = "Initial" | "Normal" | "PartialDisruption" | "FullDisruption";

/** What the controller remembers of a zone. */
export interface Zone {
  readonly state: ZoneState;
  /** Time between two NoExecute taints; `undefined` while there are to be none. */
  readonly interval: Micros | undefined;
  /** When the next taint may go. */
  readonly nextTaint: Micros;
}

/** `--node-eviction-rate` 0.1 and `--secondary-node-eviction-rate` 0.01, a second each, as time between two. */
const NORMAL_INTERVAL: Micros = 10 * SECOND;
const REDUCED_INTERVAL: Micros = 100 * SECOND;
/** `--large-cluster-size-threshold`: zones of more nodes than this go on slowly, smaller ones stop. */
const LARGE_ZONE = 50;
/** `--unhealthy-zone-threshold`. */
const UNHEALTHY_SHARE = 0.55;

/** A zone nobody has looked at yet. */
export const NEW_ZONE: Zone = { state: "Initial", interval: NORMAL_INTERVAL, nextTaint: 0 };

/** Region and zone of a node; the empty text for nodes without (upstream `GetZoneKey`). */
export function zoneOf({ metadata: { labels } }: Node): string {
  const region = labels?.["topology.kubernetes.io/region"] ?? "";
  const zone = labels?.["topology.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}:${zone}`;
}

/** State of a zone from how many of its nodes are ready and not (upstream `ComputeZoneState`). */
export function zoneState(ready: number, notReady: number): ZoneState {
  if (ready === 0 && notReady > 0) return "FullDisruption";
  const share = notReady / (notReady + ready);
  return notReady > 2 && share >= UNHEALTHY_SHARE ? "PartialDisruption" : "Normal";
}

/** Time between two taints in a zone of a state and size. */
function intervalOf(state: ZoneState, size: number): Micros | undefined {
  if (state !== "PartialDisruption") return NORMAL_INTERVAL;
  return size > LARGE_ZONE ? REDUCED_INTERVAL : undefined;
}

/** A zone whose limiter goes at another pace. A limiter that was waiting makes the new one wait, too. */
function paced(zone: Zone, interval: Micros | undefined, now: Micros): Zone {
  if (interval === zone.interval) return zone;
  const waiting = zone.interval === undefined || zone.nextTaint > now;
  return { ...zone, interval, nextTaint: waiting && interval !== undefined ? now + interval : now };
}

/** What a look at all zones leads to. */
export interface Disruption {
  readonly zones: ReadonlyMap<string, Zone>;
  /** All zones are down, and were not before: taints are taken back and none are added. */
  readonly stop: boolean;
  /** Some zone is back after all were down: every node is given its grace period anew. */
  readonly resume: boolean;
}

/** Moves all zones to what is seen of their nodes (upstream `handleDisruption`). */
export function handleDisruption(
  before: ReadonlyMap<string, Zone>,
  counts: ReadonlyMap<string, { readonly ready: number; readonly notReady: number }>,
  now: Micros,
): Disruption {
  const seen = new Map<string, ZoneState>();
  for (const [name, { ready, notReady }] of counts) seen.set(name, zoneState(ready, notReady));
  const known = [...seen.keys()].map((name) => [name, before.get(name) ?? NEW_ZONE] as const);
  const allAre = [...seen.values()].every((state) => state === "FullDisruption");
  const allWere = known.every(([, { state }]) => state === "FullDisruption");
  const stop = allAre && !allWere;
  const resume = allWere && !allAre;
  const zones = new Map<string, Zone>();
  for (const [name, zone] of known) {
    if (allAre) {
      zones.set(name, stop ? { ...paced(zone, undefined, now), state: "FullDisruption" } : zone);
      continue;
    }
    const state = seen.get(name) ?? "Normal";
    const { ready = 0, notReady = 0 } = counts.get(name) ?? {};
    const same = state === zone.state && !resume;
    const next = same ? zone : paced(zone, intervalOf(state, ready + notReady), now);
    zones.set(name, { ...next, state });
  }
  return { zones, stop, resume };
}
