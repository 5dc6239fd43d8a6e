import { labelsQuery, selectorQuery } from "../../meta/selector-text.ts";
import type { KubeObject } from "../../object.ts";
import type { Container, LabelSelector } from "../../types.gen.ts";

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `a=b,c=d`; `<none>` when there is none. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  return orNone(labelsQuery(labels));
}

/** A label selector as text, terms in order of their keys; `<none>` when it is empty. */
export function selectorText(selector: LabelSelector | undefined): string {
  return orNone(selectorQuery(selector));
}

/** Names and images of containers, each joined by commas. */
export function containerCells(containers: readonly Container[] | undefined): [string, string] {
  const list = containers ?? [];
  return [list.map(({ name }) => name).join(","), list.map(({ image = "" }) => image).join(",")];
}

/** A list cut to its first `limit` entries, with the number of those left out. */
export function shortList(
  list: readonly string[],
  limit: number,
  joint: string,
  total = list.length,
): string {
  const shown = list.slice(0, limit).join(joint);
  return total > limit ? `${shown} + ${total - limit} more...` : shown;
}

/** `<none>` in place of an empty text. */
export function orNone(text: string | undefined): string {
  return text === undefined || text === "" ? "<none>" : text;
}

/** `True` or `False`; `<unset>` when there is no value. */
export function boolText(value: boolean | undefined): string {
  return value === undefined ? "<unset>" : value ? "True" : "False";
}

/** Distinct texts in code-unit order. */
export function sortedSet(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(byCodeUnit);
}

/** A class's name, with a remark where one of the annotations makes it the default. */
export function nameWithDefault({ metadata }: KubeObject, marks: readonly string[]): string {
  const isDefault = marks.some((mark) => metadata.annotations?.[mark] === "true");
  return isDefault ? `${metadata.name} (default)` : metadata.name;
}
