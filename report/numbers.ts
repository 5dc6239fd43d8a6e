/** A number as people read it: four significant digits, thousands kept whole. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}

/** A value in its unit: shares as percent, seconds with an s. */
export function withUnit(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return `${shortNumber(value * 100)} %`;
  return unit === "seconds" ? `${shortNumber(value)} s` : shortNumber(value);
}

/** A difference with its sign. */
export function signed(value: number, unit: string): string {
  const text = unit === "share" ? `${shortNumber(value * 100)} pp` : withUnit(value, unit);
  return value > 0 ? `+${text}` : text;
}
