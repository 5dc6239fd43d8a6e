import { describe, expect, it } from "vitest";
import { invariantNames } from "../../sim/check/registry.ts";
import { parseScenario } from "../../sim/scenario/parse.ts";
import { formatProblem, InputError, type Problem } from "../../sim/scenario/problem.ts";
import { badFiles } from "./bad-files.ts";

function problemsOf(text: string): readonly Problem[] {
  try {
    parseScenario("bad.yaml", text, { invariants: invariantNames });
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

describe("a bad scenario", () => {
  it("is refused in thirty ways at least", () => {
    expect(badFiles.length).toBeGreaterThanOrEqual(30);
  });

  it.each(badFiles.map((file) => [file.name, file] as const))(
    "%s is refused with its place",
    (_, { text, at, says, suggests }) => {
      const problems = problemsOf(text);
      expect(problems).not.toEqual([]);
      const texts = problems.map(({ message }) => message).join("\n");
      expect(texts).toMatch(says);
      const first = problems.find(({ message }) => says.test(message));
      expect(`${first?.line}:${first?.column}`).toBe(at);
      if (suggests !== undefined) expect(first?.suggestion ?? "").toMatch(suggests);
      expect(formatProblem(first as Problem)).toMatch(/^bad\.yaml:\d+:\d+: /);
    },
  );

  it("shows the line with a caret under the place", () => {
    const [problem] = problemsOf(
      "apiVersion: ksim.dev/v1\nkind: Scenario\nmetadata: {name: bad}\nspec:\n  durration: 1m\n",
    );
    expect(formatProblem(problem as Problem)).toBe(
      [
        'bad.yaml:5:3: spec.durration: unknown key "durration"',
        "  5 |   durration: 1m",
        "    |   ^",
        '  Did you mean "duration"?',
      ].join("\n"),
    );
  });
});
