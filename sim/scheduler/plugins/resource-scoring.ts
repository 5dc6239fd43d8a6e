import { argsRecord, listArg } from "../framework/args.ts";
import { SchedulerError } from "../framework/error.ts";
import { MAX_NODE_SCORE } from "../framework/status.ts";

/** A resource that counts in a score, with its weight. */
export interface WeightedResource {
  readonly name: string;
  readonly weight: number;
}

/** A point of a piecewise linear function: utilization 0..100 to score 0..100. */
export interface ShapePoint {
  readonly utilization: number;
  readonly score: number;
}

/** CPU and memory alike: what upstream scores when nothing is configured. */
const CPU_AND_MEMORY: readonly WeightedResource[] = [
  { name: "cpu", weight: 1 },
  { name: "memory", weight: 1 },
];

/** `resources` of the arguments of a resource plugin. */
export function weightedResources(args: unknown, plugin: string): readonly WeightedResource[] {
  const list = listArg<WeightedResource>(
    argsRecord(args, plugin)["resources"],
    plugin,
    "resources",
  );
  if (list === undefined || list.length === 0) return CPU_AND_MEMORY;
  return list.map(({ name, weight }) => {
    const value = weight === undefined || weight === 0 ? 1 : weight;
    if (typeof name !== "string" || !(value >= 1 && value <= 100))
      throw new SchedulerError(
        `args.resources: expected a name and a weight of 1..100, got ${JSON.stringify({ name, weight })}`,
        { plugin },
      );
    return { name, weight: value };
  });
}

/** `shape` of RequestedToCapacityRatio: scores 0..10 at utilizations 0..100 that rise from point to point. */
export function shapeArg(value: unknown, plugin: string): readonly ShapePoint[] {
  const field = "scoringStrategy.requestedToCapacityRatio";
  const ratio = argsRecord(value, plugin, ["shape"], field);
  const shape = listArg<ShapePoint>(ratio["shape"], plugin, `${field}.shape`) ?? [];
  const refuse = (at: string, expected: string, got: unknown): never => {
    const text = `args.${field}.shape${at}: expected ${expected}, got ${JSON.stringify(got)}`;
    throw new SchedulerError(text, { plugin });
  };
  if (shape.length === 0) refuse("", "at least one point", shape);
  const isWithin = (number: unknown, most: number) =>
    Number.isInteger(number) && (number as number) >= 0 && (number as number) <= most;
  shape.forEach(({ utilization, score }, at) => {
    if (!isWithin(utilization, 100))
      refuse(`[${at}].utilization`, "a whole number of 0..100", utilization);
    if (!isWithin(score, 10)) refuse(`[${at}].score`, "a whole number of 0..10", score);
    const before = shape[at - 1]?.utilization ?? -1;
    if (utilization <= before)
      refuse(`[${at}].utilization`, `more than ${before}, that of the point before`, utilization);
  });
  return shape;
}

/** Free share of capacity, 0..100. */
export function leastAllocated(requested: number, capacity: number): number {
  if (capacity === 0 || requested > capacity) return 0;
  return Math.floor(((capacity - requested) * MAX_NODE_SCORE) / capacity);
}

/** Used share of capacity, 0..100. */
export function mostAllocated(requested: number, capacity: number): number {
  if (capacity === 0) return 0;
  return Math.floor((Math.min(requested, capacity) * MAX_NODE_SCORE) / capacity);
}

/** A piecewise linear function over utilization; flat outside its points. All divisions truncate, as upstream. */
function shapeFunction(shape: readonly ShapePoint[]): (utilization: number) => number {
  return (utilization) => {
    for (let at = 0; at < shape.length; at++) {
      const point = shape[at] as ShapePoint;
      if (utilization > point.utilization) continue;
      const before = shape[at - 1];
      if (before === undefined) return point.score;
      const rise = (point.score - before.score) * (utilization - before.utilization);
      return before.score + Math.trunc(rise / (point.utilization - before.utilization));
    }
    return shape[shape.length - 1]?.score ?? 0;
  };
}

/** Scores a resource by a function of its utilization after placing the pod; over-committed counts as 100 %. */
export function requestedToCapacityRatio(
  shape: readonly ShapePoint[],
): (requested: number, capacity: number) => number {
  const score = shapeFunction(shape);
  return (requested, capacity) =>
    capacity === 0 || requested > capacity
      ? score(100)
      : score(Math.floor((requested * 100) / capacity));
}
