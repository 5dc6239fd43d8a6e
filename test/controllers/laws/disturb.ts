import fc from "fast-check";
import { keyOf } from "../../../sim/api/object.ts";
import { type Cluster, createCluster } from "../../../sim/cluster.ts";
import { controllers } from "../../../sim/controllers/registry.ts";
import { MILLISECOND, SECOND } from "../../../sim/engine/time.ts";
import { canonicalState } from "./canonical.ts";
import type { World } from "./parts.ts";

/** What happens to one controller besides its world's story. Times in milliseconds after the story began. */
export interface Disturbance {
  /** Its process ends right after its n-th write. */
  readonly crashAfterWrites: readonly number[];
  /** Its process ends, with all that was in its queue, and starts again later: what came meanwhile is dropped. */
  readonly crashes: readonly { readonly at: number; readonly down: number }[];
  /** Its caches stand still for a while, then catch up: notifications come late and at once. */
  readonly freezes: readonly { readonly at: number; readonly span: number }[];
  /** It is told again of everything. */
  readonly duplicates: readonly number[];
}

export const NOTHING: Disturbance = {
  crashAfterWrites: [],
  crashes: [],
  freezes: [],
  duplicates: [],
};

/** Disturbances within the first minute of a story. */
export const disturbances: fc.Arbitrary<Disturbance> = fc.record({
  crashAfterWrites: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
  crashes: fc.array(
    fc.record({
      at: fc.integer({ min: 1, max: 60_000 }),
      down: fc.integer({ min: 0, max: 4_000 }),
    }),
    { maxLength: 3 },
  ),
  freezes: fc.array(
    fc.record({
      at: fc.integer({ min: 1, max: 60_000 }),
      span: fc.integer({ min: 1, max: 4_000 }),
    }),
    { maxLength: 2 },
  ),
  duplicates: fc.array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 5 }),
});

/** How a story ended. */
export interface Ending {
  readonly state: unknown;
  /** How often the controller wrote until then. */
  readonly writes: number;
  /** Writes in the last half minute, and after everybody was told of everything once more. */
  readonly lateWrites: readonly string[];
}

/** Tells a story with a disturbance of one controller, and looks at the end. */
export function tell(name: string, world: World, disturbance: Disturbance): Ending {
  const entry = controllers.find((one) => one.name === name);
  const cluster = createCluster({
    seed: "laws",
    detail: "changes",
    nodeAgent: "stand-in",
    nodes: [{ count: 3, name: "node-{i}", capacity: { cpu: "4", memory: "8Gi" } }],
    pace: { eventObjects: false },
    ...world.config,
    controllers: { enable: entry?.default === true ? [] : [name] },
  });
  for (const [at, work] of timeline(name, world, disturbance)) {
    cluster.runUntil(at);
    cluster.engine.as("story", 0, () => work(cluster));
  }
  cluster.runUntil((world.until - 30) * SECOND);
  const from = cluster.store.revision;
  cluster.runUntil(world.until * SECOND);
  const state = world.state?.(cluster) ?? canonicalState(cluster);
  const writes = cluster.engine.journal.entries.filter(
    ({ kind, actor }) => kind === "change" && actor === name,
  ).length;
  tellAgain(cluster, name);
  cluster.runUntil((world.until + 10) * SECOND);
  return { state, writes, lateWrites: writesSince(cluster, from, world.restless) };
}

function timeline(
  name: string,
  { steps }: World,
  { crashAfterWrites, crashes, freezes, duplicates }: Disturbance,
): readonly (readonly [at: number, work: (cluster: Cluster) => void])[] {
  const runner = (cluster: Cluster) => cluster.controllers.get(name);
  const all: (readonly [number, (cluster: Cluster) => void])[] = steps.map(
    ([at, work]) => [at * SECOND, work] as const,
  );
  // Each waits for the one before to have happened.
  crashAfterWrites.forEach((writes, at) => {
    all.push([(at * 15 + 0.5) * SECOND, (cluster) => runner(cluster)?.crashAfterWrites(writes)]);
  });
  for (const { at, down } of crashes)
    all.push([at * MILLISECOND, (cluster) => runner(cluster)?.crash(down * MILLISECOND)]);
  for (const { at, span } of freezes)
    all.push([
      at * MILLISECOND,
      (cluster) => cluster.informersOf("controller-manager").freeze((at + span) * MILLISECOND),
    ]);
  for (const at of duplicates) all.push([at * MILLISECOND, (cluster) => tellAgain(cluster, name)]);
  return all.sort(([a], [b]) => a - b);
}

/** Tells a controller of every object of the kinds it follows, as if each had just appeared. */
function tellAgain(cluster: Cluster, name: string): void {
  const runner = cluster.controllers.get(name);
  if (runner === undefined) return;
  const { controller } = runner;
  if (controller.startKey !== undefined) runner.enqueue(controller.startKey);
  const objects = cluster.store.objects(controller.for);
  for (const object of objects.values())
    if (controller.concerns?.(object, undefined) !== false) runner.enqueue(keyOf(object));
}

/** Changes after a revision, but for Events and the kind whose objects never come to rest. */
function writesSince(cluster: Cluster, revision: number, restless?: string): string[] {
  return cluster.engine.journal.entries.flatMap((entry) =>
    entry.kind === "change" &&
    entry.revision > revision &&
    entry.collection !== "Event" &&
    entry.collection !== restless
      ? [`${entry.time / SECOND} ${entry.actor}: ${entry.collection} ${entry.key}`]
      : [],
  );
}
