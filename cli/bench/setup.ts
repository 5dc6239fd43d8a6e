import { formatSpan } from "../../sim/engine/time.ts";
import type { SetupFact } from "../../sim/experiment/plan.ts";
import type { Scenario } from "../../sim/scenario/model.ts";

/** What the runs of an experiment have in common, for readers who have not seen its file. One scenario a point. */
export function setupOf(scenarios: readonly Scenario[]): readonly SetupFact[] {
  const facts: Readonly<Record<string, (scenario: Scenario) => string>> = {
    workload: workloadText,
    cluster: clusterText,
    "length of a run": ({ duration }) => formatSpan(duration),
  };
  return Object.entries(facts).map(([name, textOf]) => {
    const texts = [...new Set(scenarios.map(textOf))];
    const more = texts.length > MOST ? ` and ${texts.length - MOST} more` : "";
    return { name, text: `${texts.slice(0, MOST).join("; ")}${more}` };
  });
}

/** Settings that are told one by one. */
const MOST = 4;

function workloadText({ title, steps, files }: Scenario): string {
  // A scenario is told by its title; of what is played, the one step says how much there is.
  return files.size > 0 ? title : (steps[0]?.action?.summary ?? title).replace(/^play /, "");
}

function clusterText({ cluster: { nodes } }: Scenario): string {
  const kinds = new Map<string, number>();
  let all = 0;
  for (const { count = 1, capacity = {} } of nodes) {
    const text = Object.entries(capacity)
      .map(([name, amount]) => `${name} ${amount}`)
      .join(", ");
    kinds.set(text, (kinds.get(text) ?? 0) + count);
    all += count;
  }
  const counted = [...kinds].sort(([, a], [, b]) => b - a);
  const told = counted
    .slice(0, MOST)
    .map(([text, count]) => (counted.length === 1 ? text : `${count} × ${text}`));
  const more = counted.length > MOST ? ` and ${counted.length - MOST} more kinds` : "";
  return `${all} node${all === 1 ? "" : "s"}: ${told.join("; ")}${more}`;
}
