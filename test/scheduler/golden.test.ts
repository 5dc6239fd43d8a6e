import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { judgeScheduler } from "./judge.ts";

const FOLDER = join(import.meta.dirname, "../golden/scheduler");

describe("decisions of the real kube-scheduler v1.36.2", () => {
  const files = existsSync(FOLDER)
    ? readdirSync(FOLDER).filter((file) => file.includes(".jsonl"))
    : [];
  let passed = 0;

  for (const file of files.sort())
    it(`${file.slice(0, file.indexOf("."))}: every decision is exact`, () => {
      const verdict = judgeScheduler(join(FOLDER, file));
      passed += verdict.passed;
      console.log(
        `${file}: ${verdict.passed} exact, ${verdict.failed} not (${passed} exact so far)`,
      );
      expect(verdict.failures).toEqual([]);
    });

  it("there are 960 of them", () => expect(passed).toBe(960));
});
