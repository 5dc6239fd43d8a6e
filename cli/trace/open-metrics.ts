import type { JournalEntry } from "../../sim/engine/journal.ts";
import type { Micros } from "../../sim/engine/time.ts";
import { metrics } from "../../sim/scenario/metrics/registry.ts";
import { statistic } from "../../sim/scenario/metrics/statistic.ts";

const STATS = ["mean", "p50", "p90", "p99", "max"];

/** Every metric of a run as OpenMetrics text, a sample a statistic. */
export function openMetricsText(entries: readonly JournalEntry[], end: Micros): string {
  const parts = metrics.map(({ name, description, unit, collect }) => {
    const collector = collect(() => true);
    for (const entry of entries) collector.take(entry);
    const samples = collector.samples(end);
    const family = `ksim_${name}`;
    const lines = STATS.flatMap((stat) => {
      const value = statistic(stat, samples);
      return value === undefined ? [] : [`${family}{stat="${stat}"} ${value}`];
    });
    const suffix = family.endsWith(`_${unit}`) ? [`# UNIT ${family} ${unit}`] : [];
    return [`# TYPE ${family} gauge`, ...suffix, `# HELP ${family} ${description}`, ...lines].join(
      "\n",
    );
  });
  return `${parts.join("\n")}\n# EOF\n`;
}
