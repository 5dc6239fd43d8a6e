import { type Micros, SECOND } from "../sim/engine/time.ts";
import type { Sample } from "../sim/scenario/metrics/metric.ts";
import { metrics } from "../sim/scenario/metrics/registry.ts";
import { statistic } from "../sim/scenario/metrics/statistic.ts";
import type { FinishedRun } from "./run-facts.ts";

const QUANTILES = [0.5, 0.9, 0.95, 0.99];

/**
 * Every metric of a run in the OpenMetrics text format 1.0, with virtual timestamps (seconds since the run's start):
 * levels as gauges over time, happenings as counters over time, spans as summaries. `promtool tsdb
 * create-blocks-from openmetrics` reads it.
 */
export function openMetricsText({ entries, end }: FinishedRun): string {
  const collected = metrics.map((metric) => ({ ...metric, collector: metric.collect(() => true) }));
  for (const entry of entries) for (const { collector } of collected) collector.take(entry);
  const parts = collected.flatMap(({ name, description, unit, stat, collector }) => {
    const family = familyOf(name, unit);
    const samples = collector.samples(end);
    // GPUs of a cluster without any, replicas of nothing: there is nothing to be told.
    if (samples.length === 0) return [];
    const kind = unit === "seconds" ? "summary" : stat === "sum" ? "counter" : "gauge";
    const lines =
      kind === "summary"
        ? summaryLines(family, samples, end)
        : kind === "counter"
          ? counterLines(family, samples)
          : gaugeLines(family, samples);
    const told =
      unit === "seconds"
        ? [`# UNIT ${family} seconds`]
        : unit === "share"
          ? [`# UNIT ${family} ratio`]
          : [];
    return [`# TYPE ${family} ${kind}`, ...told, `# HELP ${family} ${description}`, ...lines].join(
      "\n",
    );
  });
  return `${parts.join("\n")}\n# EOF\n`;
}

function familyOf(name: string, unit: string): string {
  return unit === "share" ? `ksim_${name}_ratio` : `ksim_${name}`;
}

function stamp(time: Micros): string {
  return String(time / SECOND);
}

function gaugeLines(family: string, samples: readonly Sample[]): readonly string[] {
  return samples.map(({ time, value }) => `${family} ${value} ${stamp(time)}`);
}

/** Several happenings of an instant are one sample: timestamps must go up. */
function counterLines(family: string, samples: readonly Sample[]): readonly string[] {
  const lines: string[] = [];
  let total = 0;
  [{ time: 0, value: 0 }, ...samples].forEach(({ time, value }, at) => {
    total += value;
    if (samples[at]?.time !== time) lines.push(`${family}_total ${total} ${stamp(time)}`);
  });
  return lines;
}

function summaryLines(family: string, samples: readonly Sample[], end: Micros): readonly string[] {
  const at = stamp(end);
  const quantiles = QUANTILES.flatMap((share) => {
    const value = statistic(`p${share * 100}`, samples);
    return value === undefined ? [] : [`${family}{quantile="${share}"} ${value} ${at}`];
  });
  return [
    ...quantiles,
    `${family}_count ${samples.length} ${at}`,
    `${family}_sum ${Math.round((statistic("sum", samples) ?? 0) * SECOND) / SECOND} ${at}`,
  ];
}
