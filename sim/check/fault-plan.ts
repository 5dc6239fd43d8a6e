import { type Random, randomFrom } from "../engine/random.ts";
import { formatSpan, MILLISECOND, type Micros, SECOND } from "../engine/time.ts";

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

/** What a campaign knows of the scenario that it disturbs. */
export interface Playground {
  /** Faults are over by then, so that the run has time to recover. */
  readonly until: Micros;
  /** Of the control plane; one when absent. Some faults need a second. */
  readonly replicas?: number;
  /** Controllers of the user's own: each is crashed alone, too. */
  readonly controllers?: readonly string[];
  /** When steps happen: half of the faults begin close to one, where most is going on. */
  readonly steps?: readonly Micros[];
}

function sitesFor({ replicas = 1, controllers = [] }: Playground): readonly Site[] {
  const own = controllers.flatMap((controller): Site[] => {
    const fault = { type: "controller-crash", target: { controller } };
    // What is half done is where controllers go wrong: they end between two writes, too.
    const halfDone = [1, 2, 3].map((writes) => ({ fault: { ...fault, writes }, lasting: false }));
    return [{ fault, lasting: true }, ...halfDone];
  });
  return [...SITES.filter(({ succession }) => replicas > 1 || succession !== true), ...own];
}

/** Most faults of one run. */
const MOST = 8;

/** Draws the faults of a run. Swarm: every run switches its own subset of sites on. */
export function drawFaults(seed: string, playground: Playground): readonly PlannedFault[] {
  const { until } = playground;
  const random = randomFrom(seed).fork("campaign");
  const all = sitesFor(playground);
  const on = all.filter(() => random.int(3) === 0);
  const sites = on.length > 0 ? on : [pick(random, all)];
  const count = 1 + random.int(MOST);
  const faults: PlannedFault[] = [];
  for (let at = 0; at < count; at++) {
    const { fault, lasting } = pick(random, sites);
    const begin = drawInstant(random, playground);
    const longest = Math.max(1, Math.floor((until - begin) / SECOND));
    const span = SECOND * (1 + random.int(Math.min(120, longest)));
    faults.push({ at: begin, fault: lasting ? { ...fault, for: formatSpan(span) } : fault });
  }
  return faults.sort((a, b) => a.at - b.at);
}

/** Close to a step: from a second before it to three seconds behind it. */
const BEFORE = SECOND;
const BEHIND = 3 * SECOND;

function drawInstant(random: Random, { until, steps = [] }: Playground): Micros {
  if (steps.length > 0 && random.int(2) === 0) {
    const near = pick(random, steps) - BEFORE;
    const later = MILLISECOND * random.int((BEFORE + BEHIND) / MILLISECOND);
    return Math.min(Math.max(near + later, MILLISECOND), until);
  }
  return SECOND * (1 + random.int(Math.max(1, Math.floor((until * 0.8) / SECOND))));
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.int(items.length)] as T;
}

/** Every single fault just before and behind each step, and in the middle: the exhaustive campaign. */
export function everyFault(playground: Playground): readonly (readonly PlannedFault[])[] {
  const { until, steps = [] } = playground;
  const around = steps.flatMap((at) => [Math.max(MILLISECOND, at - BEFORE), at + SECOND]);
  const instants = [...new Set([...around, Math.floor(until / 2)])]
    .filter((at) => at < until)
    .sort((a, b) => a - b);
  return instants.flatMap((at) =>
    sitesFor(playground).map(({ fault, lasting }) => {
      const span = Math.max(SECOND, Math.min(60 * SECOND, until - at));
      return [{ at, fault: lasting ? { ...fault, for: formatSpan(span) } : fault }];
    }),
  );
}
