import type { DecisionEntry } from "../../sim/engine/journal.ts";
import type { DecisionRecord, NodeRecord } from "../../sim/scheduler/framework/record.ts";
import type { Style } from "./style.ts";
import { textTable } from "./table.ts";

/** A scheduling decision of a journal, for people. */
export function decisionText({ subject, decision }: DecisionEntry, style: Style): string {
  return recordText(subject, decision as DecisionRecord, style);
}

const MOST_NODES = 20;

/** A scheduling decision as a table of nodes and plugins, with why the others were turned down. */
export function recordText(subject: string, record: DecisionRecord, { bold }: Style): string {
  const { result, host, message, nodes = {}, maxTotal, draw } = record;
  const chance =
    draw === undefined || draw.among < 2 ? "" : `, drawn among ${draw.among} of equal score`;
  const head =
    host === undefined
      ? `${subject}: ${result}${message === undefined ? "" : `: ${message}`}`
      : `${subject}: ${host}${maxTotal === undefined ? "" : ` with ${maxTotal} points`}${chance}`;
  const entries = Object.entries(nodes).sort(
    ([a, one], [b, other]) => (other.total ?? -1) - (one.total ?? -1) || (a < b ? -1 : 1),
  );
  const rows = entries
    .slice(0, MOST_NODES)
    .map(([name, node]) => nodeRow(name, node, name === host));
  const more =
    entries.length > MOST_NODES ? `… and ${entries.length - MOST_NODES} more nodes\n` : "";
  return `${bold(head)}\n${rows.length === 0 ? "" : textTable(rows)}${more}`;
}

function nodeRow(
  node: string,
  record: NodeRecord,
  chosen: boolean,
): Record<string, string | number> {
  const scores = Object.entries(record.scores ?? {}).map(
    ([plugin, triple]) => [plugin, triple[2]] as const,
  );
  const verdict = record.feasible
    ? chosen
      ? "chosen"
      : "feasible"
    : record.absent === true
      ? "left out"
      : `${record.plugin ?? ""}: ${(record.reasons ?? []).join(", ")}`;
  return {
    node,
    verdict,
    ...(record.total === undefined ? {} : { total: record.total }),
    ...Object.fromEntries(scores),
  };
}
