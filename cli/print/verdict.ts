import { shortNumber, withUnit } from "../../report/numbers.ts";
import { formatSpan, SECOND } from "../../sim/engine/time.ts";
import type { RunResult } from "../../sim/scenario/run/run-result.ts";
import type { Style } from "./style.ts";

function seconds(value: number): string {
  return formatSpan(Math.round(value * 1000) * (SECOND / 1000));
}

/** A measured value: short, but whole where it decides against the run. */
function measured(value: number, unit: string, passed: boolean): string {
  if (unit === "count") return String(value);
  if (unit === "seconds" || unit === "share")
    return passed
      ? withUnit(value, unit)
      : `${value * (unit === "share" ? 100 : 1)} ${unit === "share" ? "%" : "s"}`;
  return `${passed ? shortNumber(value) : value} ${unit}`;
}

/** What came of a run, for people. */
export function verdictText(result: RunResult, style: Style): string {
  const { green, red, dim, bold } = style;
  const mark = (passed: boolean): string => (passed ? green("✓") : red("✗"));
  const lines: string[] = [""];
  for (const { name, passed, at, message } of result.expectations)
    lines.push(
      `  ${mark(passed)} ${name} ${dim(`(${passed ? message : `at ${seconds(at)}`})`)}${passed ? "" : `\n      ${red(message)}`}`,
    );
  for (const { name, value, unit, threshold, passed } of result.measures)
    lines.push(
      `  ${mark(passed)} ${name} = ${value === null ? "no samples" : measured(value, unit, passed)}${threshold === null ? "" : dim(` (expected ${threshold})`)}`,
    );
  for (const violation of result.violations) lines.push(`  ${red("✗")} ${violation}`);
  const { scenario, seed, digest, simulatedSeconds, events, writes, podsBound } = result;
  const count = (number: number, what: string): string =>
    `${number} ${what}${number === 1 ? "" : "s"}`;
  const facts = `${seconds(simulatedSeconds)} simulated, ${count(events, "event")}, ${count(writes, "write")}, ${count(podsBound, "pod")} bound`;
  lines.push(
    "",
    `${bold(scenario)}: ${facts}`,
    dim(`seed ${seed}, digest ${digest.slice(0, 16)}`),
    "",
  );
  return lines.join("\n");
}
