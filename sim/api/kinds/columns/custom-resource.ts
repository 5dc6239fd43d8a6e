import type { CustomResourceColumnDefinition } from "../../types.gen.ts";
import { goFloat, goJson, inKeyOrder } from "../../validation/go-text.ts";
import { ageOf } from "./duration.ts";
import { parseJsonPath } from "./json-path.ts";
import type { Cell, KindPrinter, PrintContext } from "./printer.ts";
import { columns } from "./printer.ts";

const ageColumn: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  jsonPath: ".metadata.creationTimestamp",
};

function dateCell(value: unknown, { now }: PrintContext): Cell {
  if (typeof value !== "string") return null;
  const text = ageOf(value, now);
  return text === "<unknown>" && value !== "" ? "<invalid>" : text;
}

function stringCell(value: unknown): Cell {
  if (value === null) return "<no value>";
  if (typeof value === "object") return goJson(inKeyOrder(value));
  return typeof value === "number" && !Number.isInteger(value) ? goFloat(value) : String(value);
}

/** A value as a cell of its column's type; what is of another type is left empty. */
function cell(type: string, value: unknown, context: PrintContext): Cell {
  switch (type) {
    case "string":
      return stringCell(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return dateCell(value, context);
    default:
      return null;
  }
}

/**
 * The printer of a custom resource: its name and the CRD's additionalPrinterColumns, or its age when the CRD
 * has none. A path that is malformed or leads nowhere leaves its cell empty (`null`).
 */
export function customResourcePrinter(
  additional: readonly CustomResourceColumnDefinition[] | undefined,
): KindPrinter {
  const own = additional === undefined || additional.length === 0 ? [ageColumn] : additional;
  const prepared = own.map(({ type, jsonPath }) => ({ type, find: parseJsonPath(jsonPath) }));
  return {
    columns: [
      ...columns("Name"),
      ...own.map(({ name, type, format = "", description, priority = 0, jsonPath }) => {
        const otherwise = `Custom resource definition column (in JSONPath format): ${jsonPath}`;
        return { name, type, format, description: description || otherwise, priority };
      }),
    ],
    cells: (object, context) => [
      object.metadata.name,
      ...prepared.map(({ type, find }) => {
        const values = find?.(object) ?? [];
        return values.length === 0 ? null : cell(type, values[0], context);
      }),
    ],
  };
}
