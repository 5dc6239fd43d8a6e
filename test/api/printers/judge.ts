import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { customResourcePrinter } from "../../../sim/api/kinds/columns/custom-resource.ts";
import type { ColumnDefinition, KindPrinter } from "../../../sim/api/kinds/columns/printer.ts";
import { printerOf } from "../../../sim/api/kinds/columns/printers.ts";
import { parseTimestamp } from "../../../sim/api/meta/time.ts";
import type { KubeObject } from "../../../sim/api/object.ts";
import type { CustomResourceDefinition } from "../../../sim/api/types.gen.ts";
import { MILLISECOND } from "../../../sim/engine/time.ts";

/** One recorded table of a printers file. */
export interface PrinterRow {
  readonly kind: string;
  readonly gv: string;
  readonly resource: string;
  readonly at: string;
  readonly items: readonly KubeObject[];
  readonly columnDefinitions: readonly ColumnDefinition[];
  readonly cells: readonly ({ readonly cells: readonly unknown[] } | readonly unknown[])[];
}

/** How many tables, and rows of them, came out as recorded; the differences in words. */
export interface PrinterVerdict {
  readonly tables: number;
  readonly tablesRight: number;
  readonly rows: number;
  readonly rowsRight: number;
  readonly differences: readonly string[];
}

function customPrinters(rows: readonly PrinterRow[]): ReadonlyMap<string, KindPrinter> {
  const found = new Map<string, KindPrinter>();
  for (const row of rows) {
    if (row.kind !== "CustomResourceDefinition") continue;
    for (const { spec } of row.items as readonly unknown[] as readonly CustomResourceDefinition[])
      for (const version of spec.versions)
        found.set(
          `${spec.group}/${version.name} ${spec.names.kind}`,
          customResourcePrinter(version.additionalPrinterColumns),
        );
  }
  return found;
}

function plain({ name, type, format, priority }: ColumnDefinition): string {
  return [name, type, format ?? "", priority ?? 0].join("|");
}

/** The recorded instant was read after the answer came: an age may be this much younger. */
const ANSWER_TIME = 20 * MILLISECOND;
/** Kinds whose list upstream answers in no fixed order. */
const unordered: readonly string[] = ["ComponentStatus"];

function wrongRows(table: PrinterRow, printer: KindPrinter): string[] {
  const now = parseTimestamp(table.at) ?? 0;
  const items = printer.order === undefined ? table.items : table.items.toSorted(printer.order);
  const recorded = table.cells.map((row) => ("cells" in row ? row.cells : row));
  const matches = (item: KubeObject, row: unknown): boolean =>
    isDeepStrictEqual(row, printer.cells(item, { now })) ||
    isDeepStrictEqual(row, printer.cells(item, { now: now - ANSWER_TIME }));
  return items.flatMap((item, index) => {
    const expected = recorded[index];
    const right = unordered.includes(table.kind)
      ? recorded.some((row) => matches(item, row))
      : matches(item, expected);
    const cells = JSON.stringify(printer.cells(item, { now }));
    return right ? [] : [`${item.metadata.name}: ${cells} instead of ${JSON.stringify(expected)}`];
  });
}

/** Compares columns (without their prose) and every cell of a printers file with ours. */
export function judgePrinters(file: string): PrinterVerdict {
  const raw = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(raw) : raw).toString("utf8");
  const tables = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as PrinterRow);
  const custom = customPrinters(tables);
  const differences: string[] = [];
  let [rows, rowsRight, tablesRight] = [0, 0, 0];
  for (const table of tables) {
    const before = differences.length;
    const where = `${table.gv} ${table.kind}`;
    const printer = custom.get(where) ?? printerOf(table.kind);
    const [wanted, got] = [table.columnDefinitions.map(plain), printer.columns.map(plain)];
    if (!isDeepStrictEqual(wanted, got))
      differences.push(`${where}: columns ${got.join(", ")} instead of ${wanted.join(", ")}`);
    rows += table.items.length;
    const wrong = wrongRows(table, printer);
    rowsRight += table.items.length - wrong.length;
    differences.push(...wrong.map((text) => `${where} ${text}`));
    if (differences.length === before) tablesRight++;
  }
  return { tables: tables.length, tablesRight, rows, rowsRight, differences };
}

/** For `npm run golden -- printers FILE`: prints the counts and differences; true when there are none. */
export function judge(file: string): boolean {
  const { tables, tablesRight, rows, rowsRight, differences } = judgePrinters(file);
  for (const difference of differences) console.log(difference);
  console.log(`printers: ${tablesRight}/${tables} tables, ${rowsRight}/${rows} rows`);
  return differences.length === 0;
}
