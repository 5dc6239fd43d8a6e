import { describe, expect, it } from "vitest";
import { ClockEdge } from "../../server/clock-edge.ts";
import { EPOCH_SECONDS } from "../../sim/api/meta/time.ts";
import { SECOND } from "../../sim/engine/time.ts";

/** An edge whose wall clock is moved by hand; it shows virtual time as it is at first. */
function edgeAt() {
  const wall = { now: EPOCH_SECONDS * 1000 };
  return { wall, edge: new ClockEdge(0, () => wall.now) };
}

describe("times at the HTTP edge", () => {
  it.each([
    [400, 3, 0, "soon after the last request of its connection"],
    [400, 40, -40_000, "soon after it, where the drift is large"],
    [1400, 5, -4_000, "long after it"],
    [Number.POSITIVE_INFINITY, 5, -5_000, "the first of its connection"],
  ])(
    "for a request %s ms and %d virtual seconds later are shifted by %d ms: %s",
    (ms, seconds, shift) => {
      const { wall, edge } = edgeAt();
      const last = Number.isFinite(ms) ? edge.shiftAfter(undefined) : undefined;
      wall.now += Number.isFinite(ms) ? ms : 0;
      edge.follow(seconds * SECOND);
      // Shifts are whole seconds, rounded down.
      const { offsetMs } = edge.shiftAfter(last);
      expect([shift, shift - 1000, shift + 1000]).toContain(offsetMs);
      expect(offsetMs === 0).toBe(shift === 0);
    },
  );

  it("go out and come back as they were, and a client's own texts are left alone", () => {
    const { wall, edge } = edgeAt();
    wall.now += 3_600_000;
    edge.follow(0);
    const json =
      '{"metadata":{"creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"at":"2026-01-01T00:00:00Z"}}';
    const shown = edge.outward(json);
    expect(shown).toContain('"creationTimestamp":"2026-01-01T01:00:00Z"');
    expect(shown).toContain('"at":"2026-01-01T00:00:00Z"');
    expect(edge.inward(shown)).toBe(json);
  });

  it("move in rows of name and creation time, and in no other cell", () => {
    const { wall, edge } = edgeAt();
    wall.now += 60_000;
    edge.follow(0);
    const row =
      '"rows":[{"cells":["view","2026-01-01T00:00:00Z"]},{"cells":["a","b","2026-01-01T00:00:00Z"]}]';
    const table = `{"kind":"Table",${row}}`;
    const moved = table.replace("00:00:00Z", "00:01:00Z");
    expect(edge.outward(table)).toBe(moved);
    expect(edge.outward(`{"type":"ADDED","object":${table}}`)).toContain(moved);
    expect(edge.outward(`{"kind":"ConfigMap",${row}}`)).toContain(row);
  });
});
