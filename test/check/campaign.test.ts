import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Breach } from "../../sim/check/breach.ts";
import { runCampaign } from "../../sim/check/campaign.ts";
import { drawFaults, type PlannedFault } from "../../sim/check/fault-plan.ts";
import { MINUTE } from "../../sim/engine/time.ts";
import { ksim, root } from "../cli/run-cli.ts";

const breach: Breach = { invariant: "law", time: 5, message: "broken" };

describe("a fault campaign", () => {
  it("draws the same faults for the same seed, and others for another", () => {
    expect(drawFaults("a", { until: 5 * MINUTE })).toEqual(drawFaults("a", { until: 5 * MINUTE }));
    expect(drawFaults("a", { until: 5 * MINUTE })).not.toEqual(
      drawFaults("b", { until: 5 * MINUTE }),
    );
  });

  it("draws faults of the succession only where a second replica can follow", () => {
    const drawn = (replicas: number): boolean =>
      Array.from({ length: 50 }, (_, seed) =>
        drawFaults(String(seed), { until: 5 * MINUTE, replicas }),
      )
        .flat()
        .some(({ fault }) => fault.type.startsWith("leader-"));
    expect([1, 3].map(drawn)).toEqual([false, true]);
  });

  it("shrinks a failure to the faults that matter, and names the seed", () => {
    const matters = (faults: readonly PlannedFault[]): boolean =>
      faults.some(({ fault }) => fault.type === "node-crash");
    const { failure } = runCampaign((_, faults) => (matters(faults) ? breach : undefined), {
      seed: "1",
      runs: 100,
      playground: { until: 5 * MINUTE },
    });
    expect(failure?.faults).toHaveLength(1);
    expect(failure?.faults[0]?.fault).toMatchObject({ type: "node-crash", for: "1s" });
    expect(failure?.seed).toMatch(/^1-\d+$/);
    const again = runCampaign((_, faults) => (matters(faults) ? breach : undefined), {
      seed: failure?.seed ?? "",
      runs: 1,
      playground: { until: 5 * MINUTE },
    });
    expect(again.failure?.faults).toEqual(failure?.faults);
  });

  it("finds the laws kept on the tour under random faults", async () => {
    const { code, out, err } = await ksim(["check", "tour", "--runs", "15", "--seed", "laws"]);
    expect(err).toBe("");
    expect(out).toContain("15 runs");
    expect(code).toBe(0);
  }, 60_000);

  it("finds them kept when leaders follow each other, too", async () => {
    const cwd = join(root, "scenarios");
    const stdin = readFileSync(join(cwd, "tour.yaml"), "utf8").replace(
      "  cluster:\n",
      "  cluster:\n    controlPlane: { replicas: 3 }\n",
    );
    const words = ["check", "-", "--runs", "15", "--seed", "laws"];
    const { code, out } = await ksim(words, { cwd, stdin });
    expect(out).toContain("15 runs");
    expect(code).toBe(0);
  }, 60_000);
});
