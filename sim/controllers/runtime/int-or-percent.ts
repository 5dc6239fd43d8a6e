import type { IntOrString } from "../../api/types.gen.ts";

/** A count, or a percentage of a total, as a count. Text that is neither counts as zero (validation refuses it). */
export function countOf(
  value: IntOrString | undefined,
  total: number,
  round: "up" | "down",
): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  const percent = /^(-?\d+)%$/.exec(value)?.[1];
  if (percent === undefined) return 0;
  const hundredths = Number(percent) * total;
  return round === "up" ? Math.ceil(hundredths / 100) : Math.floor(hundredths / 100);
}
