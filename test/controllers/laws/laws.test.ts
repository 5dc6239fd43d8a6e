import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { controllers } from "../../../sim/controllers/registry.ts";
import { disturbances, type Ending, NOTHING, tell } from "./disturb.ts";
import { worlds } from "./worlds.ts";

/** Enough to see each law fail in a broken controller; the long campaign draws more. */
const RUNS = 3;

describe.each(controllers.map(({ name }) => name))("%s", (name) => {
  const world = worlds[name];
  let calm: Ending | undefined;
  const undisturbed = (): Ending => {
    if (world === undefined) throw new Error(`no world for ${name}: add one to worlds.ts`);
    calm ??= tell(name, world, NOTHING);
    return calm;
  };

  it("has something to write in its world", () => {
    expect(undisturbed().writes).toBeGreaterThan(0);
  });

  it("writes nothing more when all is done, however often it is told", () => {
    expect(undisturbed().lateWrites).toEqual([]);
  });

  it("comes to the same state through crashes, dropped, late and repeated notifications, and stale caches", () => {
    const { state } = undisturbed();
    fc.assert(
      fc.property(disturbances, (disturbance) => {
        const ending = tell(name, world as never, disturbance);
        expect(ending.state).toEqual(state);
        expect(ending.lateWrites).toEqual([]);
      }),
      { numRuns: RUNS, seed: 20_260_101 },
    );
  });
});
