import { expect } from "vitest";
import type { KubeObject } from "../../sim/api/object.ts";
import type { Node, Pod } from "../../sim/api/types.gen.ts";
import { assignedPodHappened, nodeHappened } from "../../sim/scheduler/cluster-events.ts";
import type { SchedulingCore } from "../../sim/scheduler/cycle/scheduling-core.ts";
import type { Happened } from "../../sim/scheduler/cycle/wake-index.ts";
import { apply, makePod, newCore, type Step, World } from "./caching.ts";

/** A pod that was refused, and by whom. */
interface Sleeper {
  readonly pod: Pod;
  refusedBy: readonly string[];
}

/** What one step changed, in the words of the informers. */
function changesOf(
  nodes: ReadonlyMap<string, Node>,
  bound: ReadonlyMap<string, Pod>,
  world: World,
): readonly {
  readonly happened: readonly Happened[];
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}[] {
  const pairs = <T>(was: ReadonlyMap<string, T>, is: ReadonlyMap<string, T>) =>
    [...new Set([...was.keys(), ...is.keys()])]
      .map((key) => [was.get(key), is.get(key)] as const)
      .filter(([before, after]) => before !== after);
  return [
    ...pairs(nodes, world.nodes).map(([before, after]) => ({
      happened: nodeHappened(before, after),
      before,
      after,
    })),
    ...pairs(bound, world.bound).map(([before, after]) => ({
      happened: assignedPodHappened(before, after),
      before,
      after,
    })),
  ];
}

/** Pods on the node that the step takes away. */
function podsOnLost([, a, , c]: Step, { nodes, bound }: World): readonly Pod[] {
  const lost = [...nodes.keys()][a % Math.max(1, nodes.size)];
  if (c % 4 !== 0) return [];
  return [...bound.values()].filter(({ spec: { nodeName } }) => nodeName === lost);
}

/**
 * Law: a hint never leaves a pod asleep that an event made schedulable. Steps that are no events upstream either (a
 * pod begins to end, a promise) are left out.
 */
export function checkHints(sequence: readonly Step[]): { woken: number; asleep: number } {
  const world = new World();
  const core: SchedulingCore = newCore("all", () => 0);
  const sleepers: Sleeper[] = [];
  const count = { woken: 0, asleep: 0 };
  const happen = (change: () => void) => {
    const [nodes, bound] = [new Map(world.nodes), new Map(world.bound)];
    change();
    for (const { happened, before, after } of changesOf(nodes, bound, world))
      for (const sleeper of [...sleepers]) {
        const { refusedBy } = sleeper;
        const woke = happened.some((one) => core.helps(sleeper.pod, refusedBy, one, before, after));
        const result = core.schedule(sleeper.pod, { explain: false });
        if (result.node !== undefined) {
          expect({ woke, refusedBy, happened }).toMatchObject({ woke: true });
          sleepers.splice(sleepers.indexOf(sleeper), 1);
        } else if (woke) sleeper.refusedBy = result.unschedulablePlugins;
        if (woke) count.woken++;
        else count.asleep++;
      }
  };
  const leave = (gone: Pod) => {
    world.bound.delete(gone.metadata.uid);
    core.snapshot.removePod(gone);
  };
  for (let at = 0; at < 4; at++) apply([0, at * 7, at, 0], world, core);
  for (const step of sequence) {
    if ([7, 10, 11].includes(step[0])) continue;
    // Pods leave a node before it goes: on a node that is gone they count no more, and nobody says so.
    if (step[0] === 1) for (const left of podsOnLost(step, world)) happen(() => leave(left));
    happen(() => apply(step, world, core));
    const pending = makePod(`w${world.made++}`, step);
    const { node: chosen, unschedulablePlugins } = core.schedule(pending, { explain: false });
    if (chosen === undefined) {
      sleepers.push({ pod: pending, refusedBy: unschedulablePlugins });
      if (sleepers.length > 8) sleepers.shift();
    } else
      happen(() => {
        const placed: Pod = { ...pending, spec: { ...pending.spec, nodeName: chosen } };
        world.bound.set(placed.metadata.uid, placed);
        core.snapshot.addPod(placed);
      });
  }
  return count;
}
