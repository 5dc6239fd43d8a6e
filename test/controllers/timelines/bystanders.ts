import type { Row } from "./recording.ts";

/** What a scheduler's text says: of how many nodes, why each sort of them will not do, and what preemption says. */
const TEXT = /^0\/(\d+) nodes are available: (.*?)\.( .*)?$/s;
/** Why nodes of other scenarios will not do, those that a scenario's own nodes rarely share first. */
const REASONS = [
  "node(s) had untolerated taint(s)",
  "node(s) were unschedulable",
  "node(s) didn't match Pod's node affinity/selector",
];
const NOT_HELPFUL = "Preemption is not helpful for scheduling";

/**
 * A row without the nodes of other scenarios that stood about while this one was recorded. Nothing came to them, but the
 * scheduler's texts count them, and they came, went and were cordoned meanwhile. `known` nodes are the scenario's.
 */
export function withoutBystanders(row: Row, known: number): Row {
  const { kind, k } = row;
  if (kind === "Event" && k.reason === "FailedScheduling")
    return { ...row, k: { ...k, message: reduced(k.message, known) } };
  const conditions = kind === "Pod" ? k.status?.conditions : undefined;
  if (conditions === undefined) return row;
  const plain = conditions.map((condition: any) =>
    condition.type === "PodScheduled" && condition.message !== undefined
      ? { ...condition, message: reduced(condition.message, known) }
      : condition,
  );
  return { ...row, k: { ...k, status: { ...k.status, conditions: plain } } };
}

function reduced(text: string, known: number): string {
  const [, nodes = "0", reasons = "", rest = ""] = TEXT.exec(text) ?? [];
  const others = Number(nodes) - known;
  if (others <= 0) return text;
  const left = lessOf(reasons, REASONS, others);
  const preemption = rest.replace(
    new RegExp(`0/${nodes} nodes are available: (.*?)\\.`, "s"),
    (_, why: string) => `0/${known} nodes are available: ${lessOf(why, [NOT_HELPFUL], others)}.`,
  );
  return `0/${known} nodes are available: ${left}.${preemption}`;
}

/** Counted reasons, without so many nodes: those are taken from the given reasons, one after the other. */
function lessOf(text: string, from: readonly string[], nodes: number): string {
  const counts = new Map<string, number>();
  for (const part of text.split(", ")) {
    const [, count, reason] = /^(\d+) (.*)$/s.exec(part) ?? [];
    if (count === undefined || reason === undefined) return text;
    counts.set(reason, Number(count));
  }
  let left = nodes;
  for (const reason of from) {
    const count = counts.get(reason) ?? 0;
    const taken = Math.min(count, left);
    left -= taken;
    if (count === taken) counts.delete(reason);
    else counts.set(reason, count - taken);
  }
  // The scheduler puts its reasons in the order of their texts, counts included.
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}
