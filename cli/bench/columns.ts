import type { Column } from "../../sim/experiment/plan.ts";
import { metrics } from "../../sim/scenario/metrics/registry.ts";
import type { Measure } from "../../sim/scenario/model.ts";
import type { Path } from "../../sim/scenario/problem.ts";
import { readMeasure } from "../../sim/scenario/read-expectations.ts";
import type { MeasureSpec } from "../../sim/scenario/schema/parts.ts";

/** What is measured when nothing is named. */
const USUAL: readonly (MeasureSpec & { readonly name: string })[] = [
  { name: "pending_mean", metric: "pod_scheduling_seconds", stat: "mean" },
  { name: "pending_p50", metric: "pod_scheduling_seconds", stat: "p50" },
  { name: "pending_p99", metric: "pod_scheduling_seconds", stat: "p99" },
  { name: "utilization_cpu", metric: "utilization", stat: "mean" },
  { name: "utilization_memory", metric: "memory_utilization", stat: "mean" },
  { name: "placements", metric: "pods_bound", stat: "sum" },
  { name: "unplaced", metric: "pods_pending", stat: "last" },
  { name: "unschedulable", metric: "pods_unschedulable", stat: "max" },
  { name: "preemptions", metric: "preemptions", stat: "sum" },
  { name: "nodes_used", metric: "nodes_used", stat: "mean" },
];

/** What is measured beside them where nodes have GPUs. */
const OF_GPUS: typeof USUAL = [
  { name: "utilization_gpu", metric: "gpu_utilization", stat: "mean" },
  { name: "fragmentation_gpu", metric: "gpu_fragmentation", stat: "mean" },
];

/** The usual measures for clusters with or without GPUs. */
export function usualMetrics(withGpus: boolean): readonly MeasureSpec[] {
  return withGpus ? [...USUAL, ...OF_GPUS] : USUAL;
}

/** Reads the metrics of an experiment. */
export function readColumns(
  given: readonly (string | MeasureSpec)[],
  path: Path,
  report: (path: Path, message: string, hint?: string) => void,
): readonly Measure[] {
  const context = { steps: new Set<string>(), invariants: [], problem: report };
  const seen = new Set<string>();
  return given.map((one, at) => {
    const spec = typeof one === "string" ? { metric: one } : one;
    const measure = readMeasure(spec, [...path, at], context);
    if (seen.has(measure.name))
      report(
        [...path, at],
        `the metric ${JSON.stringify(measure.name)} is there twice`,
        "Give it a name of its own.",
      );
    seen.add(measure.name);
    return measure;
  });
}

/** A measure as the plan and its results name it. */
export function columnOf({ name, metric, stat, selector, threshold }: Measure): Column {
  const unit =
    stat === "count" ? "count" : (metrics.find((known) => known.name === metric)?.unit ?? "");
  return {
    name,
    metric,
    stat,
    unit,
    ...(selector === undefined ? {} : { selector }),
    ...(threshold === undefined ? {} : { threshold: threshold.text }),
  };
}
