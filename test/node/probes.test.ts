import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../sim/engine/time.ts";
import type { ProbeAnswer } from "../../sim/node/behaviour/image-behaviour.ts";
import { countUntil, nextOutcome, type ProbeRun, startProbe } from "../../sim/node/pod/probe.ts";
import { bed, isReady, restartsOf } from "./cluster.ts";

const probe = (more = {}) => ({
  httpGet: { path: "/", port: 8080 },
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
  ...more,
});
const failingAt = (kind: string, from: string) => ({
  app: { probes: { [kind]: [{ answer: "success" }, { from, answer: "failure" }] } },
});

describe("a probed container", () => {
  test("is not Ready before its first success, and loses Ready 20 to 30 s after the fault without a restart", () => {
    const b = bed({ images: failingAt("readiness", "34s") });
    b.addAll();
    b.run("p", [{ image: "app", readinessProbe: probe() }]);
    b.until(200);
    expect(b.history("p", isReady)).toEqual([
      [0, false],
      [0, true],
      [60, false],
    ]);
    expect(restartsOf(b.pod("p"))).toBe(0);
    expect(b.events("p")).toContain(
      "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
    );
  });

  test("is restarted by a failing liveness probe, and probed anew in its next run", () => {
    const b = bed({ images: failingAt("liveness", "25s") });
    b.addAll();
    b.run("p", [{ image: "app", livenessProbe: probe() }]);
    b.until(120);
    // Failures at 30, 40, 50 s; the next run starts at 50 s and fails at 80, 90, 100 s, then backs off 10 s.
    expect(b.history("p", restartsOf).filter(([, count]) => count > 0)).toEqual([
      [50, 1],
      [110, 2],
    ]);
    expect(b.events("p")).toContain(
      "Killing: Container main failed liveness probe, will be restarted",
    );
  });

  test("has failureThreshold × period to start up, and is killed after that", () => {
    const images = { slow: { startTime: "25s" }, stuck: { startTime: "1h" } };
    const startup = probe({ periodSeconds: 10, failureThreshold: 3 });
    const b = bed({ images });
    b.addAll();
    b.run("slow", [
      { image: "slow", startupProbe: { ...startup, failureThreshold: 4 }, livenessProbe: probe() },
    ]);
    b.run("stuck", [{ image: "stuck", startupProbe: startup }]);
    b.until(29);
    expect(b.pod("slow")?.status?.containerStatuses?.[0]?.started).toBe(false);
    b.until(31);
    expect(b.pod("slow")?.status?.containerStatuses?.[0]?.started).toBe(true);
    expect(restartsOf(b.pod("stuck"))).toBe(1);
    expect(b.events("stuck")).toContain(
      "Killing: Container main failed startup probe, will be restarted",
    );
    b.until(300);
    expect(restartsOf(b.pod("slow"))).toBe(0);
  });

  test("waits for its initial delay", () => {
    const b = bed();
    b.addAll();
    b.run("p", [{ image: "app", readinessProbe: probe({ initialDelaySeconds: 15 }) }]);
    b.until(60);
    expect(b.history("p", isReady)).toEqual([
      [0, false],
      [15, true],
    ]);
  });

  test("costs no event while its answers stay the same", () => {
    const b = bed();
    b.addAll();
    b.run("p", [{ image: "app", readinessProbe: probe(), livenessProbe: probe() }]);
    // By then the Event objects of its start have expired.
    b.until(7_200);
    const fired = b.engine.fired;
    b.until(86_400);
    expect(b.engine.fired).toBe(fired);
    expect(b.engine.pending).toBe(0);
  });

  test("times out later than it fails", () => {
    const b = bed({
      images: {
        app: { probes: { liveness: [{ answer: "success" }, { from: "15s", answer: "timeout" }] } },
      },
    });
    b.addAll();
    b.run("p", [{ image: "app", livenessProbe: probe({ timeoutSeconds: 5 }) }]);
    b.until(60);
    expect(b.history("p", restartsOf).filter(([, count]) => count > 0)).toEqual([[45, 1]]);
  });
});

/** The plain way: every probe one by one. */
function oneByOne(run: ProbeRun, answers: readonly ProbeAnswer[], probes: number) {
  let { outcome, last, streak } = run;
  for (let at = 0; at < probes; at++) {
    const time = run.first + at * run.period;
    const answer = answers.findLast((piece) => piece.from <= time)?.answer ?? "success";
    const result = answer === "success";
    streak = result === last ? streak + 1 : 1;
    last = result;
    if (result === outcome) continue;
    if (streak >= (result ? run.successThreshold : run.failureThreshold)) {
      outcome = result;
      return { at: time + (answer === "timeout" ? run.timeout : 0), result };
    }
  }
  return undefined;
}

test("counting rows of probes by division finds the instant that probing one by one finds", () => {
  const pieces = fc.array(
    fc.record({
      from: fc.integer({ min: 0, max: 100 }),
      answer: fc.constantFrom("success" as const, "failure" as const, "timeout" as const),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(
      pieces,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 9 }),
      fc.constantFrom(undefined, true, false),
      (list, successThreshold, failureThreshold, period, outcome) => {
        const answers = list
          .toSorted((a, b) => a.from - b.from)
          .map((piece) => ({ ...piece, from: piece.from * SECOND }));
        const run = {
          ...startProbe({ periodSeconds: period, successThreshold, failureThreshold }, 3 * SECOND),
          outcome,
        };
        const found = nextOutcome(run, answers);
        const expected = oneByOne(run, answers, 300);
        expect(found === undefined ? undefined : { at: found.at, result: found.result }).toEqual(
          expected,
        );
      },
    ),
    { seed: 7, numRuns: 400 },
  );
});

test("counting up to an instant and going on from there changes no outcome", () => {
  const answers: ProbeAnswer[] = [
    { from: 0, answer: "success" },
    { from: 22 * SECOND, answer: "failure" },
  ];
  const run = { ...startProbe({ periodSeconds: 10, failureThreshold: 3 }, 0), outcome: true };
  for (const until of [1, 10, 25, 31, 40]) {
    expect(nextOutcome(countUntil(run, answers, until * SECOND), answers)?.at).toBe(50 * SECOND);
  }
});
