import type { DecisionEntry } from "../../sim/engine/journal.ts";
import type {
  DecisionRecord,
  NodeRecord,
  PostFilterRecord,
} from "../../sim/scheduler/framework/record.ts";
import { type ScoredNode, scoreTable } from "./score-table.ts";
import type { Style } from "./style.ts";
import { wrap } from "./wrap.ts";

/** A scheduling decision of a journal, for people. */
export function decisionText({ subject, decision }: DecisionEntry, style: Style): string {
  return recordText(subject, decision as DecisionRecord, style);
}

const WIDTH = 100;
/** Feasible nodes, and names per refusal, that are shown unless all are asked for. */
const MOST_NODES = 20;
const MOST_NAMES = 12;

/**
 * A scheduling decision: what came of it, the feasible nodes with the scores that tell them apart, and why the others
 * were turned down. `wide`: all nodes, and every score as raw, normalized and weighted.
 */
export function recordText(
  subject: string,
  record: DecisionRecord,
  { bold }: Style,
  wide = false,
): string {
  const { nodes = {}, host } = record;
  const feasible = Object.entries(nodes)
    .filter(([, { feasible: fits }]) => fits)
    .map(([name, node]): ScoredNode => ({ name, node, chosen: name === host }))
    .sort((a, b) => (b.node.total ?? 0) - (a.node.total ?? 0) || (a.name < b.name ? -1 : 1));
  const shown = wide ? feasible : feasible.slice(0, MOST_NODES);
  const more = feasible.length - shown.length;
  return [
    `${bold(headline(subject, record))}\n`,
    shown.length === 0 ? "" : scoreTable(shown, record.weights ?? {}, wide, WIDTH),
    more > 0 ? `… and ${more} more nodes\n` : "",
    refusals(nodes, wide),
    record.postFilter === undefined ? "" : preemption(record.postFilter),
  ].join("");
}

function headline(subject: string, record: DecisionRecord): string {
  const { result, host, message, maxTotal, draw, nodes = {}, feasible, preEnqueue } = record;
  if (host === undefined) {
    const why = message ?? preEnqueue?.reasons?.join(", ");
    return `${subject}: ${result}${why === undefined ? "" : `: ${why}`}`;
  }
  const chance =
    draw === undefined || draw.among < 2 ? "" : `, drawn among ${draw.among} of equal score`;
  const all = Object.keys(nodes).length;
  const of = all === 0 ? "" : ` (${feasible} of ${all} nodes are feasible)`;
  return `${subject}: ${host}${maxTotal === undefined ? "" : ` with ${maxTotal} points`}${chance}${of}`;
}

/** Nodes that were turned down, by who did and why; the most frequent reason first. */
function refusals(nodes: Readonly<Record<string, NodeRecord>>, wide: boolean): string {
  const names = new Map<string, string[]>();
  for (const [name, node] of Object.entries(nodes)) {
    if (node.feasible) continue;
    const reasons = (node.reasons ?? []).join(", ");
    const why = node.plugin === undefined ? reasons : `${node.plugin}: ${reasons}`;
    const known = names.get(why);
    if (known === undefined) names.set(why, [name]);
    else known.push(name);
  }
  if (names.size === 0) return "";
  const groups = [...names].sort(
    ([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1),
  );
  const width = String(groups[0]?.[1].length ?? 0).length;
  const text = groups.map(([why, list]) => {
    const first = list.sort().slice(0, wide ? list.length : MOST_NAMES);
    const left = list.length - first.length;
    const all = `${first.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
    const indent = " ".repeat(width + 4);
    const lines = wrap(all, WIDTH - indent.length).map((line) => `${indent}${line}\n`);
    return `  ${String(list.length).padStart(width)}  ${why}\n${lines.join("")}`;
  });
  return `Turned down:\n${text.join("")}`;
}

/** What PostFilter does for the pod. */
function preemption({ code, nominatedNode, victims = [], ties = [] }: PostFilterRecord): string {
  if (code !== "Success" || nominatedNode === undefined || nominatedNode === "") return "";
  const chance = ties.length > 1 ? `, drawn among ${ties.length} equally good nodes` : "";
  const text = `Preemption on ${nominatedNode}${chance} would end ${victims.join(", ")}`;
  return wrap(text, WIDTH)
    .map((line) => `${line}\n`)
    .join("");
}
