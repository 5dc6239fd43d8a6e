import { describe, expect, test } from "vitest";
import { junitReport, tapReport } from "../../cli/test/reports.ts";
import type { TestCase } from "../../cli/test/test-case.ts";

const failed: TestCase = {
  file: "a # SKIP.yaml",
  name: "a # SKIP.yaml",
  seed: "1",
  options: [],
  result: undefined,
  problems: ["1 < 2\n\u001b[31mred"],
  invalid: true,
};

describe("a report of tests", () => {
  test("tells TAP no directive that is none", () => {
    expect(tapReport([failed])).toContain("not ok 1 - a \\# SKIP.yaml\n");
  });

  test("is XML whatever the messages hold", () => {
    expect(junitReport([failed])).toContain('message="1 &lt; 2&#10;\ufffd[31mred"');
  });
});
