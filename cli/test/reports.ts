import { escaped } from "../../report/plot/svg.ts";
import type { Style } from "../print/style.ts";
import { commandLine } from "../report-error.ts";
import type { TestCase } from "./test-case.ts";

function repeat({ file, seed, options }: TestCase): string {
  return commandLine(["run", file, ...options, ...(seed === "" ? [] : ["--seed", seed])]);
}

/** For people. */
export function textReport(cases: readonly TestCase[], { green, red, dim }: Style): string {
  const lines = cases.flatMap((one) => {
    if (one.problems.length === 0)
      return [
        `${green("✓")} ${one.name} ${dim(`(${one.result?.expectations.length ?? 0} expectations)`)}`,
      ];
    return [
      `${red("✗")} ${one.name}`,
      ...one.problems.map((problem) => indent(problem, 4)),
      `    ${dim(`${one.seed === "" ? "" : `seed ${one.seed}; `}repeat: ${repeat(one)}`)}`,
    ];
  });
  const failed = cases.filter(({ problems }) => problems.length > 0).length;
  const total = `${cases.length - failed} of ${cases.length} scenarios passed`;
  return `${[...lines, "", failed === 0 ? green(total) : red(total)].join("\n")}\n`;
}

function indent(text: string, by: number): string {
  return text
    .split("\n")
    .map((line) => `${" ".repeat(by)}${line}`)
    .join("\n");
}

/** Test Anything Protocol, version 14. */
export function tapReport(cases: readonly TestCase[]): string {
  const lines = ["TAP version 14", `1..${cases.length}`];
  cases.forEach((one, at) => {
    const { name, problems } = one;
    // A # begins a directive, and would turn a failure into something to be skipped.
    const told = name.replace(/[\\#]/g, "\\$&");
    lines.push(`${problems.length === 0 ? "ok" : "not ok"} ${at + 1} - ${told}`);
    if (problems.length > 0) {
      lines.push(
        "  ---",
        "  problems:",
        ...problems.map((problem) => `    - ${JSON.stringify(problem)}`),
        `  repeat: ${JSON.stringify(repeat(one))}`,
        "  ...",
      );
    }
  });
  return `${lines.join("\n")}\n`;
}

/** JUnit's XML, as build servers read it. */
export function junitReport(cases: readonly TestCase[]): string {
  const failed = cases.filter(({ problems }) => problems.length > 0).length;
  const tests = cases.map((one) => {
    const { name, file, problems } = one;
    const head = `  <testcase classname="${xmlText(file)}" name="${xmlText(name)}"`;
    if (problems.length === 0) return `${head}/>`;
    return `${head}>\n    <failure message="${xmlText(problems[0] ?? "")}">${xmlText([...problems, `repeat: ${repeat(one)}`].join("\n"))}</failure>\n  </testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="ksim" tests="${cases.length}" failures="${failed}">\n${tests.join("\n")}\n</testsuite>\n`;
}

/** Text in an attribute or between tags: line breaks stay what they are in both. */
function xmlText(text: string): string {
  return escaped(text).replaceAll("\n", "&#10;");
}

/** For scripts. */
export function jsonReport(cases: readonly TestCase[]): string {
  const items = cases.map(({ file, name, seed, problems, result }) => ({
    file,
    name,
    seed,
    passed: problems.length === 0,
    problems,
    result: result ?? null,
  }));
  return `${JSON.stringify({ apiVersion: "ksim.dev/v1", kind: "TestReport", items }, null, 2)}\n`;
}
