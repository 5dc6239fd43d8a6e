import { describe, expect, it } from "vitest";
import type { Job, Pod } from "../../../sim/api/types.gen.ts";
import { afterFinished, NO_FAILURES, remaining } from "../../../sim/controllers/job/back-off.ts";
import { firstFree, Indexes } from "../../../sim/controllers/job/indexes.ts";
import { countsAsFailed, finishedAt } from "../../../sim/controllers/job/pods.ts";
import { failureVerdict, metSuccessRule } from "../../../sim/controllers/job/policies.ts";
import { SECOND } from "../../../sim/engine/time.ts";

describe("completion indexes", () => {
  it.each([
    [[], ""],
    [[3], "3"],
    [[0, 1], "0,1"],
    [[0, 1, 2], "0-2"],
    [[5, 1, 2, 3, 7, 8], "1-3,5,7,8"],
  ])("%o are written %j", (indexes, text) => {
    expect(Indexes.of(indexes).toString()).toBe(text);
    expect([...Indexes.parse(text)]).toEqual([...indexes].sort((a, b) => a - b));
  });

  it("beyond the completions are left out", () => {
    expect(Indexes.parse("0,2-6,9", 4).toString()).toBe("0,2,3");
  });

  it("that are free come in order", () => {
    expect(firstFree(Indexes.parse("0,2-3"), 3, 8)).toEqual([1, 4, 5]);
    expect(firstFree(Indexes.parse("0-3"), 3, 4)).toEqual([]);
  });
});

describe("a pod of a Job", () => {
  const pod = (phase: string, terminating: boolean) =>
    ({
      metadata: terminating ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {},
      status: { phase },
    }) as Pod;
  const job = (spec: object) => ({ spec }) as Job;
  it.each([
    ["Failed", false, {}, true],
    ["Failed", true, { podReplacementPolicy: "Failed" }, true],
    ["Running", false, {}, false],
    ["Running", true, {}, true],
    ["Running", true, { podReplacementPolicy: "TerminatingOrFailed" }, true],
    ["Running", true, { podReplacementPolicy: "Failed" }, false],
    ["Running", true, { podFailurePolicy: { rules: [] } }, false],
    ["Succeeded", true, {}, false],
  ])("that is %s (deleted: %s) counts as failed under %j: %s", (phase, deleted, spec, failed) => {
    expect(countsAsFailed(pod(phase, deleted), job(spec))).toBe(failed);
  });

  const end = (finishedAt: string) => ({ state: { terminated: { finishedAt } } });
  const ready = { type: "Ready", status: "False", lastTransitionTime: "2026-01-01T00:00:07Z" };
  const deletion = {
    deletionTimestamp: "2026-01-01T00:00:40Z",
    deletionGracePeriodSeconds: 30,
  };
  it.each([
    [
      "the last container",
      {},
      { containerStatuses: [end("2026-01-01T00:00:05Z"), end("2026-01-01T00:00:03Z")] },
      5,
    ],
    [
      "lost readiness, where a container has no end",
      {},
      { containerStatuses: [end("2026-01-01T00:00:05Z"), {}], conditions: [ready] },
      7,
    ],
    ["its deletion, without the grace", deletion, {}, 10],
    ["nothing: now", {}, {}, 99],
  ])("ended when %s says", (_, metadata, status, second) => {
    expect(finishedAt({ metadata, status } as Pod, 99 * SECOND)).toBe(second * SECOND);
  });
});

describe("back-off", () => {
  it.each([
    [0, 0],
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 80],
    [6, 320],
    [7, 600],
    [40, 600],
  ])("after %i failures is %i s", (failures, seconds) => {
    expect(remaining({ failures, lastFailure: 5 * SECOND }, 5 * SECOND)).toBe(seconds * SECOND);
  });

  const ended = (second: number) =>
    ({
      metadata: {},
      status: {
        containerStatuses: [
          {
            state: {
              terminated: { finishedAt: `2026-01-01T00:00:${String(second).padStart(2, "0")}Z` },
            },
          },
        ],
      },
    }) as never;

  it("counts failures since the last success", () => {
    const two = afterFinished(NO_FAILURES, [], [ended(5), ended(3)], 0);
    expect(two).toEqual({ failures: 2, lastFailure: 5 * SECOND });
    expect(afterFinished(two, [], [ended(9)], 0)).toEqual({ failures: 3, lastFailure: 9 * SECOND });
    expect(afterFinished(two, [ended(7)], [ended(6), ended(8)], 0)).toEqual({
      failures: 1,
      lastFailure: 8 * SECOND,
    });
    expect(afterFinished(two, [ended(9)], [ended(8)], 0)).toEqual(NO_FAILURES);
  });
});

describe("the pod failure policy", () => {
  const job = (...rules: object[]) => ({ spec: { podFailurePolicy: { rules } } }) as never;
  const failed = {
    metadata: { namespace: "ns", name: "p" },
    status: {
      containerStatuses: [
        { name: "side", state: { terminated: { exitCode: 0 } } },
        { name: "main", state: { terminated: { exitCode: 42 } } },
      ],
      conditions: [{ type: "DisruptionTarget", status: "True" }],
    },
  } as never;
  const codes = (action: string, operator: string, values: number[], containerName?: string) => ({
    action,
    onExitCodes: { operator, values, ...(containerName === undefined ? {} : { containerName }) },
  });

  it.each([
    [
      "a code in the list",
      codes("FailJob", "In", [1, 42]),
      {
        counts: true,
        action: "FailJob",
        message:
          "Container main for pod ns/p failed with exit code 42 matching FailJob rule at index 0",
      },
    ],
    ["another code", codes("FailJob", "In", [1]), { counts: true }],
    ["a code not in the list", codes("Ignore", "NotIn", [1]), { counts: false, action: "Ignore" }],
    ["another container", codes("Ignore", "In", [42], "side"), { counts: true }],
    ["the index alone", codes("FailIndex", "In", [42]), { counts: true, action: "FailIndex" }],
    [
      "a condition",
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
      { counts: false, action: "Ignore" },
    ],
    [
      "a condition that fails the Job",
      { action: "FailJob", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      {
        counts: true,
        action: "FailJob",
        message: "Pod ns/p has condition DisruptionTarget matching FailJob rule at index 0",
      },
    ],
  ])("judges by %s", (_what, rule, verdict) => {
    expect(failureVerdict(job(rule), failed)).toEqual(verdict);
  });

  it("takes the first rule that matches", () => {
    const rules = [
      codes("Count", "In", [7]),
      codes("Ignore", "In", [42]),
      codes("FailJob", "In", [42]),
    ];
    expect(failureVerdict(job(...rules), failed).action).toBe("Ignore");
  });
});

describe("the success policy", () => {
  const met = (rule: object, text: string) =>
    metSuccessRule({ spec: { successPolicy: { rules: [rule] } } } as never, Indexes.parse(text));

  it.each([
    [{ succeededIndexes: "0-1" }, "0", false],
    [{ succeededIndexes: "0-1" }, "0,1", true],
    [{ succeededIndexes: "0-1", succeededCount: 1 }, "1", true],
    [{ succeededIndexes: "0-1", succeededCount: 1 }, "2", false],
    [{ succeededCount: 2 }, "4,7", true],
    [{ succeededCount: 2 }, "4", false],
  ])("%o with %j succeeded is met: %s", (rule, succeeded, expected) => {
    expect(met(rule, succeeded)).toBe(expected ? "Matched rules at index 0" : undefined);
  });
});
