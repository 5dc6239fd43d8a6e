import type { Micros } from "../../../engine/time.ts";
import type { KubeObject } from "../../object.ts";
import { ageOf } from "./duration.ts";

/** One cell of a Table row; `null` where a custom column finds nothing. */
export type Cell = string | number | boolean | null;

/** One column of a Table answer; priority above 0 is printed by `-o wide` only. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** What a printer may know beside the object. */
export interface PrintContext {
  /** Virtual time that ages are counted to. */
  readonly now: Micros;
}

/** A condition of a row, by which clients may hide it. */
export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** How the server prints objects of one kind as rows. */
export interface KindPrinter {
  readonly columns: readonly ColumnDefinition[];
  readonly cells: (object: KubeObject, context: PrintContext) => readonly Cell[];
  /** What rows say of their object beside the cells: that a pod is done. */
  readonly conditions?: (object: KubeObject) => readonly RowCondition[] | undefined;
  /** Order of a list's rows where it is not that of the list. */
  readonly order?: (a: KubeObject, b: KubeObject) => number;
}

const descriptions: Readonly<Record<string, string>> = {
  Name: "Name of the object",
  Age: "Time since the object was created",
  "Created At": "When the object was created",
};

/**
 * Columns from short texts: `Desired|integer`, `Node|string|wide`; the type is string unless said.
 * The column `Name` has the format `name`.
 */
export function columns(...texts: readonly string[]): readonly ColumnDefinition[] {
  return texts.map((text) => {
    const [name = "", type = "string", wide] = text.split("|");
    return {
      name,
      type,
      format: name === "Name" ? "name" : "",
      description: descriptions[name] ?? name,
      priority: wide === "wide" ? 1 : 0,
    };
  });
}

/** A printer of one kind; the caller vouches that only objects of that kind reach it. */
export function printer<T extends KubeObject>(
  definitions: readonly ColumnDefinition[],
  cells: (object: T, context: PrintContext) => readonly Cell[],
): KindPrinter {
  return { columns: definitions, cells: (object, context) => cells(object as T, context) };
}

/** Age of an object by its creationTimestamp. */
export function age(object: KubeObject, context: PrintContext): string {
  return ageOf(object.metadata.creationTimestamp, context.now);
}

/** Name and creation time: what upstream prints for kinds without a printer of their own. */
export const defaultPrinter: KindPrinter = printer(columns("Name", "Created At|date"), (object) => [
  object.metadata.name,
  object.metadata.creationTimestamp ?? null,
]);

/** Name and age alone. */
export const namePrinter: KindPrinter = printer(columns("Name", "Age"), (object, context) => [
  object.metadata.name,
  age(object, context),
]);
