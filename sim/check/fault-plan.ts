import { type Random, randomFrom } from "../engine/random.ts";
import { formatSpan, type Micros, SECOND } from "../engine/time.ts";

/** A fault of a campaign, as a scenario's step would have it. */
export interface PlannedFault {
  readonly at: Micros;
  readonly fault: Readonly<Record<string, unknown>> & {
    readonly type: string;
    readonly for?: string;
  };
}

/** A fault that a campaign draws from. */
interface Site {
  readonly fault: PlannedFault["fault"];
  /** Whether it has an end. */
  readonly lasting: boolean;
  /** Whether it is about who leads: without a second replica there is nobody to follow. */
  readonly succession?: true;
}

/** With parameters that make sense anywhere. */
const SITES: readonly Site[] = [
  { fault: { type: "node-crash", mode: "one" }, lasting: true },
  { fault: { type: "node-pause", mode: "one" }, lasting: true },
  { fault: { type: "node-partition", mode: "one" }, lasting: true },
  { fault: { type: "pod-kill", mode: "one" }, lasting: false },
  { fault: { type: "pod-kill", mode: "fixed-percent", value: 40 }, lasting: false },
  { fault: { type: "container-kill", mode: "one" }, lasting: false },
  { fault: { type: "oom-kill", mode: "one" }, lasting: false },
  { fault: { type: "probe-failure", mode: "one" }, lasting: true },
  { fault: { type: "controller-crash" }, lasting: true },
  { fault: { type: "stale-watch" }, lasting: true },
  { fault: { type: "api-errors", percent: 30 }, lasting: true },
  { fault: { type: "api-latency" }, lasting: true },
  { fault: { type: "api-unavailable" }, lasting: true },
  { fault: { type: "compaction" }, lasting: false },
  { fault: { type: "scheduler-crash" }, lasting: true },
  { fault: { type: "leader-partition" }, lasting: true, succession: true },
  { fault: { type: "leader-partition", component: "scheduler" }, lasting: true, succession: true },
  { fault: { type: "leader-pause" }, lasting: true, succession: true },
  { fault: { type: "leader-pause", component: "scheduler" }, lasting: true, succession: true },
];

/** The faults for a control plane of so many replicas. */
function sitesFor(replicas: number): readonly Site[] {
  return SITES.filter(({ succession }) => replicas > 1 || succession !== true);
}

/** Most faults of one run. */
const MOST = 8;

/**
 * Draws the faults of a run. Swarm: every run switches its own subset of sites on. All are over by `until`, so that
 * the run has time to recover. `replicas`: of the control plane.
 */
export function drawFaults(seed: string, until: Micros, replicas = 1): readonly PlannedFault[] {
  const random = randomFrom(seed).fork("campaign");
  const all = sitesFor(replicas);
  const on = all.filter(() => random.int(3) === 0);
  const sites = on.length > 0 ? on : [pick(random, all)];
  const count = 1 + random.int(MOST);
  const faults: PlannedFault[] = [];
  for (let at = 0; at < count; at++) {
    const { fault, lasting } = pick(random, sites);
    const begin = SECOND * (1 + random.int(Math.max(1, Math.floor((until * 0.8) / SECOND))));
    const longest = Math.max(1, Math.floor((until - begin) / SECOND));
    const span = SECOND * (1 + random.int(Math.min(120, longest)));
    faults.push({ at: begin, fault: lasting ? { ...fault, for: formatSpan(span) } : fault });
  }
  return faults.sort((a, b) => a.at - b.at);
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.int(items.length)] as T;
}

/** Every single fault at each of some instants: the exhaustive campaign. */
export function everyFault(
  instants: readonly Micros[],
  until: Micros,
  replicas = 1,
): readonly (readonly PlannedFault[])[] {
  return instants.flatMap((at) =>
    sitesFor(replicas).map(({ fault, lasting }) => {
      const span = Math.max(SECOND, Math.min(60 * SECOND, until - at));
      return [{ at, fault: lasting ? { ...fault, for: formatSpan(span) } : fault }];
    }),
  );
}
