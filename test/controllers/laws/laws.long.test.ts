import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { controllers } from "../../../sim/controllers/registry.ts";
import { disturbances, NOTHING, tell } from "./disturb.ts";
import { worlds } from "./worlds.ts";

/** Draws for each controller; a failure prints its seed and the smallest disturbance that shows it. */
const RUNS = 100;
describe.each(controllers.map(({ name }) => name))("%s", (name) => {
  const world = worlds[name];
  if (world === undefined) throw new Error(`no world for ${name}: add one to worlds.ts`);

  it("comes to the same state whatever happens to it", () => {
    const { state } = tell(name, world, NOTHING);
    fc.assert(
      fc.property(disturbances, (disturbance) => {
        const ending = tell(name, world, disturbance);
        expect(ending.state).toEqual(state);
        expect(ending.lateWrites).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("comes to the same state when it crashes after any one write", () => {
    const { state, writes: all } = tell(name, world, NOTHING);
    expect(all).toBeGreaterThan(0);
    for (let writes = 1; writes <= all; writes++) {
      const ending = tell(name, world, { ...NOTHING, crashAfterWrites: [writes] });
      expect(ending.state, `after write ${writes}`).toEqual(state);
      expect(ending.lateWrites, `after write ${writes}`).toEqual([]);
    }
  });
});
