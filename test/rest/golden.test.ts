import { describe, expect, it } from "vitest";
import { judgeDefaults } from "./judge-defaults.ts";
import { judgeErrors } from "./judge-errors.ts";

describe("the recorded answers in process", () => {
  it("refuses every recorded bad request in the recorded words", async () => {
    const verdict = await judgeErrors("test/golden/api/errors.jsonl.gz");
    console.log(`errors: ${verdict.right} of ${verdict.rows} rows exact`);
    expect(verdict.differences).toEqual([]);
  }, 60_000);

  it("completes every recorded object as recorded", async () => {
    const verdict = await judgeDefaults("test/golden/api/defaults.jsonl.gz");
    console.log(`defaults: ${verdict.right} of ${verdict.rows} rows exact`);
    expect(verdict.differences).toEqual([]);
  }, 60_000);
});
