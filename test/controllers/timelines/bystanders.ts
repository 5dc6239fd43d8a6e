import type { Action, Row, SetupNode } from "./recording.ts";

/** What a scheduler's text says of all nodes: how many there are, and why each sort of them will not do. */
const TEXT = /^0\/(\d+) nodes are available: (.*?)\.(?: |$)/;

/**
 * Nodes of other scenarios that stood about while this one was recorded. Nothing came to them, but the scheduler counts them:
 * its texts tell how many there were beside the known ones, and which of them were cordoned, tainted, or of another pool.
 */
export function bystandersOf(
  rows: readonly Row[],
  actions: readonly Action[],
  known: number,
): readonly SetupNode[] {
  let most: { readonly nodes: number; readonly reasons: string } = { nodes: 0, reasons: "" };
  for (const text of schedulerTexts(rows)) {
    const [, nodes = "0", reasons = ""] = TEXT.exec(text) ?? [];
    if (Number(nodes) > most.nodes) most = { nodes: Number(nodes), reasons };
  }
  const others = Math.max(0, most.nodes - known);
  const cordoned = Math.min(
    others,
    Math.max(0, countOf(most.reasons, "were unschedulable") - cordonsOf(actions)),
  );
  const tainted = Math.min(
    others - cordoned,
    countOf(most.reasons, "had untolerated taint\\(s\\)"),
  );
  return Array.from({ length: others }, (_, at) => ({
    name: `bystander-${at}`,
    labels: { pool: "bystander" },
    taints: [
      {
        key: at < cordoned + tainted ? "bystander" : "pool",
        value: "bystander",
        effect: "NoSchedule",
      },
    ],
    cpu: "8",
    memory: "16Gi",
    pods: "110",
    ...(at < cordoned ? { unschedulable: true } : {}),
  }));
}

function* schedulerTexts(rows: readonly Row[]): Iterable<string> {
  for (const { kind, k } of rows) {
    if (kind === "Event" && k.reason === "FailedScheduling") yield k.message ?? "";
    if (kind !== "Pod") continue;
    for (const { type, message } of k.status?.conditions ?? [])
      if (type === "PodScheduled") yield message ?? "";
  }
}

function countOf(reasons: string, words: string): number {
  return Number(new RegExp(`(\\d+) node\\(s\\) ${words}`).exec(reasons)?.[1] ?? 0);
}

/** How many nodes the scenario cordons itself. */
function cordonsOf(actions: readonly Action[]): number {
  const paths = actions.flatMap(({ requests }) =>
    requests
      .filter(({ path, body }) => {
        const { spec } = (body ?? {}) as { spec?: { unschedulable?: boolean } };
        return path.startsWith("/api/v1/nodes/") && spec?.unschedulable === true;
      })
      .map(({ path }) => path),
  );
  return new Set(paths).size;
}
