import stringWidth from "string-width";

/** Rows as a table in the manner of kubectl: upper-case headings, three spaces between columns. */
export function textTable(
  rows: readonly Readonly<Record<string, string | number | undefined>>[],
): string {
  const headings = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => headings.map((heading) => String(row[heading] ?? "")));
  return gridText([headings.map((heading) => heading.toUpperCase()), ...cells]);
}

/** Lines of cells, each column as wide as its widest cell. */
export function gridText(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const line of lines)
    line.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell));
    });
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, at) => `${cell}${" ".repeat((widths[at] ?? 0) - stringWidth(cell))}`)
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}
