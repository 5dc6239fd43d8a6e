import type { NodeRecord } from "../../sim/scheduler/framework/record.ts";
import { wrap } from "./wrap.ts";

/** A feasible node of a decision. */
export interface ScoredNode {
  readonly name: string;
  readonly node: NodeRecord;
  readonly chosen: boolean;
}

/** `NodeResourcesFit` as `Node`, `Resources`, `Fit`: headings are stacked, so that columns stay narrow. */
function words(plugin: string): readonly string[] {
  return plugin.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[^A-Za-z0-9]+/g) ?? [plugin];
}

interface Column {
  readonly heading: readonly string[];
  readonly cells: readonly string[];
  readonly left: boolean;
}

function lines(columns: readonly Column[]): string {
  const height = Math.max(...columns.map(({ heading }) => heading.length));
  const widths = columns.map(({ heading, cells }) =>
    Math.max(...[...heading, ...cells].map((text) => text.length)),
  );
  const line = (texts: readonly string[]): string =>
    `${texts
      .map((text, at) =>
        columns[at]?.left === true ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0),
      )
      .join("  ")
      .trimEnd()}\n`;
  const head = Array.from({ length: height }, (_, row) =>
    line(columns.map(({ heading }) => heading[row - height + heading.length] ?? "")),
  );
  const body = (columns[0]?.cells ?? []).map((_, row) =>
    line(columns.map(({ cells }) => cells[row] ?? "")),
  );
  return [...head, ...body].join("");
}

/**
 * Nodes × plugins: weighted scores that differ between the nodes as columns, those that do not in a line below. `wide`:
 * every plugin as a column, each score as raw, normalized and weighted.
 */
export function scoreTable(
  nodes: readonly ScoredNode[],
  weights: Readonly<Record<string, number>>,
  wide: boolean,
  width: number,
): string {
  const plugins = [...new Set(nodes.flatMap(({ node }) => Object.keys(node.scores ?? {})))];
  const weighted = (plugin: string) => nodes.map(({ node }) => node.scores?.[plugin]?.[2] ?? 0);
  const same = (plugin: string) => new Set(weighted(plugin)).size === 1;
  const apart = plugins.filter((plugin) => wide || nodes.length === 1 || !same(plugin));
  const columns: Column[] = [
    {
      heading: ["NODE"],
      cells: nodes.map(({ name, chosen }) => `${chosen ? "→" : " "} ${name}`),
      left: true,
    },
    { heading: ["TOTAL"], cells: nodes.map(({ node }) => String(node.total ?? "")), left: false },
    ...apart.map((plugin) => ({
      heading: [...words(plugin), ...(wide ? [`× ${weights[plugin] ?? 1}`] : [])],
      cells: nodes.map(({ node }) => {
        const score = node.scores?.[plugin];
        if (score === undefined) return "";
        return wide ? score.join("/") : String(score[2]);
      }),
      left: false,
    })),
  ];
  const equal = plugins
    .filter((plugin) => !apart.includes(plugin))
    .map((plugin) => `${plugin} ${weighted(plugin)[0]}`);
  const below =
    equal.length === 0
      ? ""
      : wrap(`Equal for all of them: ${equal.join(", ")}`, width)
          .map((text) => `${text}\n`)
          .join("");
  return `${lines(columns)}${below}`;
}
