import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventList } from "../../sim/engine/event-list.ts";

interface Expected {
  readonly time: number;
  readonly priority: number;
  readonly sequence: number;
}

const byKey = (a: Expected, b: Expected): number =>
  a.time - b.time || a.priority - b.priority || a.sequence - b.sequence;

/** Adds (time, priority), cancels the n-th pending one, or pops. */
const operations = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ time: fc.nat(50), priority: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ cancel: fc.nat(30) }) },
    { weight: 2, arbitrary: fc.constant("pop" as const) },
  ),
  { maxLength: 200 },
);

describe("future event list", () => {
  test("entries leave in order of (time, priority, sequence), whatever is cancelled in between", () => {
    fc.assert(
      fc.property(operations, fc.boolean(), (steps, restored) => {
        let list = new EventList<Expected>();
        const model: { id: number; entry: Expected }[] = [];
        let sequence = 0;
        for (const step of steps) {
          if (step === "pop") {
            model.sort((a, b) => byKey(a.entry, b.entry));
            expect(list.pop()).toEqual(model.shift()?.entry);
          } else if ("cancel" in step) {
            const [gone] = model.splice(step.cancel, 1);
            if (gone !== undefined) expect(list.cancel(gone.id)).toBe(true);
            if (gone !== undefined) expect(list.cancel(gone.id)).toBe(false);
          } else {
            const entry = { ...step, sequence: sequence++ };
            model.push({ id: list.add(step.time, step.priority, entry), entry });
          }
          expect(list.pending).toBe(model.length);
          if (restored) {
            const copy = new EventList<Expected>();
            copy.load(list.save());
            list = copy;
          }
        }
        model.sort((a, b) => byKey(a.entry, b.entry));
        for (const { entry } of model) expect(list.pop()).toEqual(entry);
        expect(list.pop()).toBeUndefined();
      }),
    );
  });

  test("an id of a fired entry cancels nothing, even after its slot was used again", () => {
    const list = new EventList<string>();
    const first = list.add(1, 0, "first");
    expect(list.pop()).toBe("first");
    list.add(2, 0, "second");
    expect(list.cancel(first)).toBe(false);
    expect(list.nextTime()).toBe(2);
  });
});
