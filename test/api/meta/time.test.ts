import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EPOCH_SECONDS,
  microTimestamp,
  parseTimestamp,
  timestamp,
} from "../../../sim/api/meta/time.ts";
import { formatSpan, parseSpan } from "../../../sim/engine/time.ts";

describe("timestamps", () => {
  test("virtual zero is the start of 2026", () => {
    expect(timestamp(0)).toBe("2026-01-01T00:00:00Z");
    expect(microTimestamp(1_500_000)).toBe("2026-01-01T00:00:01.500000Z");
  });

  test("text and time convert into each other as the platform's own calendar does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (micros) => {
        expect(parseTimestamp(microTimestamp(micros))).toBe(micros);
        const date = new Date(EPOCH_SECONDS * 1000 + Math.floor(micros / 1000));
        expect(timestamp(micros)).toBe(`${date.toISOString().slice(0, 19)}Z`);
      }),
    );
  });

  test.each([
    ["2026-01-01T01:00:00+01:00", 0],
    ["2025-12-31T23:59:59Z", -1_000_000],
    ["2026-01-01T00:00:00.25Z", 250_000],
    ["yesterday", undefined],
    ["2026-01-01", undefined],
  ])("%s reads as %s us", (text, micros) => {
    expect(parseTimestamp(text)).toBe(micros);
  });
});

describe("spans", () => {
  test.each([
    ["90s", 90_000_000, "1m30s"],
    ["1m30s", 90_000_000, "1m30s"],
    ["250ms", 250_000, "250ms"],
    ["1.5h", 5_400_000_000, "1h30m"],
    ["0s", 0, "0s"],
    ["1d", 86_400_000_000, "24h"],
  ])("%s is %d us and is written %s", (text, micros, written) => {
    expect(parseSpan(text)).toBe(micros);
    expect(formatSpan(micros)).toBe(written);
  });

  test.each(["", "5", "s", "5 s", "-5s", "5x"])("%j is no span", (text) => {
    expect(parseSpan(text)).toBeUndefined();
  });
});
